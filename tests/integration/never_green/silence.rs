//! A target that leaves valid tokens without an answer: what it accepts is a finding all the same,
//! and how the run ends does not depend on what was under way at the same time.

use jwtspec_engine::event::Why;
use jwtspec_engine::plan::SkipReason;
use std::sync::atomic::AtomicBool;

use super::*;

/// The tokens of an examination that is left without an answer: a valid one, and a broken one.
const EXAMINED: usize = 2;

/// The reference verifier, its verdict on a token twisted; nothing is no answer at all.
fn twisted(twist: impl Fn(&str, Verdict) -> Option<Verdict> + Send + Sync + 'static) -> Twisted {
    let twist: Twist = Arc::new(move |token, verdict| match twist(token, verdict) {
        Some(verdict) => std::future::ready(verdict).boxed(),
        None => std::future::pending().boxed(),
    });
    Twisted { twist, ..Twisted::new(|_, verdict| verdict) }
}

/// Each number of jobs, with the preflight and without.
fn conditions(filters: &[&str], answer_within: Duration) -> Vec<Options> {
    let conditions = [(1, true), (8, true), (1, false), (8, false)];
    let options = conditions.map(|(jobs, preflight)| Options {
        jobs,
        preflight,
        answer_within: Some(answer_within),
        ..filtered(filters)
    });
    options.into()
}

/// The findings of a run, by scenario.
fn findings(results: &[CaseResult]) -> Vec<(String, Finding)> {
    let named = |result: &CaseResult| Some((result.id.clone(), result.finding?));
    results.iter().filter_map(named).collect()
}

#[tokio::test]
async fn valid_tokens_without_an_answer_hide_no_accepted_forgery() {
    let hangs_or_takes_none = || {
        twisted(|token, verdict| match verdict {
            _ if algorithm(token) == "none" => Some(Ok(Value::Null)),
            Ok(_) => None,
            refusal => Some(refusal),
        })
    };
    let mut all = Vec::new();
    for options in conditions(&["algorithm/*", "audience/*"], Duration::from_secs(1)) {
        let (summary, results) = hangs_or_takes_none().run(&options).await;
        assert_eq!(summary.ending, Ending::GivenUp);
        assert!(!summary.is_void() && !summary.is_clean(false));
        all.push(findings(&results));
    }
    let is_acceptance = |(_, finding): &(String, Finding)| finding.is_acceptance();
    assert!(!all[0].is_empty() && all[0].iter().all(is_acceptance), "{all:#?}");
    assert!(all.iter().all(|findings| *findings == all[0]), "{all:#?}");
}

#[tokio::test]
async fn a_target_that_answers_no_token_is_given_up_however_many_jobs_run() {
    for options in conditions(&["algorithm/*", "audience/*"], Duration::from_millis(200)) {
        let (summary, results) = twisted(|_, _| None).run(&options).await;
        assert_eq!((summary.ending, summary.skip), (Ending::GivenUp, results.len()));
        assert!(summary.is_void());
    }
}

/// Three of its scenarios are one after the other, which is no reason to leave the others out.
#[tokio::test]
async fn trusts_whose_valid_tokens_get_no_answer_hide_nothing_of_the_others() {
    let hangs_or_takes_ecdsa = || {
        twisted(|token, verdict| match algorithm(token).as_str() {
            "ES256" => verdict.err().map(|_| Ok(Value::Null)),
            _ => Some(verdict),
        })
    };
    let mut all = Vec::new();
    for jobs in [1, 8] {
        let answer_within = Some(Duration::from_secs(1));
        let options = Options { jobs, answer_within, ..filtered(&["ecdsa/*", "audience/*"]) };
        let (summary, results) = hangs_or_takes_ecdsa().run(&options).await;
        assert_eq!(summary.ending, Ending::Whole);
        let mut others = results.iter().filter(|result| result.id.starts_with("audience/"));
        assert!(others.all(|result| result.outcome == Outcome::Pass));
        all.push(findings(&results));
    }
    let forgeries = all[0].iter().filter(|(_, finding)| *finding == Finding::ForgeryAccepted);
    assert!(forgeries.count() > 3, "{all:#?}");
    assert_eq!(all[0], all[1]);
}

/// At a token behind the control of its scenario, and at one that is the first of it: any scenario
/// that is under way then may be the cause.
#[tokio::test]
async fn what_is_under_way_when_a_target_falls_silent_is_not_blamed() {
    for id in ["algorithm/none", "audience/array-first"] {
        let is_cause = move |token: &str| match id {
            "algorithm/none" => algorithm(token) == "none",
            id => claims(token)["jti"].to_string().contains(id),
        };
        for (jobs, found) in [(1, 1), (8, 0)] {
            let is_silent = AtomicBool::new(false);
            let target = twisted(move |token, verdict| {
                is_silent.fetch_or(is_cause(token), Ordering::Relaxed);
                (!is_silent.load(Ordering::Relaxed)).then_some(verdict)
            });
            let answer_within = Some(Duration::from_millis(500));
            let filters = ["algorithm/none", "audience/*"];
            let options = Options { jobs, answer_within, ..filtered(&filters) };
            let (summary, results) = target.run(&options).await;
            assert_eq!((summary.ending, summary.fail), (Ending::GivenUp, found), "{results:#?}");
            assert_eq!((summary.inconclusive, summary.is_void()), (0, found == 0));
            let result = named(&results, id);
            match jobs {
                1 => assert_eq!(result.finding, Some(Finding::Fault)),
                _ => assert_eq!(result.why, Some(Why::Skipped(SkipReason::UnderWay))),
            }
        }
    }
}

fn claims(token: &str) -> Value {
    let claims = Compact::new(token).bytes(Part::Claims, Tolerance::NONE).unwrap_or_default();
    serde_json::from_slice(&claims).unwrap_or_default()
}

/// It is silent for the whole of a first examination, as a target is that hangs for some trusts.
#[tokio::test]
async fn one_silent_examination_gives_no_target_up() {
    let silent = AtomicUsize::new(0);
    let target = twisted(move |token, verdict| {
        if algorithm(token) == "none" {
            silent.store(EXAMINED, Ordering::Relaxed);
            return None;
        }
        let left =
            silent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.is_err().then_some(verdict)
    });
    let answer_within = Some(Duration::from_millis(500));
    let options = Options { jobs: 1, answer_within, ..filtered(&["algorithm/none", "audience/*"]) };
    let (summary, results) = target.run(&options).await;
    assert_eq!((summary.ending, summary.fail), (Ending::Whole, 1), "{results:#?}");
    assert_eq!(named(&results, "algorithm/none").finding, Some(Finding::Fault));
}

/// It is silent once, and answers then.
#[tokio::test]
async fn one_answer_that_is_missing_is_flaky_however_many_jobs_run() {
    for jobs in [1, 8] {
        let calls = AtomicUsize::new(0);
        let target = twisted(move |_, verdict| {
            (calls.fetch_add(1, Ordering::Relaxed) != 20).then_some(verdict)
        });
        let answer_within = Some(Duration::from_secs(3));
        let options = Options { jobs, answer_within, ..filtered(&["audience/*"]) };
        let (summary, results) = target.run(&options).await;
        assert_eq!((summary.ending, summary.flaky), (Ending::Whole, 1), "{results:#?}");
        assert_eq!((summary.fail, summary.inconclusive), (0, 0));
    }
}
