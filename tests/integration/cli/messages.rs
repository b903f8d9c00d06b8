//! Refusal messages as the command shows them: snapshots and drafts of `[reasons]`.

use std::sync::Arc;

use jwtspec_driver::serve_on;
use jwtspec_reference::faults::Fault;

use super::{Endpoint, status, stderr, stdout};

#[test]
fn a_changed_message_waits_for_review() {
    let place = Endpoint::new();
    let snapshot = |more: &[&str]| {
        place.jwtspec(&[&["snapshot", "--filter", "audience/m*", "--dir", "kept"], more].concat())
    };
    let output = snapshot(&[]);
    assert_eq!(status(&output), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("new     kept/audience.snap"), "{}", stdout(&output));
    assert!(place.path("kept/audience.snap.new").exists());

    assert_eq!(status(&snapshot(&["--accept"])), Some(0));
    assert!(!place.path("kept/audience.snap.new").exists());
    let again = snapshot(&[]);
    assert_eq!(status(&again), Some(0), "{}", stdout(&again));

    let kept = std::fs::read_to_string(place.path("kept/audience.snap")).unwrap();
    assert!(kept.contains("the token has no `aud`"), "{kept}");
    std::fs::write(place.path("kept/audience.snap"), kept.replace("has no", "lacks")).unwrap();
    let changed = snapshot(&[]);
    assert_eq!(status(&changed), Some(1));
    assert!(stdout(&changed).contains("changed kept/audience.snap"), "{}", stdout(&changed));
    let proposed = std::fs::read_to_string(place.path("kept/audience.snap.new")).unwrap();
    assert_eq!(proposed, kept);
}

/// What answers all tokens alike says nothing that could be kept, and what is kept is not as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_cannot_be_tested_is_compared_with_nothing() {
    let place = Endpoint::new();
    for fault in ["rejects-all", "accepts-all"] {
        let driver = Fault::named(fault).unwrap().driver();
        let served = serve_on(([127, 0, 0, 1], 0).into(), Arc::new(driver)).await.unwrap();
        let url = served.url();
        let command = ["snapshot", "--target", &url, "--filter", "message/*", "--dir", "kept"];
        let output = place.jwtspec(&command);
        assert_eq!(status(&output), Some(3), "{}{}", stdout(&output), stderr(&output));
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).contains("no snapshot was compared"), "{}", stderr(&output));
        assert!(!place.path("kept").exists());
    }
}

#[test]
fn reasons_are_drafted_from_a_run() {
    let place = Endpoint::new();
    let arguments = ["run", "--filter", "message/*", "--write-reasons", "reasons.toml"];
    let output = place.jwtspec(&arguments);
    assert_eq!(status(&output), Some(0), "{}{}", stdout(&output), stderr(&output));
    // The reference verifier names its reasons, so nothing is left to map.
    assert!(stderr(&output).contains("messages written to reasons.toml: 0"), "{}", stderr(&output));
    let draft = std::fs::read_to_string(place.path("reasons.toml")).unwrap();
    let draft: toml::Table = draft.parse().unwrap();
    assert!(draft["reasons"].as_table().unwrap().is_empty());
}

#[test]
fn every_report_tells_how_well_refusals_say_why() {
    let place = Endpoint::new();
    let output = place.jwtspec(&["run", "--filter", "message/*", "--report", "json=out.json"]);
    let text = stdout(&output);
    assert!(text.contains("100 % of causes are told apart"), "{text}");
    assert!(text.contains("an expired token is told from a forged one"), "{text}");
    let report = std::fs::read_to_string(place.path("out.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let figures = &report["diagnosability"];
    assert_eq!(figures["told_apart"], 1.0);
    assert_eq!(figures["named"], 1.0);
}
