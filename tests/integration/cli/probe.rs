//! `jwtspec probe`: what it measures is what the target was started with.

use super::{Endpoint, settings, status, stderr, stdout};

/// Probes a reference verifier with spans of its own, as a process of its own.
fn probe_with_spans_of_its_own(flags: &str) -> (Option<i32>, serde_json::Value) {
    let place = Endpoint::new();
    let binary = env!("CARGO_BIN_EXE_jwtspec");
    place.write(
        "target.toml",
        &format!(
            "name = \"own\"\nabout = \"spans of its own\"\n[start]\n\
             command = [\"sh\", \"-c\", \"exec {binary} reference --port {{{{ port }}}} {flags}\"]\n"
        ),
    );
    let output = place.jwtspec(&["probe", "--target", "target.toml", "--json", "--max-wait", "3s"]);
    let page = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| {
        panic!("{}{}", stdout(&output), stderr(&output));
    });
    (status(&output), page)
}

#[test]
fn a_probe_measures_spans_whatever_the_target_is_told() {
    let (status, page) = probe_with_spans_of_its_own("--leeway 7s --cache-age 60s --cooldown 10s");
    let declaration = &page["declaration"];
    assert_eq!(declaration["leeway"], "7s", "{page:#}");
    assert_eq!(declaration["cache_age"], "60s");
    assert_eq!(declaration["cooldown"], "10s");
    assert_eq!(declaration["clock"], true);
    assert_eq!(status, Some(0), "it declares what it has: {page:#}");
}

#[test]
fn a_probe_measures_in_real_time_where_there_is_no_clock() {
    let (status, page) = probe_with_spans_of_its_own("--leeway 7s --cooldown 1s --no-clock");
    let declaration = &page["declaration"];
    assert_eq!(declaration["leeway"], "7s", "{page:#}");
    assert_eq!(declaration["cache_age"], "configurable");
    assert_eq!(declaration["cooldown"], "1s");
    assert_eq!(declaration["clock"], false);
    assert_eq!(status, Some(0), "it declares what it has: {page:#}");
}

#[test]
fn a_probe_shows_all_that_it_found() {
    let output = Endpoint::new().jwtspec(&["probe"]);
    assert_eq!(status(&output), Some(0), "{}{}", stdout(&output), stderr(&output));
    settings().bind(|| insta::assert_snapshot!("probe", stdout(&output)));
}

#[test]
fn a_probe_of_a_target_that_cannot_be_judged_says_so() {
    let place = Endpoint::new();
    let binary = env!("CARGO_BIN_EXE_jwtspec");
    place.write("config.j2", "");
    place.write(
        "target.toml",
        &format!(
            "name = \"deaf\"\nabout = \"refuses everything\"\n[start]\nconfig = \"config.j2\"\n\
             ready = {{ http = \"/\" }}\n\
             command = [\"sh\", \"-c\", \"exec {binary} reference --port {{{{ port }}}}\"]\n\
             [trust]\nproviders = \"many\"\nkeys = [\"inline\"]\nalgorithms = [\"RS256\"]\n\
             leeway = \"60s\"\n[verdict]\nreject = {{ status = [401, 404] }}\n\
             [present]\nrequest = {{ path = \"/nothing/{{{{ trust.id }}}}\" }}\n"
        ),
    );
    let output = place.jwtspec(&["probe", "--target", "target.toml"]);
    assert_eq!(status(&output), Some(3), "{}", stdout(&output));
    let text = stderr(&output);
    assert!(text.contains("does not tell a good token from a bad one"), "{text}");
    assert!(!text.contains("--no-preflight"), "{text}");
    for arguments in [&["probe", "--target", "none.toml"][..], &["probe", "--max-wait", "soon"]] {
        assert_eq!(status(&place.jwtspec(arguments)), Some(2));
    }
    assert_eq!(status(&place.jwtspec(&["probe", "--target", "http://127.0.0.1:1"])), Some(3));
    assert_eq!(status(&place.jwtspec(&["reference", "--leeway", "1.5s"])), Some(2));
}
