//! Keys that fit, and keys that do not.

use serde_json::json;

use super::*;
use crate::tests::ids;
use jwtspec_fixtures::Key;
use jwtspec_types::words::Level;

fn jwk(name: &str, change: &Value) -> Jwk {
    let mut jwk = Value::Object(Key::named(name).unwrap().public_jwk());
    for (member, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(jwk.as_object_mut().unwrap().remove(member)),
            _ => jwk[member] = value.clone(),
        }
    }
    Jwk::parse(&parse(&jwk.to_string()).unwrap().0).unwrap()
}

#[test]
fn a_key_fits_or_each_objection_is_named() {
    for (name, change, algorithm, level, id) in [
        ("rs256-a", json!({}), "RS512", Level::Must, "rfc8725-3.1-one-algorithm-per-key"),
        (
            "rs256-a",
            json!({ "alg": "X" }),
            "RS256",
            Level::Should,
            "rfc8725-3.1-one-algorithm-per-key",
        ),
        (
            "rs256-a",
            json!({ "alg": null }),
            "RS256",
            Level::May,
            "rfc8725-3.1-one-algorithm-per-key",
        ),
        ("rs256-a", json!({}), "HS256", Level::Must, "rfc7515-4.1.1-alg-needs-issuer-key"),
        (
            "rs256-a",
            json!({ "kty": "rsa" }),
            "RS256",
            Level::Must,
            "rfc7515-4.1.1-alg-needs-issuer-key",
        ),
        (
            "rs256-a",
            json!({ "n": null }),
            "RS256",
            Level::Must,
            "rfc7515-4.1.1-alg-needs-issuer-key",
        ),
        (
            "rs256-a",
            json!({ "use": "enc" }),
            "RS256",
            Level::Should,
            "rfc7517-4.2-use-enc-not-for-signatures",
        ),
        (
            "rs256-a",
            json!({ "use": "x" }),
            "RS256",
            Level::May,
            "rfc7517-4.2-use-unregistered-not-sig",
        ),
        (
            "rs256-a",
            json!({ "key_ops": [] }),
            "RS256",
            Level::Should,
            "rfc7517-4.3-key-ops-without-verify",
        ),
        ("rs256-1024", json!({}), "RS256", Level::Must, "rfc7518-3.3-rsa-minimum-2048"),
        ("ps256-1024", json!({}), "PS256", Level::Must, "rfc7518-3.5-pss-minimum-2048"),
        ("rs256-e3", json!({}), "RS256", Level::May, "rfc8017-3.1-rsa-exponent-valid"),
        ("rs256-a", json!({ "e": "AQ" }), "RS256", Level::Must, "rfc8017-3.1-rsa-exponent-valid"),
        (
            "rs256-a",
            json!({ "e": "AAEAAQ" }),
            "RS256",
            Level::May,
            "rfc7518-6.3.1.1-modulus-minimal-octets",
        ),
        (
            "rs256-a",
            json!({ "d": "AQ" }),
            "RS256",
            Level::May,
            "oidc-discovery-3-no-private-or-symmetric-keys",
        ),
        ("es384-a", json!({ "alg": null }), "ES256", Level::Must, "rfc7518-3.4-curve-matches-alg"),
        (
            "eddsa-a",
            json!({ "crv": "X25519" }),
            "EdDSA",
            Level::Must,
            "rfc8037-4-algorithm-fits-key-subtype",
        ),
        (
            "eddsa-a",
            json!({ "alg": "Ed25519" }),
            "EdDSA",
            Level::May,
            "rfc9864-2.2-ed25519-name-accepted",
        ),
        ("hs256-short", json!({}), "HS256", Level::Must, "rfc7518-3.2-hmac-key-minimum-size"),
    ] {
        let allowed = [Algorithm::Rs256, Algorithm::Rs512];
        let ruling = jwk(name, &change).judge_fit(algorithm.parse().unwrap(), &allowed, false);
        let first = ruling.0.first().map(|because| (because.level, because.requirement));
        assert_eq!(first, Some((level, id)), "{name} {change} {algorithm}");
    }
    for (name, change) in
        [("rs256-a", json!({ "use": null, "key_ops": ["verify"] })), ("hs256-a", json!({}))]
    {
        let key = jwk(name, &change);
        let algorithm = Key::named(name).unwrap().algorithm();
        assert_eq!(key.judge_fit(algorithm, &[algorithm], false).0, []);
    }
}

#[test]
fn secrets_count_only_where_nobody_else_could_read_them() {
    let secret = Key::named("hs256-a").unwrap().public_jwk();
    let set = json!({ "keys": [secret] }).to_string();
    let inline = KeySet::parse(Some(set.as_bytes()), false);
    assert_eq!(ids(&inline.objections), [""; 0]);
    let published = KeySet::parse(Some(set.as_bytes()), true);
    assert_eq!(ids(&published.objections), ["oidc-discovery-3-no-private-or-symmetric-keys"]);
}

#[test]
fn what_is_no_key_set() {
    for (set, id) in [
        ("", "rfc7517-5-keys-member-required"),
        ("[]", "rfc7517-5-keys-member-required"),
        (r#"{"keys":{}}"#, "rfc7517-5-keys-member-required"),
        (r#"{"keys":[],"keys":[]}"#, "rfc7517-5-duplicate-set-members"),
        ("\u{feff}{\"keys\":[]}", "rfc8259-8.1-byte-order-mark"),
    ] {
        let read = KeySet::parse(Some(set.as_bytes()), true);
        assert_eq!(ids(&read.objections), [id], "{set}");
    }
    let gone = KeySet::parse(None, true);
    assert_eq!(gone.objections.0[0].reason, KeysUnavailable);
    let odd = KeySet::parse(Some(br#"{"keys":[null,1,[],{},{"kty":1,"kid":2}]}"#), true);
    assert_eq!(odd.objections.0, []);
}

#[test]
fn keys_are_told_apart_by_their_numbers() {
    let numbers = |name: &str| Numbers::from_jwk(&Key::named(name).unwrap().public_jwk()).unwrap();
    assert!(jwk("rs256-a", &json!({ "kid": "x", "e": "AAEAAQ" })).has_numbers(&numbers("rs256-a")));
    assert!(!jwk("rs256-a", &json!({})).has_numbers(&numbers("rs256-b")));
    assert!(!jwk("es256-a", &json!({})).has_numbers(&numbers("eddsa-a")));
}
