//! Each requirement that a test can see has a scenario, and `jwtspec coverage` says so.

use std::process::Command;

use jwtspec_engine::coverage::{Coverage, State};
use jwtspec_types::requirements::Requirement;

use crate::support::CATALOGUE;

fn coverage(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .arg("coverage")
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_requirement_that_can_be_seen_has_a_scenario() {
    let coverage = Coverage::of(&CATALOGUE);
    assert_eq!(coverage.rows.len(), Requirement::all().count());
    let open: Vec<&str> = coverage.open().map(|row| row.requirement.as_str()).collect();
    assert_eq!(open, [""; 0]);
    for row in &coverage.rows {
        let requirement = Requirement::all().find(|it| it.id == row.requirement).unwrap();
        if let (State::Covered(by), Some(_)) = (&row.state, requirement.not_observable()) {
            panic!("{} is not observable, and exercised by {by:?}", row.requirement);
        }
    }
}

#[test]
fn the_command_names_what_has_no_scenario() {
    let (status, text, _) = coverage(&["--requirement", "rfc7519-4.1.3-aud-a*"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("audience/array"), "{text}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.toml");
    let scenario = "about = 'One.'\n[x]\ntitle = 'x'\ncovers = ['rfc7519-4.1.3-aud-array']\n\
                    expect = 'accept'\n";
    std::fs::write(&file, scenario).unwrap();
    let (status, text, _) = coverage(&["--scenarios", file.to_str().unwrap()]);
    assert_eq!(status, Some(1));
    assert!(text.contains("rfc7519-4.1.4-exp-past-reject"), "{text}");
    assert!(text.contains(", 1 covered,") || text.contains(": 1 covered,"), "{text}");

    let (status, _, error) = coverage(&["--requirement", "rfc7519-4.1.3-aud-arry"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("did you mean `rfc7519-4.1.3-aud-array`?"), "{error}");

    let (_, json, _) = coverage(&["--json", "--requirement", "rfc7519-4.1.3-aud-array"]);
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["requirement"], "rfc7519-4.1.3-aud-array");
    assert!(rows[0]["state"]["covered"].as_array().is_some_and(|it| !it.is_empty()));
}
