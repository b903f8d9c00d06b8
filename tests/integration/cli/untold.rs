//! Commands beside `run`, on a driver that fails to take some trusts: that is its mistake, and no
//! fact about the verifier.

use serde_json::Value;

use super::{Endpoint, status, stderr, stdout};
use crate::support::{Asked, Failure, driver_failing, driver_failing_at};

/// What such a driver answers, and how that is told.
const ANSWER: Option<(&str, &str)> = Some(("500 Broken", "oh no"));
const TOLD: &str = "the driver answers `POST /verifiers` with status 500";

/// Returns true if a trust has two providers, a `typ`, a certain algorithm, span or form of keys.
fn is_special(trust: &Value) -> bool {
    let providers = trust["providers"].as_array().unwrap();
    let provider = &providers[0];
    providers.len() > 1
        || !provider["typ"].is_null()
        || provider["algorithms"][0] == "PS384"
        || provider["key_text"]["form"] == "openssh"
        || provider["keys"]["discovery"] == true
        || provider["audiences"].as_array().unwrap().is_empty()
        || trust["leeway_seconds"] == 7
        || trust["cache"]["max_age_seconds"] == 3600
        || trust["ca_pem"].is_string() && provider["issuer"].as_str().unwrap().starts_with("https")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_finds_nothing_where_a_trust_was_not_taken() {
    for (answer, told) in [(ANSWER, TOLD), (None, "the driver does not answer `POST /verifiers`")] {
        let url = driver_failing(answer, is_special).await;
        let command = ["probe", "--target", &url, "--json"];
        let output = Endpoint::new().jwtspec(&command);
        assert_eq!(status(&output), Some(3), "{}{}", stdout(&output), stderr(&output));
        let page: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let mistakes = page["mistakes"].as_array().unwrap();
        assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
        assert!(mistakes[0]["what"].as_str().unwrap().starts_with(told), "{mistakes:#?}");
        let trusts = mistakes[0]["trusts"].as_array().unwrap();
        assert!(trusts.iter().any(|trust| trust == "one with two providers"), "{trusts:?}");
        let line = |name: &str| {
            let lines = page["measurements"].as_array().unwrap();
            let line = lines.iter().find(|line| line["name"] == name);
            line.unwrap_or_else(|| panic!("no {name}: {page:#}"))
        };
        let whole =
            ["providers", "https issuers", "typ", "leeway", "no audience told", "HTTP caching"];
        for name in whole {
            assert_eq!(line(name)["value"], "could not be measured", "{page:#}");
            assert!(line(name)["seen"].as_str().unwrap().contains(told), "{page:#}");
        }
        for (name, member) in
            [("keys", "discovery"), ("key forms", "openssh"), ("algorithms", "PS384")]
        {
            let remark = format!("could not be measured: {member} ({told}");
            assert!(line(name)["remarks"][0].as_str().unwrap().starts_with(&remark), "{page:#}");
            assert!(!line(name)["value"].as_str().unwrap().contains(member), "{page:#}");
        }
        // What is not known is declared as it was, or not at all.
        let declaration = &page["declaration"];
        assert!(declaration["algorithms"].as_array().unwrap().contains(&"PS384".into()));
        for name in ["providers", "tls", "typ", "leeway", "http_cache"] {
            assert_eq!(declaration[name], Value::Null, "{declaration:#}");
        }
        assert_eq!(declaration["required_claims"], true);
        assert!(!stdout(&output).contains("\"differences\""), "{page:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_tells_a_mistake_once_and_first() {
    let is_chosen = |trust: &Value| trust["providers"].as_array().unwrap().len() > 1;
    let url = driver_failing(ANSWER, is_chosen).await;
    let output = Endpoint::new().jwtspec(&["probe", "--target", &url]);
    assert_eq!(status(&output), Some(3), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.starts_with("reference "), "{text}");
    assert_eq!(text.matches("the body of the answer: oh no").count(), 1, "{text}");
    assert!(
        text.contains("Not the verifier's: to be mended first\n  the driver answers"),
        "{text}"
    );
    assert!(text.contains("1 trust: one with two providers: "), "{text}");
    assert!(text.contains("providers         could not be measured  ("), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_keeps_what_it_has_of_scenarios_that_were_not_seen() {
    let place = Endpoint::new();
    let snapshot = |url: &str, filter: &str, more: &[&str]| {
        let command = ["snapshot", "--dir", "kept", "--target", url, "--filter", filter];
        place.jwtspec(&[&command, more].concat())
    };
    let kept = || std::fs::read_to_string(place.path("kept/audience.snap")).unwrap();
    let whole = driver_failing(ANSWER, |_| false).await;
    let output = snapshot(&whole, "audience/*", &["--accept"]);
    assert_eq!(status(&output), Some(0), "{}", stderr(&output));
    let reviewed = kept();

    let failing = driver_failing(ANSWER, is_special).await;
    let output = snapshot(&failing, "audience/*", &["--accept"]);
    assert_eq!(status(&output), Some(3), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(stdout(&output), "1 snapshots, as they were\n");
    assert_eq!(kept(), reviewed);
    let text = stderr(&output);
    assert!(text.contains(TOLD) && text.contains(" scenarios, such as audience/"), "{text}");
    assert_eq!(text.matches("POST /verifiers").count(), 1, "{text}");

    // Nor has gone what a filter leaves out.
    let output = snapshot(&whole, "audience/m*", &["--accept"]);
    assert_eq!(status(&output), Some(0), "{}", stderr(&output));
    assert_eq!(kept(), reviewed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_keeps_what_it_has_of_tokens_without_a_verdict() {
    let place = Endpoint::new();
    let snapshot = |url: &str| {
        place.jwtspec(&["snapshot", "--dir", "kept", "-t", url, "-f", "audience/*", "--accept"])
    };
    let is_null = |asked: &Asked| asked.token.as_ref().is_some_and(|it| it.claims["aud"].is_null());
    for failure in [Failure::Reset, Failure::Answer("503 Busy", "")] {
        let whole = driver_failing_at(|_| None).await;
        assert_eq!(status(&snapshot(&whole)), Some(0));
        let reviewed = std::fs::read_to_string(place.path("kept/audience.snap")).unwrap();
        let failing = driver_failing_at(move |asked| is_null(asked).then_some(failure)).await;
        let output = snapshot(&failing);
        assert_eq!(status(&output), Some(3), "{}{}", stdout(&output), stderr(&output));
        assert!(stderr(&output).contains("gave no verdict in "), "{}", stderr(&output));
        let kept = std::fs::read_to_string(place.path("kept/audience.snap")).unwrap();
        assert_eq!(kept, reviewed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_leaves_out_setups_that_were_not_taken() {
    let place = Endpoint::new();
    let is_chosen = |trust: &Value| trust["providers"].as_array().unwrap().len() > 1;
    let failing = driver_failing(ANSWER, is_chosen).await;
    for command in ["property", "fuzz"] {
        let arguments = [command, "--cases", "20", "--seed", "1", "--target", &failing];
        let output = place.jwtspec(&arguments);
        let text = stdout(&output);
        assert_eq!(status(&output), Some(3), "{text}{}", stderr(&output));
        assert!(text.contains(" trusts, such as that of setup "), "{text}");
        assert_eq!(text.matches("the body of the answer: oh no").count(), 1, "{text}");
        assert!(text.contains(" 0 found, 0 known"), "{text}");
    }
}
