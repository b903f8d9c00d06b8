//! Property tests find what they should, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::support;
use futures::FutureExt;
use futures::future::BoxFuture;
use jwtspec_driver::{Description, Driver, Refusal, Unsupported, Verifier};
use jwtspec_engine::event::{Expected, Observed, Remark};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::{Catalogue, Expect};
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use jwtspec_reference::faults::{Fault, PLANTED};
use jwtspec_search::property::find::Find;
use jwtspec_search::property::{self, Limits, Property, Tally};
use jwtspec_types::trust::Trust;
use jwtspec_types::words::{Finding, Outcome};
use serde_json::Value;

async fn search(driver: impl Driver, properties: &[&str], cases: usize) -> Tally {
    search_with(driver, properties, cases, 8).await
}

async fn search_with(driver: impl Driver, properties: &[&str], cases: usize, jobs: usize) -> Tally {
    let globs: Vec<String> = properties.iter().map(ToString::to_string).collect();
    let properties = Property::choose(&globs).unwrap();
    let limits = Limits { cases, time: None, seed: 20_260_101, jobs };
    let target = Target::Rust(Arc::new(driver));
    // Some plants would not pass it.
    let options = Options { preflight: false, ..Options::default() };
    property::run(target, &properties, limits, &options, &mut |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_in_the_reference_verifier() {
    let tally = search(Reference::default(), &[], 300).await;
    let found: Vec<String> = tally.finds.iter().map(|find| find.text().unwrap()).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    for row in &tally.rows {
        assert_eq!(row.cases, 300, "{row:?}");
        assert_eq!((row.unconfirmed, &row.skipped), (0, &None), "{row:?}");
        assert!(row.void < 200, "{row:?}");
    }
}

/// The results of a finding's scenario file with the usual runner.
async fn replayed(find: &Find, driver: impl Driver) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = find.write(&folder.path().join("found")).unwrap();
    let catalogue = Catalogue::from_path(&path).unwrap_or_else(|error| panic!("{error}"));
    let target = Target::Rust(Arc::new(driver));
    let options = Options { preflight: false, ..Options::default() };
    let (_, results) = support::results(&catalogue, target, &options).await.unwrap();
    assert_eq!(results.len(), 1);
    results[0].outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_skipped_only_where_something_else_is_so_is_found() {
    for (fault, differences) in PLANTED.iter().zip([
        ["aud", "claim-nbf"].as_slice(),
        &["claim-exp", "claim-iat"],
        &["header-jku"],
    ]) {
        let tally = search(fault.driver(), &["spoiled"], 1500).await;
        let pair = |find: &&Find| differences.iter().all(|part| find.id.contains(part));
        let find = tally.finds.iter().find(pair);
        let ids: Vec<&str> = tally.finds.iter().map(|find| find.id.as_str()).collect();
        let find = find.unwrap_or_else(|| panic!("{}: {ids:?}", fault.name));
        assert!(find.finding.is_acceptance(), "{}: {}", fault.name, find.finding);
        for find in &tally.finds {
            let fewest =
                find.test_case.steps.iter().map(|step| step.differences.len()).sum::<usize>();
            assert!(fewest <= 2, "{}: {}", fault.name, find.id);
            assert_eq!(replayed(find, fault.driver()).await, Outcome::Fail, "{}", find.id);
            assert_eq!(replayed(find, Reference::default()).await, Outcome::Pass, "{}", find.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn classical_faults_are_found_by_the_property_that_is_about_them() {
    for (fault, property, finding) in [
        ("ignores-audience", "audience", Finding::InvalidAccepted),
        ("audience-string-only", "audience", Finding::ValidRejected),
        ("ignores-signature", "flipped", Finding::ForgeryAccepted),
        ("keys-of-any-issuer", "isolation", Finding::ForgeryAccepted),
        ("expiry-whole-seconds-only", "valid", Finding::ValidRejected),
        ("panics", "spoiled", Finding::Fault),
    ] {
        let driver = Fault::named(fault).unwrap().driver();
        let tally = search(driver, &[property], 300).await;
        let found = tally.finds.iter().any(|find| find.finding == finding);
        assert!(found, "{fault}: {:?}", tally.rows);
        assert!(tally.finds.iter().all(|find| find.property == property), "{fault}");
    }
}

/// Refuses tokens that the reference verifier accepts, by what it was asked before.
#[derive(Clone, Copy)]
enum Mood {
    /// Refuses every other token whose header or claims have this text.
    EveryOther(&'static str),
    /// Refuses every token after one whose header or claims have this text.
    Poisoned(&'static str),
}

impl Driver for Mood {
    fn describe(&self) -> Description {
        Reference::default().describe()
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        let honest = Reference::default().configure(trust)?;
        let (mood, asked, poisoned) = (*self, AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Arc::new(Moody { mood, honest, asked, poisoned }))
    }
}

struct Moody {
    mood: Mood,
    honest: Arc<dyn Verifier>,
    asked: AtomicUsize,
    poisoned: AtomicBool,
}

impl Moody {
    fn refuses(&self, token: &str) -> bool {
        let has = |text: &str| {
            token.split('.').take(2).any(|segment| {
                let bytes = jwtspec_jose::decode(segment).unwrap_or_default();
                String::from_utf8_lossy(&bytes).contains(text)
            })
        };
        match self.mood {
            Mood::EveryOther(text) => {
                has(text) && self.asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2)
            }
            Mood::Poisoned(text) => self.poisoned.fetch_or(has(text), Ordering::SeqCst),
        }
    }
}

impl Verifier for Moody {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        match self.refuses(token) {
            true => std::future::ready(Err(Refusal::saying("not in the mood"))).boxed(),
            false => self.honest.verify(token),
        }
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        match self.refuses(token) {
            true => std::future::ready(Err(Refusal::saying("not in the mood"))).boxed(),
            false => self.honest.verify_at(token, now),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_token_that_is_refused_at_times_is_no_forgery() {
    let alike = |find: &Find| {
        let remark = find.result.decisive.as_ref().and_then(|it| it.remark.as_ref());
        remark == Some(&Remark::AlikeAccepted)
    };
    // One token by itself breaks another property than this one. Where the specifications leave the
    // verdict open, as with a claim called `__proto__`, the verifier has to stay with its own.
    for (text, property) in [("", "valid"), ("__proto__", "repeated")] {
        let tally = search_with(Mood::EveryOther(text), &["repeated"], 300, 1).await;
        assert!(!tally.finds.is_empty(), "{text}");
        for find in &tally.finds {
            let written = find.text().unwrap();
            let decisive = find.result.decisive.as_ref().unwrap();
            assert_eq!(find.finding, Finding::ValidRejected, "{written}");
            assert!(matches!(decisive.observed, Observed::Refused { .. }), "{written}");
            assert_eq!(decisive.expected, Expected::Verdict(Expect::Accept), "{written}");
            assert_eq!((find.property, alike(find)), (property, property == "repeated"));
            assert!(find.id.starts_with(&format!("property/{property}--")), "{written}");
            assert!(find.result.message.as_deref().is_some_and(|it| it.contains("mood")));
            for id in &find.scenario.covers {
                assert!(!id.id.ends_with("-reject"), "{written}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_poisons_is_shown_with_what_is_expected_of_it() {
    for (text, property, slug, valid) in [
        ("\"crit\"", "spoiled", "header-crit-", false),
        ("\"KID\"", "unknown-members", "header-capitals-kid-", true),
    ] {
        let tally = search_with(Mood::Poisoned(text), &[property], 400, 1).await;
        let poisoned = |find: &&Find| find.finding == Finding::Poisoned && find.id.contains(slug);
        let ids: Vec<&str> = tally.finds.iter().map(|find| find.id.as_str()).collect();
        let find = tally.finds.iter().find(poisoned).unwrap_or_else(|| panic!("{text}: {ids:?}"));
        let decisive = find.result.decisive.as_ref().unwrap();
        assert_eq!(decisive.expected == Expected::Verdict(Expect::Accept), valid, "{text}");
        assert_eq!(matches!(decisive.observed, Observed::Accepted { .. }), valid, "{text}");
        assert_eq!(decisive.remark, Some(Remark::NextRefused));
        assert!(find.result.title.starts_with("a valid token is accepted, whatever"));
        let covers: Vec<&str> = find.scenario.covers.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(covers, ["rfc8259-9-conforming-texts-accepted"]);
        let meaning = serde_json::to_string(&find.result.meaning).unwrap();
        assert_eq!(meaning.contains("one user with a valid token"), valid, "{meaning}");
        assert_eq!(replayed(find, Mood::Poisoned(text)).await, Outcome::Fail, "{}", find.id);
        assert_eq!(replayed(find, Reference::default()).await, Outcome::Pass, "{}", find.id);
    }
}
