//! No text of a target, a token or a file reaches a terminal with characters that change how it is
//! shown.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jwtspec_driver::{Description, Driver, Refusal, Unsupported, Verifier, serve_on};
use jwtspec_reference::Reference;
use jwtspec_types::text::is_hidden;
use jwtspec_types::trust::Trust;
use serde_json::{Value, json};

use super::{Endpoint, status};

/// Direction controls, sequences for terminals, and characters without width.
const HIDDEN: &str = "\u{202e}\u{2066}\u{1b}[2J\u{1b}]0;title\u{7}\u{200b}\u{9b}31m";

/// The reference verifier, with such characters in all that it says.
struct Hostile(Reference);

struct HostileVerifier(Arc<dyn Verifier>);

impl Driver for Hostile {
    fn describe(&self) -> Description {
        let mut description = self.0.describe();
        description.name = format!("hostile{HIDDEN}");
        description.version = format!("1{HIDDEN}");
        description
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        Ok(Arc::new(HostileVerifier(self.0.configure(trust)?)))
    }
}

impl Verifier for HostileVerifier {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        async move {
            match self.0.verify(token).await {
                Ok(_) => Ok(json!({ "said": HIDDEN })),
                Err(refusal) => Err(Refusal::saying(format!("{}{HIDDEN}", refusal.message))),
            }
        }
        .boxed()
    }
}

/// Asserts that a command prints something on a terminal with colours, and nothing hidden but the
/// colours. Returns it without them.
fn assert_plain(place: &Endpoint, arguments: &[&str], statuses: &[i32]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .args(arguments)
        .current_dir(place.folder.path())
        .env_remove("NO_COLOR")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap();
    assert!(status(&output).is_some_and(|it| statuses.contains(&it)), "{arguments:?}: {text}");
    assert!(!output.stdout.is_empty() || statuses == [2], "{arguments:?}: {text}");
    let colours = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let rest = colours.replace_all(&text, "");
    let hidden = rest.chars().find(|character| is_hidden(*character));
    assert_eq!(hidden, None, "{arguments:?}: {rest}");
    rest.into_owned()
}

#[test]
fn a_wrong_argument_is_repeated_with_escapes() {
    let place = Endpoint::new();
    let option = format!("--{HIDDEN}");
    for arguments in [
        [HIDDEN].as_slice(),
        &[&option],
        &["run", HIDDEN],
        &["run", "--profile", HIDDEN],
        &["run", "--jobs", HIDDEN],
        &["run", "--max-wait", HIDDEN],
        &["run", "--report", HIDDEN],
    ] {
        let told = assert_plain(&place, arguments, &[2]);
        assert!(told.contains("error: ") && told.contains("\\u{202e}"), "{arguments:?}: {told}");
    }
    assert!(assert_plain(&place, &["--help"], &[0]).contains("Usage: jwtspec"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_target_says_is_escaped_by_every_command() {
    let served = serve_on(([127, 0, 0, 1], 0).into(), Arc::new(Hostile(Reference::default())));
    let served = served.await.unwrap();
    let target = ["--target", &served.url()].map(str::to_owned);
    let place = Endpoint::new();
    let with = |command: &[&str], statuses: &[i32]| {
        let target: Vec<&str> = target.iter().map(String::as_str).collect();
        let _ = assert_plain(&place, &[command, &target].concat(), statuses);
    };
    with(&["run", "--filter", "message/*"], &[0, 1]);
    with(&["run", "--filter", "message/*", "--report", "json"], &[0, 1]);
    with(&["probe"], &[0, 1]);
    with(&["probe", "--json"], &[0, 1]);
    with(&["property", "--cases", "5", "--seed", "1"], &[0, 1]);
    with(&["fuzz", "--cases", "20", "--seed", "1", "--no-latency"], &[0, 1]);
    with(&["snapshot", "--filter", "message/*", "--dir", "kept"], &[1]);
    let kept = std::fs::read_to_string(place.path("kept/message.snap.new")).unwrap();
    assert!(kept.contains("\\u{202e}") && !kept.chars().any(is_hidden), "{kept}");
}

#[test]
fn what_a_token_or_a_file_says_is_escaped_by_every_command() {
    let place = Endpoint::new();
    let scenarios = format!(
        "about = \"x\"\n[one]\ntitle = {}\ncovers = [\"rfc7519-4.1.3-aud-array\"]\n\
         token = {{ claims.name = {0} }}\nexpect = \"accept\"\n",
        toml::Value::from(HIDDEN)
    );
    place.write("one.toml", &scenarios);
    assert_plain(&place, &["show", "one/one", "--scenarios", "one.toml"], &[0]);
    assert_plain(&place, &["list", "--scenarios", "one.toml"], &[0]);
    assert_plain(&place, &["replay", "one.toml"], &[0]);
    let issuer = "https://issuer.example";
    let trust = json!({ "providers": [{
        "issuer": issuer, "audiences": [], "algorithms": ["RS256"],
        "keys": { "jwks": { "keys": [] } },
    }] });
    place.write("trust.json", &trust.to_string());
    let claims = json!({ "iss": issuer, "sub": HIDDEN, HIDDEN: HIDDEN });
    let part = |value: &Value| jwtspec_jose::encode(value.to_string());
    let token = format!("{}.{}.AA", part(&json!({ "alg": "RS256", "kid": HIDDEN })), part(&claims));
    let explain = ["explain", "--trust", "trust.json", &token];
    assert_plain(&place, &explain, &[1, 3]);
    assert_plain(&place, &[&explain[..], &["--json"]].concat(), &[1, 3]);
}
