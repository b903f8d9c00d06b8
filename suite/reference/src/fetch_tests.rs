//! Which answers give keys, and which do not.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::super::fetch_policy::{FetchPolicy, Reach, RestrictedFetcher};
use super::super::fetcher::PATIENCE;
use super::*;
use crate::tests::loopback::{Issuer, at, fetcher, has, keys_at, keys_through, raw};
use jwtspec_types::trust::CachePolicy;

#[tokio::test]
async fn only_a_sound_answer_gives_keys() {
    let issuer = Issuer::start().await;
    let set = Issuer::set(&["rs256-a"]);
    let huge = format!("{{\"x\":\"{}\",{}", "a".repeat(1 << 20), &set.to_string()[1..]);
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    let ok = || ResponseTemplate::new(200);
    let cases = [
        (ResponseTemplate::new(404).set_body_json(&set), "status 404"),
        (ResponseTemplate::new(203).set_body_json(&set), "status 203"),
        (ResponseTemplate::new(204), "status 204"),
        (ResponseTemplate::new(304), "status 304"),
        (
            ResponseTemplate::new(302).insert_header("location", "/jwks"),
            "status 302, and redirects are not followed",
        ),
        (ok().set_body_string("{"), "is not JSON"),
        (ok().set_body_string(""), "is empty"),
        (ok().set_body_string("[]"), "is not a JSON object"),
        (ok().set_body_string("{}"), "has no member `keys`"),
        (ok().set_body_string(huge), "has more than"),
        (ok().set_body_string(deep), "ends too early"),
        (ok().set_body_string(format!("\u{feff}{set}")), "byte order mark"),
        (ok().set_body_bytes(b"{\"keys\":[],\"x\":\"\xff\"}"), "is not UTF-8"),
        (
            ok().set_body_json(&set).insert_header("content-encoding", "gzip"),
            "in the coding `gzip`, which was not asked for",
        ),
    ];
    for (answer, expected) in cases {
        issuer.answers(answer).await;
        let why = issuer.by_uri(300, 1).obtain(at(0), |_| true).await.err().unwrap();
        assert!(why.contains(expected), "{why}");
        assert_eq!(issuer.asked().await, 1);
    }
}

#[tokio::test]
async fn labels_do_not_matter_and_requests_are_plain() {
    let issuer = Issuer::start().await;
    let bytes = Issuer::set(&["rs256-a"]).to_string();
    for kind in ["application/json", "text/html; charset=utf-16", "application/jwk-set+json"] {
        let answer = ResponseTemplate::new(200).set_body_raw(bytes.as_bytes(), kind);
        issuer.answers(answer.insert_header("content-encoding", "Identity")).await;
        assert!(issuer.by_uri(300, 1).obtain(at(0), |_| true).await.is_ok(), "{kind}");
    }
    let requests = issuer.server.received_requests().await.unwrap();
    let headers = &requests[0].headers;
    assert_eq!(requests[0].method.as_str(), "GET");
    assert_eq!(headers["accept"], "application/json");
    assert_eq!(headers["accept-encoding"], "identity");
    assert!(!headers.contains_key("authorization") && !headers.contains_key("cookie"));
}

#[tokio::test]
async fn of_members_given_twice_the_last_counts() {
    let issuer = Issuer::start().await;
    let [a, b] = [&["rs256-a"], &["rs256-b"]].map(|names| Issuer::set(names)["keys"].to_string());
    let twice = format!("{{\"keys\":{a},\"keys\":{b}}}");
    issuer.answers(ResponseTemplate::new(200).set_body_string(twice)).await;
    let obtained = issuer.by_uri(300, 1).obtain(at(0), |_| true).await.unwrap();
    assert!(has("rs256-b")(&obtained.keys) && !has("rs256-a")(&obtained.keys));
}

#[tokio::test]
async fn broken_connections_give_no_keys() {
    let set = Issuer::set(&["rs256-a"]).to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let length = set.len() + 1;
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n");
    let size = set.len();
    let cases = [
        (format!("{head}content-length: {length}\r\n\r\n{set}"), "", "the answer broke off"),
        (format!("{chunked}{size:x}\r\n{set}\r\n"), "", "the answer broke off"),
        (chunked, "8\r\n        \r\n", "has more than"),
        (head.to_owned(), "x-more: 1\r\n", "the answer is not HTTP"),
        ("nonsense\r\n\r\n".to_owned(), "", "the answer is not HTTP"),
        (String::new(), "", "the connection broke before an answer came"),
    ];
    for (bytes, then, expected) in cases {
        let keys = keys_at(&raw(bytes.clone(), then).await, CachePolicy::default());
        let why = keys.obtain(at(0), |_| true).await.err().unwrap();
        assert!(why.contains(expected), "{bytes:?}: {why}");
    }
    let closed = keys_at("http://127.0.0.1:1/jwks", CachePolicy::default());
    let why = closed.obtain(at(0), |_| true).await.err().unwrap();
    assert!(why.ends_with("no connection"), "{why}");
    let plain = raw("HTTP/1.1 400 Bad Request\r\n\r\n".to_owned(), "").await;
    let tls = plain.replace("http://", "https://");
    let why = keys_at(&tls, CachePolicy::default()).obtain(at(0), |_| true).await.err().unwrap();
    assert!(why.ends_with("no TLS connection could be agreed on"), "{why}");
}

#[tokio::test]
async fn patience_ends() {
    let delayed = Issuer::start().await;
    delayed.answers(Issuer::answer(&["rs256-a"]).set_delay(2 * PATIENCE)).await;
    let why = delayed.by_uri(300, 1).obtain(at(0), |_| true).await.err().unwrap();
    assert_eq!(why, "it took more than 2 seconds");
}

#[tokio::test]
async fn discovery_takes_only_what_the_issuer_itself_says() {
    let issuer = Issuer::start().await;
    let uri = issuer.server.uri();
    let jwks_uri = format!("{uri}/jwks");
    let good = json!({ "issuer": format!("{uri}/a/"), "jwks_uri": jwks_uri, "more": [null] });
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let user = jwks_uri.replace("http://", "http://user@");
    let cases = [
        (good.clone(), Ok(())),
        (with("issuer", format!("{uri}/a").into()), Err("states the issuer")),
        (with("issuer", 1.into()), Err("states no `issuer`")),
        (with("jwks_uri", Value::Null), Err("has no `jwks_uri`")),
        (with("jwks_uri", "/jwks".into()), Err("is not an absolute URL")),
        (with("jwks_uri", "file:///etc/passwd".into()), Err("neither http nor https")),
        (with("jwks_uri", user.into()), Err("user information")),
        (with("jwks_uri", "http://example.com/jwks".into()), Err("is not https")),
    ];
    for (metadata, expected) in cases {
        issuer.publishes(&["rs256-a"]).await;
        let answer = ResponseTemplate::new(200).set_body_json(&metadata);
        issuer.serves("/a/.well-known/openid-configuration", answer).await;
        let obtained = issuer.by_discovery("/a/").obtain(at(0), |_| true).await;
        match (obtained, expected) {
            (Ok(obtained), Ok(())) => assert!(has("rs256-a")(&obtained.keys)),
            (Err(why), Err(part)) => {
                assert!(why.contains(part), "{why}");
                assert_eq!(issuer.asked().await, 1, "the key set was not asked for");
            }
            (_, expected) => panic!("{metadata}: not {expected:?}"),
        }
    }
}

#[tokio::test]
async fn keys_that_have_moved_are_found_with_the_next_fetch() {
    let issuer = Issuer::start().await;
    let uri = issuer.server.uri();
    let metadata = |place: &str| {
        let metadata = json!({ "issuer": uri, "jwks_uri": format!("{uri}{place}") });
        ResponseTemplate::new(200).set_body_json(metadata)
    };
    let answer = |name| Issuer::answer(&[name]).insert_header("etag", "\"same\"");
    issuer.answers(answer("rs256-a")).await;
    issuer.serves("/.well-known/openid-configuration", metadata("/jwks")).await;
    let keys = issuer.by_discovery("");
    assert!(keys.obtain(at(0), has("rs256-a")).await.is_ok());
    issuer.server.reset().await;
    issuer.serves("/moved", answer("rs256-b")).await;
    issuer.serves("/.well-known/openid-configuration", metadata("/moved")).await;
    let obtained = keys.obtain(at(0), has("rs256-b")).await.unwrap();
    assert!(has("rs256-b")(&obtained.keys));
    let requests = issuer.server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| !request.headers.contains_key("if-none-match")));
}

#[tokio::test]
async fn a_fetch_policy_records_what_was_fetched_and_restricts_it() {
    let issuer = Issuer::start().await;
    issuer.answers(Issuer::answer(&["rs256-a"])).await;
    let fetched = async |policy: &FetchPolicy, url: &str| {
        let restricted = RestrictedFetcher { policy: policy.clone(), inner: fetcher() };
        keys_through(restricted, url).obtain(at(0), |_| true).await.is_ok()
    };
    let policy = FetchPolicy::new(Reach::Loopback);
    assert!(fetched(&policy, &format!("{}/jwks", issuer.server.uri())).await);
    let [exchange] = &policy.exchanges()[..] else { panic!("one exchange") };
    assert_eq!((exchange.what, exchange.status, &exchange.fault), (KEY_SET, Some(200), &None));
    assert_eq!(exchange.content_type.as_deref(), Some("application/json"));
    assert!(exchange.body.starts_with(b"{\"keys\""));

    let policy = FetchPolicy::new(Reach::Loopback);
    assert!(!fetched(&policy, &format!("{}/nothing", issuer.server.uri())).await);
    let [exchange] = &policy.exchanges()[..] else { panic!("one exchange") };
    assert_eq!((exchange.status, exchange.body.len()), (Some(404), 0));
    let fault = exchange.fault.as_deref();
    assert_eq!(fault, Some("the key set was answered with status 404"));

    let set = Issuer::set(&["rs256-b"]).to_string().into_bytes();
    let cases = [
        (FetchPolicy::new(Reach::Nowhere), "http://127.0.0.1:1/jwks", true),
        (FetchPolicy::new(Reach::Loopback), "https://192.0.2.1/jwks", true),
        (FetchPolicy::new(Reach::Nowhere).given(None, Some(set)), "https://192.0.2.1/jwks", false),
    ];
    for (policy, url, forbidden) in cases {
        assert_eq!(fetched(&policy, url).await, !forbidden);
        let [exchange] = &policy.exchanges()[..] else { panic!("one exchange") };
        assert_eq!((exchange.forbidden, exchange.given), (forbidden, !forbidden));
    }
}
