//! The profiles of a backend: what does as the backend does is a deviation of the profile, and
//! anything else that does not keep to the texts fails. That what does passes is a test of the
//! reference verifier's crate.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::support::{self, CATALOGUE};
use jwtspec_driver::Driver;
use jwtspec_engine::diagnosis::{Diagnosability, Diagnosis};
use jwtspec_engine::event::{CaseResult, Summary};
use jwtspec_engine::plan::{Conditions, Selection};
use jwtspec_engine::report::why;
use jwtspec_engine::run::Options;
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use jwtspec_reference::faults::Fault;
use jwtspec_types::profile::Profile;
use jwtspec_types::words::Finding;
use jwtspec_types::words::Level;
use jwtspec_types::words::Outcome;

const PROFILES: [&str; 2] = ["convex", "convex-custom-jwt"];

async fn results(
    profile: &str,
    verifier: impl Driver,
    filters: &[&str],
) -> (Summary, BTreeMap<String, CaseResult>) {
    let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
    let options = Options {
        conditions: Conditions {
            profile: Profile::named(profile).unwrap(),
            ..Conditions::default()
        },
        selection: Selection::new(&filters, Level::May, None).unwrap(),
        ..Options::default()
    };
    let target = Target::Rust(Arc::new(verifier));
    let (summary, results) = support::results(&CATALOGUE, target, &options).await.unwrap();
    (summary, results.into_iter().map(|result| (result.id.clone(), result)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_as_the_backend_does_deviates_and_who_does_otherwise_fails() {
    let outcome = async |profile, fault: &str, id: &str| {
        let verifier = Fault::named(fault).unwrap().driver();
        let (summary, results) = results(profile, verifier, &[id]).await;
        let result = results[id].clone();
        assert_eq!(summary.departures, usize::from(result.departs), "{fault} {id}");
        result
    };
    let slash = "issuer/slash-added";
    for profile in PROFILES {
        let departing = outcome(profile, "ignores-trailing-slash", slash).await;
        assert_eq!(departing.outcome, Outcome::Deviation, "{profile}");
        assert_eq!(departing.finding, Some(Finding::InvalidAccepted));
        assert!(departing.departs && why(&departing).unwrap().contains("slashes at the end"));

        let wrong = outcome(profile, "prefix-matches-issuer", "issuer/path-below-trusted").await;
        assert_eq!((wrong.outcome, wrong.departs), (Outcome::Fail, false), "{profile}");
    }
    // Where there is no such backend behind it, the slash matters.
    let strict = outcome("oidc", "ignores-trailing-slash", slash).await;
    assert_eq!((strict.outcome, strict.departs), (Outcome::Fail, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_to_less_than_a_profile_fails() {
    for (profile, changed, id) in [
        ("convex", "id-token-audience", "convex/audience-of-two"),
        ("convex-custom-jwt", "key-id", "convex/kid-missing"),
        ("convex-custom-jwt", "required-claims", "convex/subject-missing"),
    ] {
        let (_, results) = results(profile, Reference::default().without(changed), &[id]).await;
        assert_eq!(results[id].outcome, Outcome::Fail, "{profile} without {changed}");
        assert_eq!(results[id].finding, Some(Finding::InvalidAccepted));
    }
}

async fn figures(verifier: impl Driver) -> Diagnosability {
    let both = ["convex/wrong-issuer", "convex/wrong-audience"];
    let (summary, results) = results("convex", verifier, &both).await;
    assert_eq!((summary.pass, summary.total()), (2, 2), "{results:#?}");
    let mut diagnosis = Diagnosis::default();
    results.values().for_each(|result| diagnosis.add(&result.refusals));
    diagnosis.figures()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_for_issuer_and_audience_is_right_there_and_shows_in_the_figures() {
    let one_message = figures(Fault::named("audience-blamed-on-issuer").unwrap().driver()).await;
    assert!(one_message.named.unwrap() < 1.0, "{one_message:?}");
    let apart = figures(Reference::default()).await;
    assert_eq!((apart.told_apart, apart.named), (Some(1.0), Some(1.0)), "{apart:?}");

    // Elsewhere it is a wrong reason.
    let verifier = Fault::named("audience-blamed-on-issuer").unwrap().driver();
    let (_, results) = results("oidc", verifier, &["audience/other"]).await;
    assert_eq!(results["audience/other"].finding, Some(Finding::WrongReason));
}
