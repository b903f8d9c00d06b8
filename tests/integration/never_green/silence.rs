//! A target that leaves valid tokens without an answer: what it accepts is a finding all the same,
//! and how the run ends does not depend on what was under way at the same time.

use super::*;

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
