//! `jwtspec token-source`: a right source passes, and each rule names a source that breaks it.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod client;
mod command;
mod sources;
mod stand;

use std::collections::BTreeSet;

use jwtspec::lint::Rule;
use jwtspec::token_source::rules;

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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/token-source.md");
    let text = std::fs::read_to_string(path).unwrap();
    let start = "| id | level | source | what is asked |\n|---|---|---|---|\n";
    let (before, _) = text.split_once(start).unwrap();
    let row = |rule: &Rule| {
        let Rule { id, level, source, holds, .. } = rule;
        format!("| `{id}` | {level} | {source} | {holds} |\n")
    };
    let table: String = rules().map(row).collect();
    let whole = format!("{before}{start}{table}");
    if std::env::var_os("JWTSPEC_UPDATE").is_some() {
        std::fs::write(path, &whole).unwrap();
    }
    assert!(
        text == whole || std::env::var_os("JWTSPEC_UPDATE").is_some(),
        "docs/token-source.md is out of date; run JWTSPEC_UPDATE=1 cargo test --test token_source"
    );
}
