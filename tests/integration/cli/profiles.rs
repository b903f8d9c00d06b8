//! Departures of a profile as a person or a CI script meets them.

use super::{Endpoint, status, stderr, stdout};

/// The first scenario lets the reference verifier do as the backend does.
const DEPARTING: &str = r#"
about = "What a backend does otherwise."

overrides = [
  { profiles = ["convex"], scenarios = ["also-*"], skip = "the profile has no such thing" },
]

[no-clock]
title  = "a token that the specifications would have refused, or so it says here"
covers = ["rfc7519-4.1.4-exp-past-reject"]
token  = { claims.exp = "@now+1h" }
expect = { reject = "expired" }
profile.convex.departs = { expect = "accept", why = "it has no clock" }

[valid]
title  = "a valid token"
covers = ["rfc7519-4.1.4-exp-past-reject"]
token  = {}
expect = "accept"

[also-valid]
title  = "a valid token"
covers = ["rfc7519-4.1.4-exp-past-reject"]
token  = {}
expect = "accept"
"#;

fn place() -> Endpoint {
    let place = Endpoint::new();
    place.write("few.toml", DEPARTING);
    place
}

#[test]
fn a_departure_is_a_deviation_in_every_report() {
    let place = place();
    let reports = ["json=out.json", "junit=out.xml", "markdown=out.md", "human"];
    let reports: Vec<&str> = reports.iter().flat_map(|report| ["--report", report]).collect();
    let output = place.run(&[&["--profile", "convex"], &reports[..]].concat());
    let human = stdout(&output);
    assert_eq!(status(&output), Some(0), "{human}");
    assert!(human.contains("Departures of the profile\n  it has no clock\n      few/no-clock"));
    assert!(human.contains("1 deviation (1 of the profile)"), "{human}");
    assert!(human.contains("the profile has no such thing\n      few/also-valid"), "{human}");
    assert!(!human.contains("Known deviations"), "{human}");

    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&read("out.json")).unwrap();
    assert_eq!(report["summary"]["deviation"], 1);
    assert_eq!(report["summary"]["departures"], 1);
    let departing = &report["results"][1];
    assert_eq!(departing["id"], "few/no-clock");
    assert_eq!((&departing["outcome"], &departing["departs"]), (&"deviation".into(), &true.into()));
    assert_eq!(departing["finding"], "invalid-accepted");
    assert_eq!(departing["why"], "it has no clock");
    assert_eq!(report["results"][2]["departs"], false);

    assert!(read("out.xml").contains("departure of the profile: it has no clock"));
    let markdown = read("out.md");
    assert!(markdown.contains("## Departures of the profile"), "{markdown}");
    assert!(markdown.contains("| `few/no-clock` | invalid-accepted | it has no clock |"));

    let strict = place.run(&["--profile", "oidc", "--filter", "few/no-clock"]);
    assert_eq!(status(&strict), Some(1), "no other profile departs");
}

#[test]
fn departures_are_listed_and_shown() {
    let place = place();
    let of = |command: &[&str], profile: &str| {
        let more = ["--scenarios", "few.toml", "--profile", profile];
        stdout(&place.jwtspec(&[command, &more[..]].concat()))
    };
    let shown = of(&["show", "few/no-clock"], "convex");
    assert!(shown.contains("expect: reject (expired)"), "{shown}");
    assert!(shown.contains("known difference of this profile: accept: it has no clock"), "{shown}");
    assert!(!of(&["show", "few/no-clock"], "oidc").contains("known difference"));
    assert!(
        of(&["list"], "convex").contains("or so it says here (known difference of this profile)")
    );
    assert!(!of(&["list"], "oidc").contains("known difference"));
}

#[test]
fn a_departure_from_nothing_is_a_mistake_with_its_place() {
    let place = place();
    place.write(
        "few.toml",
        &DEPARTING.replace("expect = \"accept\", why", "expect = { reject = \"expired\" }, why"),
    );
    let output = place.jwtspec(&["check", "few.toml"]);
    assert_eq!(status(&output), Some(2), "{}", stderr(&output));
    let said = stderr(&output) + &stdout(&output);
    assert!(said.contains("`profile.convex.departs` departs from nothing"), "{said}");
    assert!(said.contains("[no-clock]"), "{said}");
}
