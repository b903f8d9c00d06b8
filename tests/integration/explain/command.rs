//! The command: pastes, files, exit statuses, and what a person sees.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::support::{assert_conforms, server, snapshot_settings};
use serde_json::{Value, json};

use crate::explain::setup::{NOW, Setup, page};

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(trust: &Value) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        files.write("trust.json", serde_json::to_string_pretty(trust).unwrap().as_bytes());
        files
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    /// Runs the command; the paste goes to its standard input.
    fn explain(&self, paste: &str, arguments: &[&str]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
            .args(["explain", "--trust", "trust.json"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses its arguments does not read on.
        let _ = child.stdin.take().unwrap().write_all(paste.as_bytes());
        child.wait_with_output().unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn now() -> String {
    NOW.to_string()
}

fn snapshot(name: &str, text: &str) {
    let mut settings = snapshot_settings("explain");
    settings.add_filter(r"\d+ characters", "[n] characters");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[tokio::test(flavor = "multi_thread")]
async fn pastes_files_and_statuses() {
    let setup = Setup::start().await;
    let token = setup.open("");
    let files = Files::new(&setup.trust);
    let status = |paste: &str, more: &[&str]| {
        let output = files.explain(paste, &[&["--now", &now()], more].concat());
        (output.status.code(), stdout(&output))
    };

    let curl = format!("curl 'https://api.example/x' \\\n  -H 'Authorization: Bearer {token}'\n");
    assert_eq!(status(&curl, &[]).0, Some(0));
    assert_eq!(status(&format!("Bearer {token}"), &["-"]).0, Some(0));
    assert_eq!(status("", &[&token]).0, Some(0));
    assert_eq!(status(&token, &["--now", "+1h"]).0, Some(2), "given twice");
    let late = files.explain(&token, &["--now", "2027-01-15T09:00:00Z"]);
    assert_eq!(late.status.code(), Some(1));
    assert_eq!(files.explain(&token, &["--now", "tomorrow"]).status.code(), Some(2));

    files.write("jwks.json", &setup.issuer.documents.jwks.body);
    files.write("discovery.json", &setup.issuer.documents.discovery.body);
    setup.issuer.withdraw();
    assert_eq!(status(&token, &[]).0, Some(3), "no server has the keys");
    let (code, text) = status(&token, &["--jwks", "jwks.json"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("key set: read from a file"), "{text}");
    let both = ["--jwks", "jwks.json", "--discovery", "discovery.json"];
    assert_eq!(status(&token, &both).0, Some(0));
    assert_eq!(status(&token, &["--jwks", "absent.json"]).0, Some(2));

    files.write("trust.json", b"{");
    assert_eq!(status(&token, &[]).0, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn as_json_it_is_what_the_schema_says() {
    let setup = Setup::start().await;
    let token = setup.open("claims.aud = \"@audience/\"");
    let output = Files::new(&setup.trust).explain(&token, &["--now", &now(), "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = schemars::schema_for!(jwtspec_advice::explain::Explanation);
    assert_conforms(schema.to_value(), &found);
    assert_eq!(found["first_failure"]["check"], "audience");
    assert_eq!(found["first_failure"]["reason"], "audience-mismatch");
    assert_eq!(found["side"], "verifier");
    assert_eq!(found["near_misses"][0]["id"], "audience-trailing-slash");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_are_asked_only_if_allowed() {
    let mut setup = Setup::start().await;
    setup.trust["providers"][0]["keys"] = json!({ "jwks_uri": "https://192.0.2.1/jwks.json" });
    let token = setup.open("");
    let output = Files::new(&setup.trust).explain(&token, &["--now", &now()]);
    assert_eq!(output.status.code(), Some(3));
    snapshot("not_asked", &stdout(&output));
}

/// Cases for the text that a person sees: name, recipe, change.
type Seen = (&'static str, &'static str, fn(&mut Setup));

const SEEN: [Seen; 11] = [
    ("accepted", "", |_| {}),
    ("trailing_slash", "claims.iss = \"@issuer/\"", Setup::by_jwks_uri),
    ("wrong_audience_on_convex", "claims.aud = \"https://api.example\"", Setup::convex),
    (
        "audience_array_on_convex",
        "claims.aud = [\"@audience\", \"https://acme.auth0.com/userinfo\"]",
        Setup::convex,
    ),
    ("expired", "claims = { iat = \"@now-8m\", exp = \"@now-3m\" }", |_| {}),
    ("exp_as_text", "claims.exp = \"@string(now+5m)\"", |_| {}),
    ("unknown_kid", "key = \"rs256-b\"", |setup| setup.issuer.use_keys(&["rs256-a", "es256-a"])),
    ("shared_secret", "secret = { text = \"a secret that both sides share, perhaps\" }", |_| {}),
    ("session_cookie", "", |setup| {
        setup.wrap = |_| {
            "curl https://app.example -b 'theme=dark; session=Fe26.2*1*0b0c*aa*bb**cc*dd~2'".into()
        };
    }),
    ("bearer_twice", "", |setup| {
        setup.wrap = |token| format!("Authorization: Bearer Bearer {token}")
    }),
    ("key_set_is_a_page", "", |setup| {
        let wrong = setup.issuer.facts.discovery_uri.clone();
        setup.provider()["keys"] = json!({ "jwks_uri": wrong });
        page(&mut setup.issuer.documents.discovery);
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_sees() {
    let server = server().await;
    for (name, recipe, change) in SEEN {
        let mut setup = Setup::new(&server);
        change(&mut setup);
        let paste = setup.open(recipe);
        let output = Files::new(&setup.trust).explain(&paste, &["--now", &now()]);
        snapshot(name, &stdout(&output));
    }
}
