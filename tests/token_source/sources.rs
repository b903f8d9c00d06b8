//! Sources that are wrong in one respect: each is named by its own rule, and by no other.

use std::sync::OnceLock;
use std::time::Duration;

use jwtspec::token_source::{Options, RequestTemplate, Source};
use wiremock::ResponseTemplate;

use super::stand::{Answering, RIGHT, judged, now, plain};

const SOUND: &str = "claims.exp = \"@now+300s\"";
/// As iron-session seals a session.
const SEALED: &str = "Fe26.2*1*5f1a8d*Jk3bQ1x9*Wm0Zt7*1799999999999*c0ffee*Ab12Cd34Ef56~2";

static END: OnceLock<u64> = OnceLock::new();

/// The rules that a source breaks, and how it answers.
type Row = (&'static [&'static str], Answering);

pub(crate) const CASES: &[Row] = &[
    (&[], RIGHT),
    (&[], |desk| plain(&desk.token(SOUND))),
    (&[], |desk| {
        let token = desk.token(SOUND);
        plain(&serde_json::json!({ "token": token, "user": "u" }).to_string())
    }),
    // It ignores the flag.
    (&["forced-same"], |desk| {
        let first = desk.token(SOUND);
        plain(desk.kept.token.get_or_insert(first))
    }),
    // It begins with a kept token that has expired.
    (&["given-expired"], |desk| match desk.kept.forced {
        0 => plain(&desk.token("claims.iat = \"@now-400s\"\nclaims.exp = \"@now-100s\"")),
        _ => desk.kept(SOUND),
    }),
    // It refreshes endlessly.
    (&["lifetime-short"], |desk| plain(&desk.token("claims.exp = \"@now+15s\""))),
    // Issued a little ahead, as clocks differ, so that it has not expired when it comes.
    (&["lifetime-refused"], |desk| {
        plain(&desk.token("claims.iat = \"@now+4s\"\nclaims.exp = \"@now+6s\""))
    }),
    (&["lifetime-long"], |desk| desk.kept("claims.exp = \"@now+172800s\"")),
    // Each refresh ends the session that it came from: who comes with an old one is signed out.
    (&["at-once-lost"], |desk| {
        if desk.session != Some(desk.kept.session.to_string()) {
            return ResponseTemplate::new(401);
        }
        desk.kept.session += usize::from(desk.force);
        let cookie = format!("session={}; HttpOnly; Path=/", desk.kept.session);
        desk.kept(SOUND).insert_header("set-cookie", cookie)
    }),
    // Who comes with an old one is served, and all are signed out then.
    (&["at-once-lost"], |desk| {
        let old = desk.session != Some(desk.kept.session.to_string());
        desk.kept.revoked |= old;
        if desk.kept.revoked && !desk.force {
            return ResponseTemplate::new(401);
        }
        desk.kept.session += usize::from(desk.force);
        let cookie = format!("session={}", desk.kept.session);
        desk.kept(SOUND).insert_header("set-cookie", cookie)
    }),
    // A session that is renewed with each refresh, and the one before goes on for a while.
    (&[], |desk| {
        desk.kept.session += usize::from(desk.force);
        let cookie = format!("session={}", desk.kept.session);
        desk.kept(SOUND).insert_header("set-cookie", cookie)
    }),
    (&["token-iat"], |desk| desk.kept("claims.exp = \"@now+300s\"\nwithout = [\"iat\"]")),
    (&["token-iat"], |desk| desk.kept("claims.exp = \"@now+300s\"\nclaims.iat = 1799999999000")),
    (&["token-exp"], |desk| desk.kept("without = [\"exp\"]")),
    (&["token-exp"], |desk| desk.kept("claims.exp = \"1999999999\"")),
    (&["token-opaque"], |_| plain(SEALED)),
    (&["token-opaque"], |_| plain("7c9e6679-7425-40de-944b-e07fc1f90ae7")),
    (&["source-fails"], |_| ResponseTemplate::new(500).set_body_string("boom")),
    (&["source-fails"], |_| ResponseTemplate::new(404)),
    (&["source-fails"], |_| {
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/login")
    }),
    (&["source-page"], |_| {
        let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
        ResponseTemplate::new(200).set_body_raw(page, "text/html")
    }),
    (&["source-page"], |desk| match desk.path {
        "/login" => ResponseTemplate::new(200).set_body_raw("Sign in", "text/html"),
        _ => ResponseTemplate::new(302).insert_header("location", "/login"),
    }),
    (&["source-noise"], |desk| plain(&format!("Bearer {}", desk.token(SOUND)))),
    (&["source-noise"], |_| plain("please log in first")),
    (&["source-place"], |desk| {
        let token = desk.token(SOUND);
        plain(&serde_json::json!({ "access_token": token }).to_string())
    }),
    (&["source-nobody"], |_| ResponseTemplate::new(401)),
    (&["source-nobody"], |_| plain("null")),
    (&["forced-nobody"], |desk| if desk.force { plain("null") } else { desk.kept(SOUND) }),
    // The end of the session is the end of every token.
    (&["forced-not-later"], |desk| {
        let end = *END.get_or_init(|| now() + 3000);
        desk.kept(&format!("claims.exp = {end}"))
    }),
    (&["forced-old"], |desk| desk.kept("claims.exp = \"@now+300s\"\nclaims.iat = \"@now-60s\"")),
    (&["ordinary-older"], |desk| {
        let first = desk.token(SOUND);
        if desk.force { plain(&first) } else { plain(desk.kept.token.get_or_insert(first)) }
    }),
    (&["identity-changed"], |desk| {
        desk.kept(&format!("claims.exp = \"@now+300s\"\nclaims.sub = \"u{}\"", desk.kept.forced))
    }),
    (&["clock-ahead"], |desk| desk.kept("claims.exp = \"@now+400s\"\nclaims.iat = \"@now+60s\"")),
    (&["clock-date"], |desk| {
        desk.kept(SOUND).insert_header("date", "Fri, 01 Jan 2021 00:00:00 GMT")
    }),
    (&["answer-stored"], |desk| {
        let token = desk.token(SOUND);
        ResponseTemplate::new(200)
            .set_body_string(token)
            .insert_header("cache-control", "private, max-age=60")
    }),
    (&["answer-unstated"], |desk| {
        let token = desk.token(SOUND);
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
    let hanging: Answering = |desk| desk.kept(SOUND).set_delay(Duration::from_secs(60));
    let (found, report) = judged(hanging, |it| it.patience = Duration::from_millis(300)).await;
    assert_eq!(found, ["source-hangs"], "{report}");
    assert!(report.to_string().contains("no answer within 0.3 s"), "{report}");
}

#[tokio::test]
async fn the_place_of_the_token_can_be_named() {
    let nested: Answering = |desk| {
        let token = desk.token(SOUND);
        plain(&serde_json::json!({ "data": { "jwt": token } }).to_string())
    };
    let (found, report) = judged(nested, |it| it.pointer = Some("/data/jwt".to_owned())).await;
    assert_eq!(found, [""; 0], "{report}");
}

/// A right source that knows its own session only.
const OF_SESSION: Answering = |desk| match desk.session.as_deref() {
    Some("0") => desk.kept(SOUND),
    Some("guest") => desk.kept(SOUND),
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
