//! Issuers whose documents are wrong.

use serde_json::{Value, json};

use super::check;
use super::stand::Row;

fn replace(body: &bytes::Bytes, from: &str, to: &str) -> bytes::Bytes {
    String::from_utf8(body.to_vec()).unwrap().replacen(from, to, 1).into()
}

pub(crate) const CASES: &[Row] = &[
    (&["identifier-trailing-slash"], |case| {
        case.options.url.push('/');
        case.discovery("issuer", json!(case.options.url));
    }),
    (&["identifier-given"], |case| case.options.url = case.facts.jwks_uri.clone()),
    (&["discovery-absent"], |case| case.documents.discovery.status = 404),
    (&["discovery-status"], |case| case.documents.discovery.status = 500),
    (&["discovery-status"], |case| case.documents.discovery.status = 203),
    (&["discovery-redirect"], |case| {
        case.documents.discovery.status = 302;
        let to = case.other.discovery_uri.clone();
        case.discovery_header("location", &to);
    }),
    // Not followed, as it leads away from this machine.
    (&["discovery-redirect", "discovery-status"], |case| {
        case.documents.discovery.status = 301;
        case.discovery_header("location", "https://192.0.2.1/x");
    }),
    (&["discovery-content-type"], |case| case.discovery_header("content-type", "text/html")),
    (&["discovery-content-type"], |case| case.documents.discovery.headers.clear()),
    (&["discovery-bom"], |case| {
        let body = [b"\xef\xbb\xbf", &case.documents.discovery.body[..]].concat();
        case.documents.discovery.body = body.into();
    }),
    (&["discovery-json"], |case| case.documents.discovery.body = "[]".into()),
    (&["discovery-json"], |case| case.documents.discovery.body = "{".into()),
    (&["discovery-json"], |case| case.documents.discovery.body = "".into()),
    (&["discovery-duplicates"], |case| {
        let body = replace(&case.documents.discovery.body, "{", "{\"issuer\":\"x\",");
        case.documents.discovery.body = body;
    }),
    (&["discovery-size"], |case| case.discovery("padding", json!("x".repeat(70_000)))),
    (&["discovery-size"], |case| case.discovery("padding", json!("x".repeat(2 << 20)))),
    (&["discovery-time"], |case| {
        case.documents.discovery.delay = std::time::Duration::from_millis(1100);
    }),
    (&["discovery-issuer"], |case| case.discovery("issuer", json!("https://other.example"))),
    (&["discovery-issuer"], |case| case.discovery("issuer", json!(["x"]))),
    (&["discovery-issuer"], |case| case.discovery("issuer", Value::Null)),
    (&["discovery-jwks-uri"], |case| case.discovery("jwks_uri", Value::Null)),
    (&["discovery-jwks-uri"], |case| case.discovery("jwks_uri", json!(7))),
    (&["discovery-jwks-uri"], |case| case.discovery("jwks_uri", json!("data:,x"))),
    (&["discovery-jwks-uri"], |case| case.discovery("jwks_uri", json!("jwks.json"))),
    (&["discovery-jwks-uri-origin"], |case| {
        let elsewhere = case.facts.jwks_uri.replace("127.0.0.1", "localhost");
        case.discovery("jwks_uri", json!(elsewhere));
    }),
    (&["discovery-required"], |case| case.discovery("token_endpoint", Value::Null)),
    (&["discovery-required"], |case| case.discovery("response_types_supported", json!("code"))),
    (&["discovery-required"], |case| {
        case.discovery("id_token_signing_alg_values_supported", Value::Null);
    }),
    (&["discovery-rs256"], |case| case.publish(&["es256-a"])),
    (&["discovery-alg-none"], |case| {
        case.discovery("id_token_signing_alg_values_supported", json!(["RS256", "none"]));
    }),
    (&["discovery-alg-symmetric"], |case| {
        case.discovery("id_token_signing_alg_values_supported", json!(["RS256", "HS256"]));
    }),
    (&["discovery-alg-unknown"], |case| {
        case.discovery("id_token_signing_alg_values_supported", json!(["RS256", "es256"]));
    }),
    (&["discovery-alg-without-key"], |case| {
        case.discovery("id_token_signing_alg_values_supported", json!(["RS256", "ES256"]));
    }),
    (&["discovery-alg-unadvertised"], |case| {
        case.publish(&["rs256-a", "es256-a"]);
        case.discovery("id_token_signing_alg_values_supported", json!(["RS256"]));
    }),
    (&["discovery-absent", "jwks-unknown"], |case| {
        case.documents.discovery.status = 404;
        case.documents.jwks.status = 404;
    }),
    (&["jwks-status"], |case| case.documents.jwks.status = 503),
    (&["jwks-redirect"], |case| {
        case.documents.jwks.status = 307;
        let to = case.other.jwks_uri.clone();
        case.jwks_header("location", &to);
    }),
    (&["jwks-content-type"], |case| case.jwks_header("content-type", "text/plain")),
    (&[], |case| case.jwks_header("content-type", "application/jwk-set+json; charset=utf-8")),
    (&["jwks-bom"], |case| {
        let body = [b"\xef\xbb\xbf", &case.documents.jwks.body[..]].concat();
        case.documents.jwks.body = body.into();
    }),
    (&["jwks-json"], |case| case.documents.jwks.body = "<html>".into()),
    (&["jwks-json"], |case| case.documents.jwks.body = "{\"keys\":[\"\u{1}".into()),
    (&["jwks-duplicates"], |case| {
        case.documents.jwks.body =
            replace(&case.documents.jwks.body, "\"n\":", "\"n\":\"\",\"n\":");
    }),
    (&["jwks-size"], |case| case.key("padding", json!("x".repeat(70_000)))),
    (&["jwks-time"], |case| {
        case.documents.jwks.delay = std::time::Duration::from_millis(1100);
    }),
    (&["jwks-keys"], |case| case.documents.jwks.body = "{}".into()),
    (&["jwks-keys"], |case| case.documents.jwks.body = "{\"keys\":{}}".into()),
    (&["jwks-keys"], |case| case.jwks(|keys| keys.push(Value::Null))),
    (&["jwks-no-usable-key", "discovery-alg-without-key"], |case| case.jwks(Vec::clear)),
    (&["jwks-count", "jwks-key-repeated"], |case| {
        case.jwks(|keys| {
            for number in 0..8 {
                let mut key = keys[0].clone();
                key["kid"] = json!(format!("k{number}"));
                keys.push(key);
            }
        });
    }),
    (&["jwks-use-missing", "key-use-absent"], |case| {
        case.publish(&["rs256-a", "rs256-b"]);
        case.key("use", Value::Null);
        case.jwks(|keys| keys[1]["use"] = json!("enc"));
    }),
    (&["jwks-kid-missing"], |case| {
        case.publish(&["rs256-a", "rs256-b"]);
        case.key("kid", Value::Null);
    }),
    (&["jwks-kid-unique"], |case| {
        case.publish(&["rs256-a", "rs256-b"]);
        case.key("kid", json!("rs256-b"));
    }),
    (&["jwks-key-repeated"], |case| {
        case.jwks(|keys| {
            let mut again = keys[0].clone();
            again["kid"] = json!("again");
            keys.push(again);
        });
    }),
];

#[tokio::test]
async fn wrong_documents_are_found() {
    check(CASES).await;
}
