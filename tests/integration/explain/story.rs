//! The transcripts in `docs/story.md` are what the command prints.

use std::process::{Command, Stdio};

use std::io::Write;

use crate::support::CATALOGUE;
use serde_json::json;

use crate::explain::setup::{NOW, Setup};

const STORY: &str = include_str!("../../../docs/story.md");

/// The tokens of the story, in its order.
const TOKENS: [&str; 3] = [
    "claims = { iss = \"https://acme.example\", aud = \"acme-web\" }",
    "claims = { iss = \"https://auth.acme.example\", aud = \"https://acme.example/api\" }",
    "claims = { iss = \"https://auth.acme.example\", aud = [\"acme-web\", \
     \"https://auth.acme.example/userinfo\"] }",
];

/// The fenced blocks of this language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    STORY.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transcript_of_the_story_is_true() {
    let setup = Setup::start().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let discovery = json!({
        "issuer": "https://auth.acme.example",
        "jwks_uri": "https://auth.acme.example/jwks.json",
    });
    write("auth.config.json", blocks("json")[0].as_bytes());
    write("discovery.json", discovery.to_string().as_bytes());
    write("jwks.json", &setup.issuer.documents.jwks.body);

    let transcripts: Vec<&str> =
        blocks("text").into_iter().filter(|it| it.starts_with("$ jwtspec explain ")).collect();
    assert_eq!(transcripts.len(), TOKENS.len());
    for (transcript, recipe) in transcripts.into_iter().zip(TOKENS) {
        let (command, expected) = transcript.split_once('\n').unwrap();
        assert_eq!(command, "$ jwtspec explain --trust auth.config.json < token");
        let mut child = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
            .args(["explain", "--trust", "auth.config.json", "--now", &NOW.to_string()])
            // What the issuer of the story would serve.
            .args(["--jwks", "jwks.json", "--discovery", "discovery.json"])
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(setup.open(recipe).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{printed}");
        let said = &printed[printed.find("refused  ").unwrap()..];
        assert_eq!(said.trim_end(), expected.trim_end(), "{recipe}");
    }
}

#[test]
fn every_scenario_of_the_story_exists() {
    let named: Vec<&str> = STORY.split('`').filter(|word| word.starts_with("convex/")).collect();
    assert!(!named.is_empty());
    for id in named {
        assert!(CATALOGUE.find(id).is_some(), "{id}");
    }
}
