//! The scenarios against the reference verifier under each profile but `jwt`, which
//! `tests/conformance.rs` of the workspace has.
//!
//! It is a test of this crate so that a mutant of a check costs few builds (docs/mutation.md).

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::sync::Arc;

use jwtspec_engine::event::{CaseResult, Event, Summary, Why};
use jwtspec_engine::plan::{Conditions, Selection, Unlock};
use jwtspec_engine::report::{expected, observed};
use jwtspec_engine::run::{Options, run};
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use jwtspec_types::profile::Profile;
use jwtspec_types::words::{Level, Outcome};

async fn results(catalogue: &Catalogue, profile: Profile) -> (Summary, Vec<CaseResult>) {
    let options = Options {
        conditions: Conditions { profile, ..Conditions::default() },
        selection: Selection::new(&[], Level::May, None).unwrap(),
        ..Options::default()
    };
    let target = Target::Rust(Arc::new(Reference::default()));
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let summary = run(catalogue, target, &options, &sender).await.unwrap();
    drop(sender);
    let mut results = Vec::new();
    while let Some(event) = receiver.recv().await {
        if let Event::CaseFinished(result) = event {
            results.push(*result);
        }
    }
    (summary, results)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_verifier_is_right_under_every_profile() {
    let catalogue = Catalogue::embedded().unwrap();
    for profile in Profile::all().filter(|it| *it != Profile::default()) {
        let (summary, results) = results(&catalogue, profile).await;
        let wrong: Vec<String> = results
            .iter()
            .filter(|it| matches!(it.outcome, Outcome::Fail | Outcome::Inconclusive))
            .map(|it| format!("{}: expected {}, observed {}", it.id, expected(it), observed(it)))
            .collect();
        let profile = profile.as_str();
        assert!(wrong.is_empty(), "{profile}:\n{}", wrong.join("\n"));
        // It keeps to the texts, so it departs from nothing.
        assert_eq!((summary.deviation, summary.departures), (0, 0), "{profile}");
        assert!(summary.pass > summary.skip, "{profile}: only {} pass", summary.pass);
        // A trust that it wrongly refuses shows only in what is skipped.
        let is_refused = |it: &&CaseResult| matches!(&it.why, Some(Why::Skipped(why)) if why.unlock() == Unlock::Trust);
        let refused: Vec<&str> = results.iter().filter(is_refused).map(|it| &*it.id).collect();
        assert!(refused.iter().all(|id| id.starts_with("algorithm/none-")), "{refused:?}");
    }
}
