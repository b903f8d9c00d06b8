//! The answers of the reference verifier to refused tokens are those that were reviewed.
//! `cargo run -- snapshot` proposes changes for review, and adds scenarios that are new.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::support::{self, CATALOGUE, in_repository};
use jwtspec_engine::report::snapshots;
use jwtspec_engine::run::Options;
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_verifier_says_what_was_reviewed() {
    let target = Target::Rust(Arc::new(Reference::default()));
    let (_, results) = support::results(&CATALOGUE, target, &Options::default()).await.unwrap();
    let said = snapshots(&results);
    let mut changed = Vec::new();
    for entry in std::fs::read_dir(in_repository("snapshots/reference")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "snap") {
            continue;
        }
        let topic = path.file_stem().unwrap().to_str().unwrap();
        let reviewed = std::fs::read_to_string(&path).unwrap();
        let said = said.get(topic).map(|text| answers(text)).unwrap_or_default();
        for (name, reviewed) in answers(&reviewed) {
            let said = said.get(name).copied().unwrap_or("nothing is refused there any more");
            if said != reviewed {
                changed
                    .push(format!("{topic}/{name}\n-- reviewed:\n{reviewed}\n-- now:\n{said}\n"));
            }
        }
    }
    assert!(
        changed.is_empty(),
        "{}\nreview them with `cargo run -- snapshot`, or take all with `--accept`",
        changed.join("\n")
    );
}

/// The answers that a snapshot shows for each scenario, by the scenario's name.
fn answers(snapshot: &str) -> BTreeMap<&str, &str> {
    let sections = snapshot.split("## ").skip(1);
    sections
        .map(|section| {
            let (title, answers) = section.split_once('\n').unwrap();
            (title.split_once(": ").unwrap().0, answers.trim())
        })
        .collect()
}
