//! The tester is tested: every deliberately wrong verifier is caught, each for what is wrong with it.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;

use jwtspec::event::CaseResult;
use jwtspec::faulty::{FAULTS, Faulty};
use jwtspec::reference::Reference;
use jwtspec::run::Options;
use jwtspec::scenario::Catalogue;
use jwtspec::target::Target;
use jwtspec::{Finding, Outcome};

/// Faults that no scenario can show yet, and why.
const UNSEEN: [(&str, &str); 4] = [
    ("leaks-token", "answers are not searched for secrets yet"),
    ("accepts-trailing-bits", "RFC 4648 section 3.5 leaves the choice"),
    ("ignores-enc", "a header with `enc` is refused by other checks, or may be accepted"),
    ("requires-kid", "RFC 7515 appendix D leaves the choice"),
];

async fn results_of(verifier: Reference) -> Vec<CaseResult> {
    let catalogue = Catalogue::embedded().unwrap_or_else(|error| panic!("{error}"));
    let options = Options { preflight: false, ..Options::default() };
    let target = Target::Rust(Arc::new(verifier));
    support::results(&catalogue, target, &options).await.unwrap().1
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
        let of_the_server = result.observed.starts_with("reject: token-missing")
            || result.observed.starts_with("reject: malformed (400)");
        assert!(
            result.outcome != Outcome::Pass || of_the_server,
            "{} passes: {}",
            result.id,
            result.observed
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
        let results = results_of_faulty(name).await;
        let forged = caught(&results, Finding::ForgeryAccepted);
        assert!(forged.iter().any(|id| id.starts_with(topic)), "{name}: {forged:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_faulty_verifier_is_caught() {
    let mut unnoticed = Vec::new();
    for fault in FAULTS {
        let results = results_of(fault.driver()).await;
        let noticed = results
            .iter()
            .any(|result| matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive));
        if !noticed {
            unnoticed.push(fault.name);
        }
    }
    let expected: Vec<&str> = UNSEEN.iter().map(|(name, _)| *name).collect();
    assert_eq!(unnoticed, expected);
}
