//! The tester is tested: every deliberately wrong verifier is caught, each for what is wrong with it.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use jwtspec::diagnosis::{Diagnosability, Diagnosis};
use jwtspec::event::{CaseResult, Mark, Observed};
use jwtspec::faulty::{FAULTS, Faulty};
use jwtspec::plan::Selection;
use jwtspec::reference::Reference;
use jwtspec::report::observed;
use jwtspec::run::Options;
use jwtspec::scenario::Catalogue;
use jwtspec::target::Target;
use jwtspec::{Finding, Level, Outcome, Reason};

/// Faults that no scenario can show yet, and why.
const UNSEEN: [(&str, &str); 5] = [
    ("one-message", "that causes are not told apart is graded, not failed: see its figures"),
    ("expired-like-forged", "graded too"),
    ("accepts-trailing-bits", "RFC 4648 section 3.5 leaves the choice"),
    ("ignores-enc", "a header with `enc` is refused by other checks, or may be accepted"),
    ("requires-kid", "RFC 7515 appendix D leaves the choice"),
];

/// Read once: reading takes longer than many a run.
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::embedded().unwrap_or_else(|error| panic!("{error}")));

/// Where faults in fetching and keeping keys show.
const BY_TOPIC: &[(&str, &[&str])] = &[
    ("caches-for-ever", &["rotation/"]),
    ("never-caches", &["cache/"]),
    ("refetches-on-every-kid", &["cache/"]),
    ("never-refetches", &["rotation/"]),
    ("follows-redirects", &["tls/", "network/"]),
    ("follows-jku", &["header-keys/"]),
    ("ignores-discovery-issuer", &["discovery/"]),
    ("one-bad-key-kills-set", &["jwks/"]),
    ("keys-of-any-issuer", &["isolation/"]),
    ("fails-open", &["outage/", "network/"]),
    ("forgets-keys-on-outage", &["outage/"]),
    ("keeps-removed-keys", &["rotation/"]),
    ("any-status-has-keys", &["network/"]),
    ("takes-cut-documents", &["network/"]),
    ("unbounded-documents", &["network/"]),
    ("ignores-certificates", &["tls/"]),
    ("fetches-before-reading", &["cache/", "network/"]),
    ("fetches-for-any-issuer", &["discovery/", "cache/"]),
    ("server-error-on-outage", &["outage/"]),
    ("ignores-cache-control", &["cache/"]),
    ("one-outage-for-all", &["isolation/"]),
    ("thundering-herd", &["cache/"]),
];

/// Where faults in what is said show, beside other places.
const SAID: [&str; 8] = [
    "leaks-token",
    "leaks-signature",
    "leaks-stack-trace",
    "leaks-path",
    "leaks-address",
    "lists-issuers",
    "reflects-markup",
    "reflects-controls",
];

/// Topics in which issuers live. Only there do faults in fetching and keeping keys show, and
/// there they take time, so other faults are looked for elsewhere.
const LIVING: [&str; 11] = [
    "cache/*",
    "discovery/*",
    "header-keys/*",
    "isolation/*",
    "jwks/*",
    "kid/*",
    "network/*",
    "outage/*",
    "rotation/*",
    "time/*",
    "tls/*",
];

/// Filters for the topics in which a fault shows, if at all.
fn topics_of(catalogue: &Catalogue, fault: &str) -> Vec<String> {
    let living = LIVING.map(str::to_owned).to_vec();
    if SAID.contains(&fault) {
        return vec!["message/*".to_owned()];
    }
    if BY_TOPIC.iter().any(|(name, _)| *name == fault) {
        return living;
    }
    let topics: BTreeSet<String> = catalogue
        .iter()
        .filter_map(|scenario| scenario.id.split_once('/'))
        .map(|(topic, _)| format!("{topic}/*"))
        .collect();
    // Which key is chosen shows in these two without any waiting.
    let still = |topic: &String| {
        !living.contains(topic) || ["header-keys/*", "jwks/*", "kid/*"].contains(&topic.as_str())
    };
    topics.into_iter().filter(still).collect()
}

async fn results_of(verifier: Reference) -> Vec<CaseResult> {
    results_within(verifier, &[]).await
}

async fn results_within(verifier: Reference, filters: &[String]) -> Vec<CaseResult> {
    results_down_to(Level::May, verifier, filters).await
}

async fn results_down_to(limit: Level, verifier: Reference, filters: &[String]) -> Vec<CaseResult> {
    let selection = Selection::new(filters, limit, None).unwrap();
    // Some never answer; the right one is done within two seconds.
    let answer_within = Some(Duration::from_secs(8));
    let options =
        Options { preflight: false, selection, limit, answer_within, ..Options::default() };
    let target = Target::Rust(Arc::new(verifier));
    support::results(&CATALOGUE, target, &options).await.unwrap().1
}

async fn results_of_faulty(name: &str) -> Vec<CaseResult> {
    results_of(Faulty::named(name).unwrap().driver()).await
}

/// The ids of the scenarios that fail with this finding.
fn caught(results: &[CaseResult], finding: Finding) -> Vec<&str> {
    results
        .iter()
        .filter(|result| result.outcome == Outcome::Fail && result.finding == Some(finding))
        .map(|result| result.id.as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_accepts_everything_is_caught_wherever_a_rejection_is_due() {
    let forged = results_of_faulty("accepts-all").await;
    let forged = caught(&forged, Finding::ForgeryAccepted);
    assert!(forged.len() > 300, "only {} forgeries noticed", forged.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_rejects_everything_passes_no_rejection() {
    for result in results_of_faulty("rejects-all").await {
        // What is refused before a token is looked at is the server's work, not the verifier's.
        let of_the_server = match result.decisive.as_ref().map(|decisive| &decisive.observed) {
            Some(Observed::Refused { reason: Some(Reason::TokenMissing), .. }) => true,
            Some(Observed::Refused { reason: Some(Reason::Malformed), by }) => {
                *by == Mark::Status(400)
            }
            _ => false,
        };
        assert!(
            result.outcome != Outcome::Pass || of_the_server,
            "{} passes: {}",
            result.id,
            observed(&result)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classical_faults_are_caught_by_their_own_topic() {
    for (name, topic) in [
        ("ignores-audience", "audience/"),
        ("ignores-expiry", "expiry/"),
        ("ignores-signature", "signature/"),
        ("prefix-matches-issuer", "issuer/"),
        ("accepts-none", "algorithm/"),
        ("hmac-with-public-key", "key-confusion/"),
        ("trusts-embedded-jwk", "header-keys/"),
        ("ignores-crit", "critical/"),
    ] {
        let driver = Faulty::named(name).unwrap().driver();
        let results = results_within(driver, &[format!("{topic}*")]).await;
        let forged = caught(&results, Finding::ForgeryAccepted);
        assert!(!forged.is_empty(), "{name}");
        assert!(forged.iter().all(|id| id.starts_with(topic)), "{name}: {forged:?}");
    }
}

/// How many faulty verifiers are tested at the same time: some scenarios wait for time-outs.
const SIDE_BY_SIDE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn every_faulty_verifier_is_caught() {
    let run = async |fault: &'static Faulty| {
        // A task each: planning takes time, in which the others' answers must be read.
        let results = tokio::spawn(async {
            let topics = topics_of(&CATALOGUE, fault.name);
            results_within(fault.driver(), &topics).await
        });
        (fault.name, results.await.unwrap())
    };
    let all: Vec<(&str, Vec<CaseResult>)> =
        stream::iter(FAULTS).map(run).buffered(SIDE_BY_SIDE).collect().await;
    let noticed = |results: &[CaseResult]| {
        results.iter().any(|result| matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive))
    };
    let unnoticed: Vec<&str> =
        all.iter().filter(|(_, results)| !noticed(results)).map(|(name, _)| *name).collect();
    let expected: Vec<&str> = UNSEEN.iter().map(|(name, _)| *name).collect();
    assert_eq!(unnoticed, expected);
    for name in SAID {
        let (_, results) = all.iter().find(|(known, _)| *known == name).unwrap();
        assert!(!caught(results, Finding::SecretLeaked).is_empty(), "{name}");
    }
    for (name, topics) in BY_TOPIC {
        let (_, results) = all.iter().find(|(known, _)| known == name).unwrap();
        let failed: Vec<&str> = results
            .iter()
            .filter(|result| result.outcome == Outcome::Fail)
            .map(|result| result.id.as_str())
            .collect();
        let at_home = |id: &&str| topics.iter().any(|topic| id.starts_with(topic));
        assert!(failed.iter().any(at_home), "{name}: {failed:?}");
    }
}

/// The figures of a verifier, over the topic of clear causes.
async fn figures(verifier: Reference) -> Diagnosability {
    let mut diagnosis = Diagnosis::default();
    for result in results_within(verifier, &["message/*".to_owned()]).await {
        diagnosis.add(&result.refusals);
    }
    diagnosis.figures()
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_tell_a_verifier_that_explains_itself_from_one_that_does_not() {
    let right = figures(Reference::default()).await;
    assert_eq!((right.told_apart, right.named), (Some(1.0), Some(1.0)), "{right:?}");
    assert_eq!(right.expired_from_forged, Some(true));
    assert!(right.causes.len() >= 17, "{right:?}");

    let silent = figures(Faulty::named("one-message").unwrap().driver()).await;
    // What HTTP itself refuses is told apart all the same: no token, and one that is none.
    assert!(silent.told_apart.unwrap() < 0.3, "{silent:?}");
    let vague = figures(Faulty::named("expired-like-forged").unwrap().driver()).await;
    assert_eq!(vague.expired_from_forged, Some(false));
    assert!(vague.told_apart.unwrap() < 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_is_no_finding_where_only_duties_are_asked_for() {
    for (name, topic, finding) in [
        ("leaks-path", "message/*", Finding::SecretLeaked),
        ("lists-issuers", "message/*", Finding::SecretLeaked),
        ("server-error-on-outage", "network/refused", Finding::Fault),
    ] {
        let fault = || Faulty::named(name).unwrap().driver();
        let topic = [topic.to_owned()];
        let all = results_down_to(Level::May, fault(), &topic).await;
        let found = caught(&all, finding);
        assert!(!found.is_empty(), "{name}");
        assert!(all.iter().all(|it| it.finding.is_none() || it.level >= Level::Should), "{name}");
        let duties = results_down_to(Level::Must, fault(), &topic).await;
        assert!(caught(&duties, finding).is_empty(), "{name}: {:?}", caught(&duties, finding));
    }
}
