//! Every command that presents tokens does so on a socket as well.

use std::path::Path;
use std::process::{Command, Output};

use super::present;
use super::server::SocketServer;

const FORGED: &str = r#"
about = "One."

[forged]
title  = "a forged token"
covers = ["rfc7515-5.2-signature-mismatch-reject"]
token  = { signature = "flip(-9)", claims.note = '''it's "quoted"''' }
expect = { reject = "signature-invalid" }
"#;

struct Endpoint {
    folder: tempfile::TempDir,
    _server: SocketServer,
}

impl Endpoint {
    fn new(manner: &str, fault: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = SocketServer::start(manner, fault);
        let file = server.target_file(present(manner), "");
        std::fs::write(folder.path().join("target.toml"), file).unwrap();
        std::fs::write(folder.path().join("few.toml"), FORGED).unwrap();
        Self { folder, _server: server }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn jwtspec(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
            .args(arguments)
            .args(["--target", "target.toml"])
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let text = [stdout, stderr].concat();
        (status.code(), String::from_utf8_lossy(&text).into_owned())
    }
}

#[test]
fn the_preflight_tells_a_good_token_from_a_broken_one() {
    let (status, text) = Endpoint::new("graphql", "").jwtspec(&["run", "--filter", "audience/s*"]);
    assert_eq!(status, Some(0), "{text}");
    let (status, text) =
        Endpoint::new("convex", "accepts-all").jwtspec(&["run", "--filter", "signature/*"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("does not tell a good token from a bad one"), "{text}");
}

#[test]
fn a_report_shows_the_conversation_and_a_line_that_repeats_it() {
    let place = Endpoint::new("convex", "accepts-all");
    let run = ["run", "--scenarios", "few.toml", "--no-preflight", "--report", "json=out.json"];
    let (status, text) = place.jwtspec(&[&run[..], &["--report", "human"]].concat());
    assert_eq!(status, Some(1), "{text}");
    let said = |part: &str| assert!(text.contains(part), "no {part}:\n{text}");
    said("> {\"type\":\"Connect\",");
    said("> {\"type\":\"Authenticate\",");
    said("< {\"type\":\"Transition\",");
    said("reproduce printf '%s\\n' '{\"type\":\"Connect\"");
    said(" | websocat -n 'ws://127.0.0.1:");
    said("accept (by message)");
    let report = std::fs::read_to_string(place.path().join("out.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let result = &report["results"][0];
    assert!(result["curl"].as_str().unwrap().contains("websocat"), "{result}");
    assert!(result["answer"].as_str().unwrap().contains("< {\"type\":\"Transition\""), "{result}");
}

#[test]
fn properties_are_tried_on_a_socket() {
    let properties = ["--property", "any", "--property", "later-expiry", "--cases", "20"];
    let (status, text) = Endpoint::new("convex", "")
        .jwtspec(&[&["property", "--seed", "1"], &properties[..]].concat());
    assert_eq!(status, Some(0), "{text}");
    let place = Endpoint::new("convex", "ignores-audience");
    let (status, text) =
        place.jwtspec(&["property", "--property", "audience", "--cases", "40", "--seed", "1"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("invalid-accepted"), "{text}");
    let folder = place.path().join(".jwtspec/found");
    let written = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let (status, text) = place.jwtspec(&["replay", written.to_str().unwrap()]);
    assert_eq!(status, Some(1), "what was found shows again: {text}");
}

#[test]
fn a_socket_is_searched() {
    let search = ["fuzz", "--cases", "150", "--seed", "3", "--no-latency"];
    let (status, text) = Endpoint::new("graphql", "").jwtspec(&search);
    assert_eq!(status, Some(0), "{text}");
}

#[test]
fn a_socket_is_measured() {
    let (status, text) = Endpoint::new("convex", "").jwtspec(&["probe", "--max-wait", "2s"]);
    assert!(matches!(status, Some(0 | 1)), "{text}");
    assert!(text.contains("leeway"), "{text}");
}

#[test]
fn what_a_socket_says_is_kept_as_a_snapshot() {
    let place = Endpoint::new("convex", "");
    let snapshot = ["snapshot", "--filter", "audience/missing"];
    let (status, text) = place.jwtspec(&[&snapshot[..], &["--accept"]].concat());
    assert_eq!(status, Some(0), "{text}");
    let (status, text) = place.jwtspec(&snapshot);
    assert_eq!(status, Some(0), "nothing varies: {text}");
    let folder = place.path().join("snapshots/socket");
    let kept = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read_to_string(kept).unwrap();
    assert!(kept.contains("\"type\":\"AuthError\""), "{kept}");
}
