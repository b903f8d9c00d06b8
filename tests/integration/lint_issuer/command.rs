//! Where tokens come from, how keys rotate, and the command as a person meets it.

use std::time::Duration;

use futures::future::join_all;
use jwtspec_advice::lint::{Options, TokenSource, lint};
use tokio::process::Command;
use wiremock::matchers::{body_string, method};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::case::{Case, beyond_honest};
use crate::support::snapshot_settings;

/// Broken by the tests below.
pub(crate) const ALONE: &[&str] = &[
    "token-source",
    "token-endpoint-cache",
    "refresh-same",
    "refresh-not-later",
    "refresh-older",
    "watch-failed",
    "rotation-seen",
    "rotation-no-overlap",
    "rotation-signer-removed",
];

/// Judges an honest issuer with a token command, in which `$A`, `$B` and `$C` are tokens that
/// expire ever later.
async fn command(script: &str) -> (Vec<String>, String) {
    let mut case = Case::start().await;
    let folder = tempfile::tempdir().unwrap();
    let token = |life: u32| case.issuer.mint(&format!("claims.exp = \"@now+{life}s\""));
    let script = format!(
        "cd {}\nA={} B={} C={}\n{script}",
        folder.path().display(),
        token(300),
        token(400),
        token(500)
    );
    case.options.token = Some(TokenSource::Command(script));
    case.options.token_patience = Duration::from_secs(2);
    let report = case.lint().await.unwrap();
    (beyond_honest(&report), report.to_string())
}

/// The rules that each command breaks; they run at the same time.
async fn all_broken<const N: usize>(scripts: [&str; N]) -> Vec<Vec<String>> {
    let each = join_all(scripts.map(command)).await;
    each.into_iter().map(|(ids, _)| ids).collect()
}

#[tokio::test]
async fn refreshes_are_judged() {
    let forced = "[ $JWTSPEC_FORCE_REFRESH = 1 ]";
    let cached = format!("if {forced}; then echo $B > token; fi; cat token 2>/dev/null || echo $A");
    let earlier = format!(
        "if {forced}; then echo $A; touch done; elif [ -e done ]; then echo $C; else echo $B; fi"
    );
    let older = format!("if {forced}; then echo $B; else echo $A; fi");
    let broken = all_broken([&cached, "echo $A", &earlier, &older, "echo opaque"]).await;
    let expected =
        [&[][..], &["refresh-same"], &["refresh-not-later"], &["refresh-older"], &["token-form"]];
    assert_eq!(broken, expected);
}

#[tokio::test]
async fn a_command_that_fails_is_quoted() {
    let ((failing, said), (silent, _), (hanging, waited)) = tokio::join!(
        command("echo 'no session; log in first' >&2; exit 3"),
        command("true"),
        command("sleep 60 & sleep 60"),
    );
    assert_eq!([failing, silent, hanging], [["token-source"], ["token-source"], ["token-source"]]);
    assert!(said.contains("no session; log in first") && said.contains("3"), "{said}");
    assert!(waited.contains("more than 2 s"), "{waited}");
}

/// A token endpoint that answers so.
async fn endpoint(
    case: &Case,
    answer: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
) -> (MockServer, Options) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(body_string("grant_type=client_credentials&scope=a+b"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let token = TokenSource::Endpoint {
        url: format!("{}/token", server.uri()).parse().unwrap(),
        form: vec![pair("grant_type", "client_credentials"), pair("scope", "a b")],
    };
    (server, Options { token: Some(token), ..case.options.clone() })
}

#[tokio::test]
async fn token_endpoints_are_judged() {
    let case = Case::start().await;
    case.publish();
    let (first, second) = (case.issuer.mint(""), case.issuer.mint("claims.exp = \"@now+600s\""));
    let body = |token: &str| serde_json::json!({ "access_token": token, "token_type": "Bearer" });
    let found = async |options: &Options| beyond_honest(&lint(options).await.unwrap());

    let times = std::sync::atomic::AtomicUsize::new(0);
    let tokens = [body(&first), body(&second)];
    let (_server, options) = endpoint(&case, move |_| {
        let time = times.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let answer = ResponseTemplate::new(200).set_body_json(&tokens[time.min(1)]);
        answer.insert_header("cache-control", "no-store")
    })
    .await;
    assert_eq!(found(&options).await, [""; 0]);

    let same = body(&first);
    let (_server, options) =
        endpoint(&case, move |_| ResponseTemplate::new(200).set_body_json(&same)).await;
    assert_eq!(found(&options).await, ["token-endpoint-cache", "refresh-same"]);

    let (_server, options) = endpoint(&case, |_| {
        ResponseTemplate::new(401).set_body_json(serde_json::json!({ "error": "invalid_client" }))
    })
    .await;
    let report = lint(&options).await.unwrap();
    assert_eq!(beyond_honest(&report), ["token-source"]);
    assert!(report.to_string().contains("401, error `invalid_client`"), "{report}");
}

#[tokio::test]
async fn a_key_set_that_comes_and_goes_is_found() {
    let mut case = Case::start().await;
    case.options.watch = Some(Duration::from_millis(1500));
    case.publish();
    let failing = async {
        while case.issuer.key_set_requests() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut case = case.clone();
        case.issuer.documents.jwks.status = 503;
        case.publish();
        std::future::pending::<()>().await;
    };
    let report = tokio::select! {
        report = lint(&case.options) => report.unwrap(),
        () = failing => unreachable!("it never ends"),
    };
    assert_eq!(beyond_honest(&report), ["watch-failed"], "{report}");
}

/// The findings while the issuer publishes these keys one after another.
async fn rotate(sets: &[&[&str]]) -> Vec<String> {
    let mut case = Case::start().await;
    case.token("");
    case.options.watch = Some(Duration::from_millis(1500));
    case.publish();
    let changes = async {
        for (place, names) in sets.iter().enumerate() {
            // Each set is looked at twice before the next one.
            while case.issuer.key_set_requests() < 2 * (place + 1) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let mut case = case.clone();
            case.issuer.use_keys(names);
            case.publish();
        }
        std::future::pending::<()>().await;
    };
    let report = tokio::select! {
        report = lint(&case.options) => report,
        () = changes => unreachable!("it never ends"),
    };
    beyond_honest(&report.unwrap())
}

#[tokio::test]
async fn rotations_are_watched() {
    let seen = tokio::join!(
        rotate(&[]),
        rotate(&[&["rs256-a", "rs256-b"]]),
        rotate(&[&["rs256-a", "rs256-b"], &["rs256-b"]]),
        rotate(&[&["rs256-b"]]),
    );
    assert_eq!(seen.0, [""; 0]);
    assert_eq!(seen.1, ["rotation-seen"]);
    assert_eq!(seen.2, ["rotation-seen", "rotation-signer-removed"]);
    assert_eq!(seen.3, ["rotation-seen", "rotation-no-overlap", "rotation-signer-removed"]);
}

/// Runs the command.
async fn jwtspec(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .arg("lint-issuer")
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .await
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Settings under which what a person sees is the same each time.
fn settings() -> insta::Settings {
    let mut settings = snapshot_settings("lint-issuer");
    settings.add_filter(r"clock is within \d+ s", "clock is within [n] s");
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_speaks_to_people_and_programs() {
    let mut case = Case::start().await;
    case.issuer.use_keys(&["rs256-a", "es256-a"]);
    case.issuer.set_key_set_header("cache-control", "max-age=600");
    case.issuer.documents.jwks.etag = true;
    case.publish();
    let url = case.issuer.facts.identifier.clone();
    let token = case.issuer.mint("");
    let (status, good, _) = jwtspec(&[&url, "--token", &token]).await;
    assert_eq!(status, Some(0), "{good}");
    settings().bind(|| insta::assert_snapshot!("good", good));

    case.issuer.set_discovery("issuer", format!("{url}/").into());
    case.issuer.set_discovery_header("content-type", "text/plain");
    case.issuer.set_key("d", "AQAB".into());
    case.issuer.set_key("use", serde_json::Value::Null);
    case.publish();
    let token = case
        .issuer
        .mint("claims.iss = \"@issuer/\"\nclaims.exp = \"@now+7d\"\nwithout = [\"aud\"]");
    let (status, bad, _) = jwtspec(&[&url, "--token", &format!("Bearer {token}")]).await;
    assert_eq!(status, Some(1), "{bad}");
    assert!(!bad.contains("eyJ"), "no part of the token is shown");
    settings().bind(|| insta::assert_snapshot!("bad", bad));

    let (status, json, _) = jwtspec(&[&url, "--json"]).await;
    assert_eq!(status, Some(1));
    let report: jwtspec_advice::lint::Report = serde_json::from_str(&json).unwrap();
    assert_eq!((report.summary.must, report.report), (3, 1), "{json}");
}

#[tokio::test]
async fn statuses_say_what_happened() {
    let refused = async |arguments: &[&str]| {
        let (status, _, stderr) = jwtspec(arguments).await;
        (status, stderr)
    };
    let (status, why) = refused(&["http://127.0.0.1:1/issuer"]).await;
    assert_eq!(status, Some(3));
    assert!(why.contains("does not answer"), "{why}");
    let (status, why) = refused(&["https://192.0.2.1"]).await;
    assert_eq!(status, Some(2));
    assert!(why.contains("--allow-remote"), "{why}");
    assert_eq!(refused(&["issuer"]).await.0, Some(2));
    let nowhere = "http://127.0.0.1:1";
    assert_eq!(refused(&[nowhere, "--ca-file", "not-there.pem"]).await.0, Some(2));
    assert_eq!(refused(&[nowhere, "--token", "a", "--token-command", "b"]).await.0, Some(2));
    assert_eq!(refused(&[nowhere, "--token-endpoint", nowhere, "--form", "x"]).await.0, Some(2));
}
