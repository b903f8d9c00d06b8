//! Issuers whose documents are wrong.

use serde_json::{Value, json};

use super::case::Row;
use super::check;

fn replace(body: &bytes::Bytes, from: &str, to: &str) -> bytes::Bytes {
    String::from_utf8(body.to_vec()).unwrap().replacen(from, to, 1).into()
}

pub(crate) const CASES: &[Row] = &[
    (&["identifier-trailing-slash"], |case| {
        case.options.url.push('/');
        case.issuer.set_discovery("issuer", json!(case.options.url));
    }),
    (&["identifier-given"], |case| case.options.url = case.issuer.facts.jwks_uri.clone()),
    (&["discovery-absent"], |case| case.issuer.documents.discovery.status = 404),
    (&["discovery-status"], |case| case.issuer.documents.discovery.status = 500),
    (&["discovery-status"], |case| case.issuer.documents.discovery.status = 203),
    (&["discovery-redirect"], |case| {
        case.issuer.documents.discovery.status = 302;
        let to = case.mirror.facts.discovery_uri.clone();
        case.issuer.set_discovery_header("location", &to);
    }),
    // Not followed, as it leads away from this machine.
    (&["discovery-redirect", "discovery-status"], |case| {
        case.issuer.documents.discovery.status = 301;
        case.issuer.set_discovery_header("location", "https://192.0.2.1/x");
    }),
    (&["discovery-content-type"], |case| {
        case.issuer.set_discovery_header("content-type", "text/html")
    }),
    (&["discovery-content-type"], |case| case.issuer.documents.discovery.headers.clear()),
    (&["discovery-bom"], |case| {
        let body = [b"\xef\xbb\xbf", &case.issuer.documents.discovery.body[..]].concat();
        case.issuer.documents.discovery.body = body.into();
    }),
    (&["discovery-json"], |case| case.issuer.documents.discovery.body = "[]".into()),
    (&["discovery-json"], |case| case.issuer.documents.discovery.body = "{".into()),
    (&["discovery-json"], |case| case.issuer.documents.discovery.body = "".into()),
    (&["discovery-limits"], |case| {
        let body = replace(&case.issuer.documents.discovery.body, "{", "{\"x\":1e400,");
        case.issuer.documents.discovery.body = body;
    }),
    (&["discovery-duplicates"], |case| {
        let body = replace(&case.issuer.documents.discovery.body, "{", "{\"issuer\":\"x\",");
        case.issuer.documents.discovery.body = body;
    }),
    (&["discovery-size"], |case| case.issuer.set_discovery("padding", json!("x".repeat(70_000)))),
    (&["discovery-size"], |case| case.issuer.set_discovery("padding", json!("x".repeat(2 << 20)))),
    (&["discovery-time"], |case| {
        case.issuer.documents.discovery.delay = std::time::Duration::from_millis(1100);
    }),
    (&["discovery-issuer"], |case| {
        case.issuer.set_discovery("issuer", json!("https://other.example"))
    }),
    (&["discovery-issuer"], |case| case.issuer.set_discovery("issuer", json!(["x"]))),
    (&["discovery-issuer"], |case| case.issuer.set_discovery("issuer", Value::Null)),
    (&["discovery-jwks-uri"], |case| case.issuer.set_discovery("jwks_uri", Value::Null)),
    (&["discovery-jwks-uri"], |case| case.issuer.set_discovery("jwks_uri", json!(7))),
    (&["discovery-jwks-uri"], |case| case.issuer.set_discovery("jwks_uri", json!("data:,x"))),
    (&["discovery-jwks-uri"], |case| case.issuer.set_discovery("jwks_uri", json!("jwks.json"))),
    (&["discovery-jwks-uri-origin"], |case| {
        let elsewhere = case.issuer.facts.jwks_uri.replace("127.0.0.1", "localhost");
        case.issuer.set_discovery("jwks_uri", json!(elsewhere));
    }),
    (&["discovery-required"], |case| case.issuer.set_discovery("token_endpoint", Value::Null)),
    (&["discovery-required"], |case| {
        case.issuer.set_discovery("response_types_supported", json!("code"))
    }),
    (&["discovery-required"], |case| {
        case.issuer.set_discovery("id_token_signing_alg_values_supported", Value::Null);
    }),
    (&["discovery-rs256"], |case| case.issuer.use_keys(&["es256-a"])),
    (&["discovery-alg-none"], |case| {
        case.issuer
            .set_discovery("id_token_signing_alg_values_supported", json!(["RS256", "none"]));
    }),
    (&["discovery-alg-symmetric"], |case| {
        case.issuer
            .set_discovery("id_token_signing_alg_values_supported", json!(["RS256", "HS256"]));
    }),
    (&["discovery-alg-unknown"], |case| {
        case.issuer
            .set_discovery("id_token_signing_alg_values_supported", json!(["RS256", "es256"]));
    }),
    (&["discovery-alg-without-key"], |case| {
        case.issuer
            .set_discovery("id_token_signing_alg_values_supported", json!(["RS256", "ES256"]));
    }),
    (&["discovery-alg-unadvertised"], |case| {
        case.issuer.use_keys(&["rs256-a", "es256-a"]);
        case.issuer.set_discovery("id_token_signing_alg_values_supported", json!(["RS256"]));
    }),
    (&["discovery-absent", "jwks-unknown"], |case| {
        case.issuer.documents.discovery.status = 404;
        case.issuer.documents.jwks.status = 404;
    }),
    (&["jwks-status"], |case| case.issuer.documents.jwks.status = 503),
    (&["jwks-redirect"], |case| {
        case.issuer.documents.jwks.status = 307;
        let to = case.mirror.facts.jwks_uri.clone();
        case.issuer.set_key_set_header("location", &to);
    }),
    (&["jwks-content-type"], |case| case.issuer.set_key_set_header("content-type", "text/plain")),
    (&[], |case| {
        case.issuer.set_key_set_header("content-type", "application/jwk-set+json; charset=utf-8")
    }),
    (&["jwks-bom"], |case| {
        let body = [b"\xef\xbb\xbf", &case.issuer.documents.jwks.body[..]].concat();
        case.issuer.documents.jwks.body = body.into();
    }),
    (&["jwks-limits"], |case| {
        let body = replace(&case.issuer.documents.jwks.body, "{", "{\"x\":\"\\ud800\",");
        case.issuer.documents.jwks.body = body;
    }),
    (&["jwks-json"], |case| case.issuer.documents.jwks.body = "<html>".into()),
    (&["jwks-json"], |case| case.issuer.documents.jwks.body = "{\"keys\":[\"\u{1}".into()),
    (&["jwks-duplicates"], |case| {
        case.issuer.documents.jwks.body =
            replace(&case.issuer.documents.jwks.body, "\"n\":", "\"n\":\"\",\"n\":");
    }),
    (&["jwks-size"], |case| case.issuer.set_key("padding", json!("x".repeat(70_000)))),
    (&["jwks-time"], |case| {
        case.issuer.documents.jwks.delay = std::time::Duration::from_millis(1100);
    }),
    (&["jwks-keys"], |case| case.issuer.documents.jwks.body = "{}".into()),
    (&["jwks-keys"], |case| case.issuer.documents.jwks.body = "{\"keys\":{}}".into()),
    (&["jwks-keys"], |case| case.issuer.edit_keys(|keys| keys.push(Value::Null))),
    (&["jwks-no-usable-key", "discovery-alg-without-key"], |case| {
        case.issuer.edit_keys(Vec::clear)
    }),
    (&["jwks-count", "jwks-key-repeated"], |case| {
        case.issuer.edit_keys(|keys| {
            for number in 0..8 {
                let mut key = keys[0].clone();
                key["kid"] = json!(format!("k{number}"));
                keys.push(key);
            }
        });
    }),
    (&["jwks-use-missing", "key-use-absent"], |case| {
        case.issuer.use_keys(&["rs256-a", "rs256-b"]);
        case.issuer.set_key("use", Value::Null);
        case.issuer.edit_keys(|keys| keys[1]["use"] = json!("enc"));
    }),
    (&["jwks-kid-missing"], |case| {
        case.issuer.use_keys(&["rs256-a", "rs256-b"]);
        case.issuer.set_key("kid", Value::Null);
    }),
    (&["jwks-kid-unique"], |case| {
        case.issuer.use_keys(&["rs256-a", "rs256-b"]);
        case.issuer.set_key("kid", json!("rs256-b"));
    }),
    (&["jwks-key-repeated"], |case| {
        case.issuer.edit_keys(|keys| {
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
