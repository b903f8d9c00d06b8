//! The embedded scenarios are sound, and what is generated from the code is up to date.

use std::collections::HashSet;

use crate::support::{CATALOGUE, assert_generated};
use jwtspec_advice::explain::Explanation;
use jwtspec_engine::plan::check_scenario;
use jwtspec_engine::report::Report;
use jwtspec_engine::scenario::FileSchema;
use jwtspec_engine::target::TargetFile;
use jwtspec_types::trust::Trust;

#[test]
fn every_embedded_scenario_can_be_carried_out() {
    let mistakes: Vec<String> = CATALOGUE
        .iter()
        .filter_map(|scenario| {
            check_scenario(scenario).err().map(|error| format!("{}: {error}", scenario.id))
        })
        .collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn each_scenario_has_an_id_of_its_own() {
    let ids: HashSet<&str> = CATALOGUE.iter().map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(ids.len(), CATALOGUE.iter().count());
}

fn check_schema(name: &str, schema: &schemars::Schema) {
    let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
    assert_generated(&format!("docs/schema/{name}.json"), &text);
}

#[test]
fn committed_schemas_are_those_of_the_code() {
    check_schema("scenario", &schemars::schema_for!(FileSchema));
    check_schema("target", &schemars::schema_for!(TargetFile));
    check_schema("report", &schemars::schema_for!(Report));
    check_schema("lint-issuer", &schemars::schema_for!(jwtspec_advice::lint::Report));
    check_schema("token-source", &schemars::schema_for!(jwtspec_advice::token_source::Report));
    check_schema("trust", &schemars::schema_for!(Trust));
    check_schema("explanation", &schemars::schema_for!(Explanation));
}
