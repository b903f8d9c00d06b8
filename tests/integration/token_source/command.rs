//! The command as a person meets it: sources that are commands, files, exit statuses, secrets.

use std::time::Duration;

use jwtspec_advice::token_source::{Options, Source, judge_source};
use tokio::process::Command;

use super::server::{Answering, RIGHT, broken, plain, serve, trusted_issuer};
use crate::support::{Issuer, snapshot_settings};

/// A folder with tokens that expire ever later, and the output of `jwtspec token-source` in it.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(issuer: &Issuer) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        for (number, name) in ["A", "B", "C"].into_iter().enumerate() {
            let life = 300 + 100 * number;
            files.write(name, &issuer.mint(&format!("claims.exp = \"@now+{life}s\"")));
        }
        files
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Judges a command, in which `A`, `B` and `C` are files of tokens.
    async fn judged(&self, script: &str) -> (Vec<String>, String) {
        let script = format!("cd {}\n{script}", self.folder.path().display());
        let options =
            Options { patience: Duration::from_secs(5), ..Options::new(Source::Command(script)) };
        let report = judge_source(&options).await.unwrap();
        (broken(&report), report.to_string())
    }

    async fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
            .arg("token-source")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .output()
            .await
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

/// A right source: it keeps a token, and a forced refresh replaces it.
/// At no time is half of it there for others to read.
const KEPT: &str = "[ $JWTSPEC_FORCE_REFRESH = 0 ] || { cp B new.$$; mv new.$$ A; }; cat A";

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_judged() {
    let files = Files::new(&Issuer::offline());
    assert_eq!(
        files.judged("[ $JWTSPEC_FORCE_REFRESH = 1 ] && cat C || cat A").await.0,
        ["ordinary-older"]
    );
    assert_eq!(files.judged("cat A").await.0, ["forced-same"]);
    assert_eq!(
        files.judged("echo '[env] 3 variables'; cat A; [ $JWTSPEC_FORCE_REFRESH = 0 ]").await.0,
        ["source-noise", "source-fails"]
    );
    for nothing in ["true", "echo", "echo null", "echo undefined", "echo None"] {
        assert_eq!(files.judged(nothing).await.0, ["source-no-user"], "{nothing}");
    }
    assert_eq!(files.judged(KEPT).await.0, [""; 0]);
}

#[tokio::test]
async fn a_command_that_fails_is_quoted_without_secrets() {
    let files = Files::new(&Issuer::offline());
    let (ids, text) =
        files.judged("echo \"no session for $(cat A); log in first\" >&2; exit 3").await;
    assert_eq!(ids, ["source-fails"]);
    assert!(text.contains("log in first") && text.contains("exit status: 3"), "{text}");
    assert!(text.contains("eyJh…") && !text.contains("eyJhb"), "{text}");
}

#[tokio::test]
async fn a_command_that_hangs_is_ended() {
    let options = Options {
        patience: Duration::from_millis(300),
        ..Options::new(Source::Command("sleep 60 & sleep 60".to_owned()))
    };
    let report = judge_source(&options).await.unwrap();
    assert_eq!(broken(&report), ["source-hangs"], "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_complaint_is_told_in_its_own_words() {
    let (issuer, trust) = trusted_issuer().await;
    let files = Files::new(&issuer);
    files.write("trust.json", &serde_json::to_string(&trust).unwrap());
    let arguments = ["--command", "cat A", "--trust", "trust.json", "--max-wait", "0s"];
    let (status, text, stderr) = files.run(&arguments).await;
    assert_eq!(status, Some(1), "{stderr}");
    assert!(!text.contains("eyJ"), "no part of a token is shown");
    let mut settings = snapshot_settings("token-source");
    // How far the clock has gone on since the token was minted.
    settings.add_filter(r"(?m)^ *\d+ s  ", "           ");
    settings.add_filter(r"(expires in|lives for) \d+ s", "$1 [n] s");
    settings.add_filter(r"`exp` is \d+, \d+ seconds ago", "`exp` is [time], [n] seconds ago");
    settings.bind(|| insta::assert_snapshot!("ignores_the_flag", text));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_made_as_asked_and_reported_as_data() {
    let of_session: Answering = |call| match call.session.as_deref() {
        Some("hush-hush") => RIGHT(call),
        _ => plain("null"),
    };
    let server = serve(Issuer::offline(), of_session).await;
    let files = Files::new(&Issuer::offline());
    files.write("cookie.txt", "cookie: session=hush-hush\n");
    let url = format!("{}/token?force={{{{ force }}}}", server.uri());
    let arguments =
        ["--url", &url, "--header", "@cookie.txt", "--signed-out-header", "x-none: 1", "--json"];
    let (status, json, stderr) = files.run(&arguments).await;
    assert_eq!(status, Some(0), "{json}{stderr}");
    assert!(!json.contains("hush") && !json.contains("eyJ"), "{json}");
    let report: jwtspec_advice::token_source::Report = serde_json::from_str(&json).unwrap();
    assert_eq!(report.source, format!("GET {}/token", server.uri()));
    let calls: Vec<(bool, Option<&str>)> =
        report.calls.iter().map(|call| (call.force, call.token.as_deref())).collect();
    assert_eq!(calls[..3], [(false, Some("A")), (true, Some("B")), (false, Some("B"))]);
    assert_eq!(calls[8..], [(false, None), (true, None)], "signed out");

    let (status, text, _) = files.run(&["--url", &url]).await;
    assert_eq!(status, Some(1), "no user is signed in without the cookie");
    assert!(text.contains("source-no-user"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_say_what_happened() {
    let files = Files::new(&Issuer::offline());
    files.write("target.toml", "name = \"x\"\nabout = \"x\"\nstart.command = [\"true\"]\n");
    files.write("convex.json", "[{\"domain\": \"https://a.example\", \"applicationID\": \"a\"}]");
    for (expected, part, arguments) in [
        (2, "--command", &[][..]),
        (2, "cannot be used with", &["--command", "true", "--url", "http://127.0.0.1:1"]),
        (2, "--allow-remote", &["--url", "https://192.0.2.1/token"]),
        (2, "--allow-remote", &["--command", "true", "--target", "http://192.0.2.1/"]),
        (2, "not an http or https URL", &["--url", "file:///etc/passwd"]),
        (2, "`force`", &["--url", "http://127.0.0.1:1/{{ froce }}"]),
        (2, "name: value", &["--url", "http://127.0.0.1:1/", "--header", "cookie"]),
        (2, "JSON Pointer", &["--command", "true", "--token", "token"]),
        (2, "--trust", &["--command", "true", "--target", "target.toml"]),
        (2, "docs/drivers.md", &["--command", "true", "--trust", "convex.json"]),
        (2, "not-there", &["--command", "true", "--trust", "not-there.json"]),
        (3, "does not answer", &["--url", "http://127.0.0.1:1/"]),
        (3, "is it up", &["--command", "true", "--target", "http://127.0.0.1:1/"]),
    ] {
        let (status, _, stderr) = files.run(arguments).await;
        assert_eq!(status, Some(expected), "{arguments:?}\n{stderr}");
        assert!(stderr.contains(part), "{arguments:?}\n{stderr}");
    }
}
