//! The embedded scenarios are sound, and what is generated from the code is up to date.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::collections::HashSet;
use std::path::Path;

use jwtspec::explain::Explanation;
use jwtspec::plan::check_scenario;
use jwtspec::report::Report;
use jwtspec::scenario::{Catalogue, FileSchema};
use jwtspec::target::TargetFile;
use jwtspec::trust::Trust;

#[test]
fn every_embedded_scenario_can_be_carried_out() {
    let catalogue = Catalogue::embedded().unwrap_or_else(|error| panic!("{error}"));
    let mistakes: Vec<String> = catalogue
        .iter()
        .filter_map(|scenario| {
            check_scenario(scenario).err().map(|error| format!("{}: {error}", scenario.id))
        })
        .collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn there_are_enough_scenarios_and_each_is_told_apart() {
    let catalogue = Catalogue::embedded().unwrap_or_else(|error| panic!("{error}"));
    let ids: HashSet<&str> = catalogue.iter().map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(ids.len(), catalogue.len());
    assert!(ids.len() >= 160, "{} scenarios", ids.len());
}

/// Compares a committed schema with the code; `JWTSPEC_UPDATE=1 cargo test` writes it anew.
fn check_schema(name: &str, schema: &schemars::Schema) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{name}.json"));
    let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if std::env::var_os("JWTSPEC_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/schema/{name}.json is out of date; run JWTSPEC_UPDATE=1 cargo test --test catalogue"
    );
}

#[test]
fn committed_schemas_are_those_of_the_code() {
    check_schema("scenario", &schemars::schema_for!(FileSchema));
    check_schema("target", &schemars::schema_for!(TargetFile));
    check_schema("report", &schemars::schema_for!(Report));
    check_schema("lint-issuer", &schemars::schema_for!(jwtspec::lint::Report));
    check_schema("token-source", &schemars::schema_for!(jwtspec::token_source::Report));
    check_schema("trust", &schemars::schema_for!(Trust));
    check_schema("explanation", &schemars::schema_for!(Explanation));
}
