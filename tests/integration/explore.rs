//! Search finds what it should, keeps what is new, goes on where it was, and finds nothing else.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::support;
use jwtspec_driver::Driver;
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use jwtspec_reference::faults::PLANTED;
use jwtspec_search::explore::{
    BehaviourSignature, Exploration, Limits, SearchEvent, Store, explore,
};
use jwtspec_search::property::find::Find;
use jwtspec_types::words::Outcome;

const SEED: u64 = 20_260_103;

async fn search(driver: impl Driver, store: Option<&Store>, cases: usize) -> Exploration {
    let limits = Limits { cases, time: None, seed: SEED, jobs: 8 };
    let target = Target::Rust(Arc::new(driver));
    explore(target, store, limits, false, &Options::default(), &mut |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_in_the_reference_verifier() {
    let explored = search(Reference::default(), None, 1500).await;
    let found: Vec<String> = explored.finds.iter().map(|find| find.text().unwrap()).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(explored.corpus.len() > 30, "{} keys", explored.corpus.len());
    assert!(explored.void < 500, "{} could not be minted", explored.void);
}

/// A verifier that skips one check only on a second condition, and a word that its findings contain.
async fn is_found(fault: &str, speaks_of: &str) {
    let fault = PLANTED.iter().find(|planted| planted.name == fault).unwrap();
    let planted = || fault.driver();
    let explored = search(planted(), None, 4000).await;
    let accepted = |find: &&Find| find.finding.is_acceptance();
    let found: Vec<&Find> = explored.finds.iter().filter(accepted).collect();
    let ids: Vec<&str> = found.iter().map(|find| find.id.as_str()).collect();
    let find = found.iter().find(|find| find.id.contains(speaks_of));
    let find = find.unwrap_or_else(|| panic!("no find speaks of {speaks_of}: {ids:?}"));
    for find in &found {
        let step = &find.test_case.steps[0];
        assert!(step.differences.len() <= 2, "{}: {:?}", find.id, step.differences);
    }

    // What was written shows it again, and nothing on a sound verifier.
    let folder = tempfile::tempdir().unwrap();
    let path = find.write(folder.path()).unwrap();
    assert_eq!(outcomes(&path, planted()).await, [Outcome::Fail]);
    assert_eq!(outcomes(&path, Reference::default()).await, [Outcome::Pass]);
}

async fn outcomes(path: &Path, driver: impl Driver) -> Vec<Outcome> {
    let catalogue = Catalogue::from_path(path).unwrap();
    let target = Target::Rust(Arc::new(driver));
    let (_, results) = support::results(&catalogue, target, &Options::default()).await.unwrap();
    results.iter().map(|result| result.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audience_that_is_not_asked_for_beside_nbf_is_found() {
    is_found("audience-unless-not-before", "claim-nbf").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_expire_where_iat_has_a_fraction_is_found() {
    is_found("expiry-unless-issued-fraction", "claim-iat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_corpus_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("corpus"));
    let first = search(Reference::default(), Some(&store), 600).await;
    let keys: BTreeSet<BehaviourSignature> = first.corpus.keys().cloned().collect();
    let names = || {
        let files = std::fs::read_dir(store.folder()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
        names.collect::<BTreeSet<String>>()
    };
    let written = names();
    assert_eq!(written.len(), keys.len());
    for kept in first.corpus.values() {
        assert!(kept.path.as_ref().is_some_and(|path| path.exists()));
    }

    // Every case is one that `run` takes, and expects what the verifier does.
    let catalogue = Catalogue::from_path(store.folder()).unwrap();
    let target = Target::Rust(Arc::new(Reference::default()));
    let (summary, results) =
        support::results(&catalogue, target, &Options::default()).await.unwrap();
    let failed: Vec<_> = results.iter().filter(|it| it.outcome == Outcome::Fail).collect();
    assert!(failed.is_empty(), "{summary:?} {failed:#?}");

    // Without a single case the corpus is as it was.
    let second = search(Reference::default(), Some(&store), 0).await;
    let again: BTreeSet<BehaviourSignature> = second.corpus.keys().cloned().collect();
    let lost: Vec<_> = keys.difference(&again).map(ToString::to_string).collect();
    assert!(lost.is_empty(), "{lost:#?}");
    assert_eq!(names(), written, "one file for each key");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_case_is_reported_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    std::fs::write(place("broken.toml"), "about = \"x\"\n[a]\ntitel = 1\n").unwrap();
    std::fs::write(place("steps.toml"), "about = \"x\"\n[two]\ntitle = \"two\"\ncovers = [\"rfc7519-4.1.3-aud-array\"]\nsteps = [{ present = {}, expect = \"accept\", times = 2 }]\n").unwrap();
    std::fs::write(place("fine.toml"), "about = \"x\"\n[one]\ntitle = \"one\"\ncovers = [\"rfc7519-4.1.3-aud-array\"]\ntoken = { without = [\"aud\"] }\nexpect = \"reject\"\n").unwrap();
    let store = Store::new(folder.path());
    let limits = Limits { cases: 0, time: None, seed: SEED, jobs: 1 };
    let target = Target::Rust(Arc::new(Reference::default()));
    let mut unread = Vec::new();
    let options = Options::default();
    let mut tell = |happening: SearchEvent<'_>| {
        if let SearchEvent::Unread(why) = happening {
            unread.push(why.to_string());
        }
    };
    let explored = explore(target, Some(&store), limits, false, &options, &mut tell).await.unwrap();
    assert_eq!(explored.corpus.len(), 1);
    assert_eq!(unread.len(), 2, "{unread:?}");
    assert!(unread[0].contains("broken.toml:3"), "{unread:?}");
    assert!(unread[1].contains("steps.toml"), "{unread:?}");
    assert!(place("fine.toml").exists(), "what people wrote is never removed");
}
