//! `jwtspec token-source`: a right source passes, and each rule names a source that breaks it.

mod client;
mod command;
mod server;
mod sources;

use std::collections::BTreeSet;

use crate::support::assert_rules_listed;
use jwtspec_advice::token_source::rules;

#[test]
fn every_rule_is_broken_by_some_case() {
    let alone = ["source-hangs", "signed-out-token", "signed-out-fails"];
    let broken: BTreeSet<&str> = sources::CASES
        .iter()
        .flat_map(|(ids, _)| ids.iter().copied())
        .chain(alone)
        .chain(client::ALONE.iter().copied())
        .collect();
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    assert_eq!(broken, known);
}

#[test]
fn the_docs_list_every_rule() {
    assert_rules_listed("docs/token-source.md", rules());
}
