//! `jwtspec probe` on a target that gives some tokens no verdict: that is no refusal, and what rests
//! on it is not measured.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;

use super::{Endpoint, status, stderr, stdout};
use crate::support::{Asked, Failure, driver_failing_at, serve_failing};

const NOT_MEASURED: &str = "could not be measured";

/// The JSON of a probe that finds nothing otherwise than declared, and not everything.
fn incomplete(output: &std::process::Output) -> Value {
    assert_eq!(status(output), Some(3), "{}{}", stdout(output), stderr(output));
    let page: Value = serde_json::from_str(&stdout(output)).unwrap();
    assert!(!stdout(output).contains("\"differences\""), "{page:#}");
    assert_eq!(page["mistakes"], Value::Null, "{page:#}");
    page
}

fn line<'p>(page: &'p Value, name: &str) -> &'p Value {
    let mut lines = page["measurements"].as_array().unwrap().iter();
    lines.find(|line| line["name"] == name).unwrap_or_else(|| panic!("no {name}: {page:#}"))
}

/// Asserts these values of a probe, and that no other measurement is incomplete than these.
fn assert_lines(page: &Value, unmeasured: &[&str], measured: &[(&str, &str)]) {
    let lines = page["measurements"].as_array().unwrap();
    let incomplete = lines.iter().filter(|line| line["incomplete"] == true);
    let incomplete: Vec<&str> = incomplete.map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(incomplete, unmeasured, "{page:#}");
    for (name, value) in measured {
        assert_eq!(line(page, name)["value"], *value, "{page:#}");
    }
}

/// Probes a driver that fails at the chosen requests and has a third of a second for an answer.
async fn probe_hanging(
    choose: impl Fn(&Asked) -> Option<Failure> + Send + Sync + 'static,
) -> Value {
    let place = Endpoint::new();
    place.write(
        "target.toml",
        "name = \"hangs\"\n[present]\ntimeout = \"0.3s\"\n[start]\n\
         command = [\"sh\", \"-c\", \"echo {{ port }} > part; mv part port; exec sleep 600\"]\n",
    );
    let port = place.path("port");
    let serving = tokio::spawn(async move {
        loop {
            if let Ok(text) = std::fs::read_to_string(&port) {
                let address = format!("127.0.0.1:{}", text.trim());
                return serve_failing(TcpListener::bind(address).await.unwrap(), choose).await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let command = ["probe", "--target", "target.toml", "--json", "--max-wait", "5s"];
    let output = place.jwtspec(&command);
    serving.await.unwrap();
    incomplete(&output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_whose_token_is_reset_is_not_enforced_for_that() {
    let url = driver_failing_at(|asked| {
        let told = &asked.trust["providers"][0]["typ"];
        let token = asked.token.as_ref()?;
        (told.is_string() && token.header["typ"] != *told).then_some(Failure::Reset)
    })
    .await;
    let place = Endpoint::new();
    let page = incomplete(&place.jwtspec(&["probe", "--target", &url, "--json"]));
    assert_lines(
        &page,
        &["typ"],
        &[
            ("typ", NOT_MEASURED),
            ("required claims", "enforced"),
            ("leeway of exp", "configurable"),
        ],
    );
    let seen = line(&page, "typ")["seen"].as_str().unwrap();
    assert!(seen.contains("`at+jwt` accepted, `JWT` no verdict (no readable answer: "), "{seen}");
    let declaration = &page["declaration"];
    assert_eq!(declaration["typ"], Value::Null, "{declaration:#}");
    assert_eq!(declaration["required_claims"], true);

    let output = place.jwtspec(&["probe", "--target", &url]);
    assert_eq!(status(&output), Some(3), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(!text.contains("Not the verifier's"), "{text}");
    assert!(text.ends_with("\nNothing that was measured is otherwise than declared.\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_hangs_at_expired_tokens_shows_no_edge_of_exp() {
    let page = probe_hanging(|asked| {
        let token = asked.token.as_ref()?;
        (token.claims["exp"].as_u64()? <= token.now).then_some(Failure::Hang)
    })
    .await;
    assert_lines(
        &page,
        &["Jwtspec-Time", "leeway of exp"],
        &[
            ("Jwtspec-Time", NOT_MEASURED),
            ("typ", "enforced"),
            ("leeway of exp", NOT_MEASURED),
            ("leeway of nbf", "configurable"),
            ("leeway of iat", "not judged"),
            // What is known of no clock is watched in real time.
            ("cache age", "configurable"),
            ("removed key", "refused from the next fetch on"),
            ("cool-down", "configurable"),
            ("largest token", "131072 bytes"),
        ],
    );
    let seen = &line(&page, "leeway of exp")["seen"];
    assert_eq!(*seen, "told 0 s: no verdict (no answer within 0.3 s)");
    assert_eq!(line(&page, "leeway of nbf")["remarks"], Value::Null, "{page:#}");
    for name in ["clock", "leeway"] {
        assert_eq!(page["declaration"][name], Value::Null, "{page:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_server_is_no_refusal() {
    let url = driver_failing_at(|asked| {
        let (token, provider) = (asked.token.as_ref()?, &asked.trust["providers"][0]);
        let kid = token.header["kid"].as_str().unwrap_or_default();
        let requires = provider["required_claims"].as_array().is_some_and(|it| !it.is_empty());
        let lacks = requires && token.claims["tenant"].is_null();
        let told_none = provider["audiences"].as_array().is_none_or(Vec::is_empty);
        match () {
            () if lacks => Some(Failure::Answer("503 Busy", "")),
            () if token.header["alg"] == "PS384"
                || token.bytes > 20_000
                || kid.starts_with("unknown-")
                || token.claims["aud"] == Value::Array(Vec::new())
                || told_none && token.claims["aud"].is_null() =>
            {
                Some(Failure::Answer("500 Broken", "oh no"))
            }
            () => None,
        }
    })
    .await;
    let output = Endpoint::new().jwtspec(&["probe", "--target", &url, "--json"]);
    let page = incomplete(&output);
    assert_lines(
        &page,
        &[
            "algorithms",
            "required claims",
            "audience",
            "no audience told",
            "unknown kid",
            "cool-down",
        ],
        &[
            ("required claims", NOT_MEASURED),
            ("audience", NOT_MEASURED),
            ("no audience told", NOT_MEASURED),
            ("unknown kid", NOT_MEASURED),
            ("cool-down", NOT_MEASURED),
            ("cache age", "configurable"),
            ("largest token", "20000 bytes"),
        ],
    );
    let remark = |name: &str| line(&page, name)["remarks"][0].as_str().unwrap().to_owned();
    let told = "(no verdict (status 500))";
    assert_eq!(remark("algorithms"), format!("{NOT_MEASURED}: PS384 {told}"));
    assert_eq!(remark("audience"), format!("{NOT_MEASURED}: an empty array {told}"));
    assert!(!line(&page, "algorithms")["seen"].as_str().unwrap().contains("PS384"), "{page:#}");
    // That any other audience passes is known all the same.
    assert!(line(&page, "no audience told")["consequences"].is_array(), "{page:#}");
    let seen = line(&page, "largest token")["seen"].as_str().unwrap();
    assert!(seen.ends_with(" bytes: no verdict (status 500)"), "{seen}");
    for name in ["required_claims", "cooldown"] {
        assert_eq!(page["declaration"][name], Value::Null, "{page:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_falls_silent_is_asked_no_more_after_a_few_tokens() {
    let (tokens, hangs) = (AtomicUsize::new(0), std::sync::Arc::new(AtomicUsize::new(0)));
    let counted = hangs.clone();
    let page = probe_hanging(move |asked| {
        asked.token.as_ref()?;
        let hangs = tokens.fetch_add(1, Ordering::Relaxed) > 20;
        hangs.then(|| counted.fetch_add(1, Ordering::Relaxed)).map(|_| Failure::Hang)
    })
    .await;
    let hangs = hangs.load(Ordering::Relaxed);
    // Those that are under way side by side are waited for, too.
    assert!((8..=16).contains(&hangs), "{hangs} tokens were waited for");
    // What is measured side by side may come before or after it.
    for name in ["typ", "algorithms", "audience", "largest token"] {
        assert_eq!(line(&page, name)["value"], NOT_MEASURED, "{page:#}");
    }
    let seen = line(&page, "largest token")["seen"].as_str().unwrap();
    assert!(seen.ends_with("no verdict (not asked: 8 others got no answer in time)"), "{seen}");
}
