//! Issuers whose keys are wrong.

use jwtspec_fixtures::Key;
use serde_json::{Value, json};

use super::case::{Case, Row};
use super::check;

/// The standard base64 of a fixture's certificate.
fn certificate(name: &str) -> String {
    let path = format!("{}/fixtures/keys/{name}.cert.pem", env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read_to_string(path).unwrap();
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

/// Adds a key behind the honest one.
fn add(case: &mut Case, key: Value) {
    case.issuer.edit_keys(|keys| keys.push(key));
}

fn public(name: &str) -> Value {
    Value::Object(Key::named(name).unwrap().public_jwk())
}

fn with_member(name: &str, member: &str, value: Value) -> Value {
    let mut key = public(name);
    match value {
        Value::Null => drop(key.as_object_mut().unwrap().shift_remove(member)),
        value => key[member] = value,
    }
    key
}

pub(crate) const CASES: &[Row] = &[
    (&["key-type"], |case| add(case, with_member("rs256-b", "kty", Value::Null))),
    (&["key-type"], |case| add(case, with_member("rs256-b", "kty", json!(1)))),
    (&["key-type-unknown"], |case| add(case, with_member("rs256-b", "kty", json!("rsa")))),
    (&["key-private"], |case| case.issuer.set_key("d", json!("AQAB"))),
    (&["key-symmetric", "discovery-alg-unadvertised"], |case| {
        add(case, public("hs256-a"));
        add(case, public("es256-a"));
    }),
    (&["key-rsa-size"], |case| add(case, public("rs256-1024"))),
    (&["key-rsa-large"], |case| {
        let large = format!("gA{}", "A".repeat(1023 - 2) + "E");
        add(case, with_member("rs256-b", "n", json!(large)));
    }),
    (&["key-rsa-exponent"], |case| add(case, with_member("rs256-b", "e", json!("AQ")))),
    (&["key-rsa-exponent"], |case| add(case, with_member("rs256-b", "e", json!("AQAA")))),
    (&["key-rsa-exponent-unusual"], |case| add(case, public("rs256-e3"))),
    (&["key-rsa-leading-zeros"], |case| case.issuer.set_key("e", json!("AAEAAQ"))),
    (&["key-material"], |case| add(case, with_member("es256-a", "x", json!("AAAA")))),
    (&["key-material"], |case| {
        let other = public("es256-b")["y"].clone();
        add(case, with_member("es256-a", "y", other));
    }),
    (&["key-material"], |case| add(case, with_member("rs256-b", "n", json!("+/==")))),
    (&["key-material"], |case| add(case, with_member("es256-a", "crv", json!("P-512")))),
    (&["key-kid-string"], |case| case.issuer.set_key("kid", json!(1))),
    (&["key-kid-form"], |case| case.issuer.set_key("kid", json!("a key\n"))),
    (&["key-kid-form"], |case| case.issuer.set_key("kid", json!("x".repeat(200)))),
    (&["key-kid-form"], |case| case.issuer.set_key("kid", json!(""))),
    (&["key-use-absent"], |case| case.issuer.set_key("use", Value::Null)),
    (&["key-ops", "key-use-absent", "discovery-alg-without-key"], |case| {
        case.issuer.set_key("use", Value::Null);
        case.issuer.set_key("key_ops", json!(["sign"]));
    }),
    (&["key-use-conflict", "discovery-alg-without-key"], |case| {
        case.issuer.set_key("key_ops", json!(["wrapKey"]));
    }),
    (&["key-alg-absent"], |case| case.issuer.set_key("alg", Value::Null)),
    (&["key-alg-unknown", "discovery-alg-without-key", "discovery-alg-unadvertised"], |case| {
        case.issuer.set_key("alg", json!("rs256"));
    }),
    (&["key-alg-mismatch", "discovery-alg-without-key", "discovery-alg-unadvertised"], |case| {
        case.issuer.set_key("alg", json!("ES256"));
    }),
    (&["key-x5c"], |case| case.issuer.set_key("x5c", json!([certificate("rs256-x")]))),
    (&["key-x5c"], |case| case.issuer.set_key("x5c", json!([certificate("es256-a")]))),
    (&["key-x5c"], |case| case.issuer.set_key("x5c", json!(["AAAA"]))),
    (&["key-x5c"], |case| case.issuer.set_key("x5c", json!("AAAA"))),
    (&[], |case| case.issuer.set_key("x5c", json!([certificate("rs256-a")]))),
    (&["discovery-alg-unadvertised"], |case| {
        add(case, with_member("es256-a", "x5c", json!([certificate("es256-a")])));
    }),
];

#[tokio::test]
async fn wrong_keys_are_found() {
    check(CASES).await;
}
