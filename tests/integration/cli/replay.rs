//! `jwtspec fuzz` and `jwtspec replay` as a person or a CI script meets them.

use super::Endpoint;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_scenario_file_is_presented_again() {
    let place = Endpoint::new();
    let output = place.jwtspec(&["replay", "few.toml"]);
    assert_eq!(output.status.code(), Some(1), "one of them is no longer what it says");
    let said = text(&output.stdout);
    assert!(said.contains("few/array: nothing wrong"), "{said}");
    assert!(said.contains("few/wrong"), "{said}");
}

#[test]
fn fuzz_inputs_are_explained_and_written_as_scenarios() {
    let place = Endpoint::new();
    place.write("crash-1", "e30.e30.AA");
    std::fs::write(place.path("crash-2"), b"{\"keys\":[\xff]}").unwrap();
    place.write("crash-3", "without = [\"aud\"]");
    place.write("crash-4", "Bearer realm=\"x\"");
    let crashes = ["crash-1", "crash-2", "crash-3", "crash-4"];
    let output = place.jwtspec(&[&["replay", "--out", "made"], &crashes[..]].concat());
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    assert!(said.contains("parse_jwt: nothing wrong"), "{said}");
    for made in ["crash-1.toml", "crash-2.toml", "crash-3.toml"] {
        assert!(place.path("made").join(made).exists(), "{made}: {said}");
    }
    // They run, and the reference does what the model expects.
    let output = place.jwtspec(&["replay", "made"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn mistakes_in_a_fuzz_input_have_their_place() {
    let place = Endpoint::new();
    place.write("crash", "witout = [\"aud\"]");
    let output = place.jwtspec(&["replay", "--as", "recipe", "crash"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("witout"), "{}", text(&output.stderr));
}

#[test]
fn a_search_tells_behaviours_and_keeps_its_corpus() {
    let place = Endpoint::new();
    let arguments = ["fuzz", "--cases", "60", "--seed", "3", "--no-latency"];
    let output = place.jwtspec(&arguments);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    assert!(said.contains("Behaviours") && said.contains("the valid token"), "{said}");
    assert!(said.contains("0 found, 0 known; seed 3"), "{said}");
    assert!(place.path("fuzz-corpus/reference").is_dir());
    let again = place.jwtspec(&arguments);
    assert!(text(&again.stdout).contains("cases read from the corpus"), "{}", text(&again.stdout));
}
