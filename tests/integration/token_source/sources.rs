//! Sources that are wrong in one respect: each is named by its own rule, and by no other.

use std::sync::OnceLock;
use std::time::Duration;

use jwtspec_advice::token_source::{Options, RequestTemplate, Source};
use wiremock::ResponseTemplate;

use super::server::{Answering, RIGHT, judged, plain};
use crate::support::now;

const SOUND: &str = "claims.exp = \"@now+300s\"";
/// As iron-session seals a session.
const SEALED: &str = "Fe26.2*1*5f1a8d*Jk3bQ1x9*Wm0Zt7*1799999999999*c0ffee*Ab12Cd34Ef56~2";

static END: OnceLock<u64> = OnceLock::new();

/// The rules that a source breaks, and how it answers.
type Row = (&'static [&'static str], Answering);

pub(crate) const CASES: &[Row] = &[
    (&[], RIGHT),
    (&[], |call| plain(&call.token(SOUND))),
    (&[], |call| {
        let token = call.token(SOUND);
        plain(&serde_json::json!({ "token": token, "user": "u" }).to_string())
    }),
    // It ignores the flag.
    (&["forced-same"], |call| {
        let first = call.token(SOUND);
        plain(call.kept.token.get_or_insert(first))
    }),
    // It begins with a kept token that has expired.
    (&["given-expired"], |call| match call.kept.forced {
        0 => plain(&call.token("claims.iat = \"@now-400s\"\nclaims.exp = \"@now-100s\"")),
        _ => call.kept(SOUND),
    }),
    // It refreshes endlessly.
    (&["lifetime-short"], |call| plain(&call.token("claims.exp = \"@now+15s\""))),
    // Issued a little ahead, as clocks differ, so that it has not expired when it comes.
    (&["lifetime-refused"], |call| {
        plain(&call.token("claims.iat = \"@now+4s\"\nclaims.exp = \"@now+6s\""))
    }),
    (&["lifetime-long"], |call| call.kept("claims.exp = \"@now+172800s\"")),
    // Each refresh ends the session that it came from: a client with an old one is signed out.
    (&["at-once-lost"], |call| {
        if call.session != Some(call.kept.session.to_string()) {
            return ResponseTemplate::new(401);
        }
        call.kept.session += usize::from(call.force);
        let cookie = format!("session={}; HttpOnly; Path=/", call.kept.session);
        call.kept(SOUND).insert_header("set-cookie", cookie)
    }),
    // A client with an old one is served, and all are signed out then.
    (&["at-once-lost"], |call| {
        let old = call.session != Some(call.kept.session.to_string());
        call.kept.revoked |= old;
        if call.kept.revoked && !call.force {
            return ResponseTemplate::new(401);
        }
        call.kept.session += usize::from(call.force);
        let cookie = format!("session={}", call.kept.session);
        call.kept(SOUND).insert_header("set-cookie", cookie)
    }),
    // A session that is renewed with each refresh, and the one before goes on for a while.
    (&[], |call| {
        call.kept.session += usize::from(call.force);
        let cookie = format!("session={}", call.kept.session);
        call.kept(SOUND).insert_header("set-cookie", cookie)
    }),
    (&["token-iat"], |call| call.kept("claims.exp = \"@now+300s\"\nwithout = [\"iat\"]")),
    (&["token-iat"], |call| call.kept("claims.exp = \"@now+300s\"\nclaims.iat = 1799999999000")),
    (&["token-exp"], |call| call.kept("without = [\"exp\"]")),
    (&["token-exp"], |call| call.kept("claims.exp = \"1999999999\"")),
    (&["token-opaque"], |_| plain(SEALED)),
    (&["token-opaque"], |_| plain("7c9e6679-7425-40de-944b-e07fc1f90ae7")),
    (&["token-beyond-limits"], |call| {
        plain(&call.token("claims-json = '{@claims,\"x\":\"\\ud800\"}'"))
    }),
    (&["source-fails"], |_| ResponseTemplate::new(500).set_body_string("boom")),
    (&["source-fails"], |_| ResponseTemplate::new(404)),
    (&["source-fails"], |_| {
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/login")
    }),
    (&["source-page"], |_| {
        let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
        ResponseTemplate::new(200).set_body_raw(page, "text/html")
    }),
    (&["source-page"], |call| match call.path {
        "/login" => ResponseTemplate::new(200).set_body_raw("Sign in", "text/html"),
        _ => ResponseTemplate::new(302).insert_header("location", "/login"),
    }),
    (&["source-noise"], |call| plain(&format!("Bearer {}", call.token(SOUND)))),
    (&["source-noise"], |_| plain("please log in first")),
    (&["source-place"], |call| {
        let token = call.token(SOUND);
        plain(&serde_json::json!({ "access_token": token }).to_string())
    }),
    (&["source-no-user"], |_| ResponseTemplate::new(401)),
    (&["source-no-user"], |_| plain("null")),
    (&["forced-no-token"], |call| if call.force { plain("null") } else { call.kept(SOUND) }),
    // The end of the session is the end of every token.
    (&["forced-not-later"], |call| {
        let end = *END.get_or_init(|| now() + 3000);
        call.kept(&format!("claims.exp = {end}"))
    }),
    (&["forced-old"], |call| call.kept("claims.exp = \"@now+300s\"\nclaims.iat = \"@now-60s\"")),
    (&["ordinary-older"], |call| {
        let first = call.token(SOUND);
        if call.force { plain(&first) } else { plain(call.kept.token.get_or_insert(first)) }
    }),
    (&["identity-changed"], |call| {
        call.kept(&format!("claims.exp = \"@now+300s\"\nclaims.sub = \"u{}\"", call.kept.forced))
    }),
    (&["clock-ahead"], |call| call.kept("claims.exp = \"@now+400s\"\nclaims.iat = \"@now+60s\"")),
    (&["clock-date"], |call| {
        call.kept(SOUND).insert_header("date", "Fri, 01 Jan 2021 00:00:00 GMT")
    }),
    (&["answer-stored"], |call| {
        let token = call.token(SOUND);
        ResponseTemplate::new(200)
            .set_body_string(token)
            .insert_header("cache-control", "private, max-age=60")
    }),
    (&["answer-unstated"], |call| {
        let token = call.token(SOUND);
        ResponseTemplate::new(200).set_body_string(token)
    }),
];

/// So many cases at the same time, each a task of its own: a server of wiremock that is dropped in a task with
/// much to do may wait for ever.
const TASKS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_named_by_its_own_rule_only() {
    let mut tasks = tokio::task::JoinSet::new();
    for (place, (expected, answering)) in CASES.iter().enumerate() {
        if tasks.len() == TASKS {
            tasks.join_next().await.unwrap().unwrap();
        }
        tasks.spawn(async move {
            let (found, report) = judged(*answering, |_| {}).await;
            assert_eq!(found, *expected, "case {place}\n{report}\n{:?}", report.calls);
            let text = format!("{report}{}", serde_json::to_string(&report).unwrap());
            assert!(!text.contains("eyJ") && !text.contains(SEALED), "a secret is shown\n{report}");
            let mut levels = report.findings.iter().map(|it| it.level.as_str());
            assert_eq!(report.is_fit(), !levels.any(|it| matches!(it, "must" | "should")));
        });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn a_source_that_hangs_is_not_waited_for() {
    let hanging: Answering = |call| call.kept(SOUND).set_delay(Duration::from_secs(60));
    let (found, report) = judged(hanging, |it| it.patience = Duration::from_millis(300)).await;
    assert_eq!(found, ["source-hangs"], "{report}");
    assert!(report.to_string().contains("no answer within 0.3 s"), "{report}");
}

#[tokio::test]
async fn the_place_of_the_token_can_be_named() {
    let nested: Answering = |call| {
        let token = call.token(SOUND);
        plain(&serde_json::json!({ "data": { "jwt": token } }).to_string())
    };
    let (found, report) = judged(nested, |it| it.pointer = Some("/data/jwt".to_owned())).await;
    assert_eq!(found, [""; 0], "{report}");
}

/// A right source that knows its own session only.
const OF_SESSION: Answering = |call| match call.session.as_deref() {
    Some("0") => call.kept(SOUND),
    Some("guest") => call.kept(SOUND),
    Some("broken") => ResponseTemplate::new(500),
    _ => plain("null"),
};

/// Asks without a session, or with another one.
fn without(options: &mut Options, headers: &[&str]) {
    let Source::Request(request) = &options.source else { panic!("it is asked over HTTP") };
    let headers = headers.iter().map(ToString::to_string).collect();
    options.signed_out = Some(Source::Request(RequestTemplate { headers, ..request.clone() }));
}

#[tokio::test]
async fn being_signed_out_is_judged_if_it_can_be_tried() {
    let (found, report) = judged(OF_SESSION, |it| without(it, &[])).await;
    assert_eq!(found, [""; 0], "{report}");
    let (found, _) = judged(OF_SESSION, |it| without(it, &["cookie: session=guest"])).await;
    assert_eq!(found, ["signed-out-token"]);
    let (found, _) = judged(OF_SESSION, |it| without(it, &["cookie: session=broken"])).await;
    assert_eq!(found, ["signed-out-fails"]);
    let (_, report) = judged(OF_SESSION, |_| {}).await;
    assert!(report.unseen.iter().any(|it| it.contains("--signed-out-url")), "{report}");
}
