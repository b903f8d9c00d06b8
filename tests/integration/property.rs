//! Property tests find what they should, and nothing else.

use std::sync::Arc;

use crate::support;
use jwtspec_driver::Driver;
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use jwtspec_reference::faults::{Fault, PLANTED};
use jwtspec_search::property::find::Find;
use jwtspec_search::property::{self, Limits, Property, Tally};
use jwtspec_types::words::Finding;
use jwtspec_types::words::Outcome;

async fn search(driver: impl Driver, properties: &[&str], cases: usize) -> Tally {
    let globs: Vec<String> = properties.iter().map(ToString::to_string).collect();
    let properties = Property::choose(&globs).unwrap();
    let limits = Limits { cases, time: None, seed: 20_260_101, jobs: 8 };
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
        assert_eq!(find.finding, Finding::InvalidAccepted, "{}", fault.name);
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
