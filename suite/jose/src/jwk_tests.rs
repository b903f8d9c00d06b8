//! Which keys may serve which algorithm.

use serde_json::json;

use super::*;
use jwtspec_fixtures::Key;

fn published(name: &str, change: Value) -> PublishedKey {
    let mut jwk = Key::named(name).unwrap().public_jwk();
    for (member, value) in change.as_object().unwrap() {
        if value == "GONE" {
            jwk.remove(member);
        } else {
            jwk.insert(member.clone(), value.clone());
        }
    }
    PublishedKey::parse(&jwk, Origin::Published)
}

#[test]
fn plain_fixtures_fit_their_algorithm() {
    let is_short = |key: &Key| ["-1024", "-2047"].iter().any(|end| key.name().ends_with(end));
    for key in Key::all().filter(|key| !key.is_symmetric() && !is_short(key)) {
        let fit = published(key.name(), json!({})).fit(key.algorithm()).map(|_| ());
        assert_eq!(fit, Ok(()), "{}", key.name());
    }
}

#[test]
fn what_does_not_fit_says_why() {
    use Algorithm::{EdDsa, Es256, Es384, Hs256, Rs256, Rs512};
    let cases = [
        ("rs256-a", json!({"use": "enc"}), Rs256, "is published with `use` of `enc`"),
        ("rs256-a", json!({"key_ops": ["encrypt"]}), Rs256, "is published with `key_ops`"),
        ("rs256-a", json!({}), Rs512, "is for `RS256`"),
        ("rs256-a", json!({"alg": "GONE"}), Es256, "is an RSA key"),
        ("rs256-a", json!({"alg": "GONE"}), Hs256, "is an RSA key"),
        ("rs256-a", json!({"kty": "rsa"}), Rs256, "has the unknown `kty`"),
        ("rs256-a", json!({"kty": "GONE"}), Rs256, "has no `kty`"),
        ("rs256-a", json!({"n": "GONE"}), Rs256, "has no `n`"),
        ("rs256-a", json!({"n": "?"}), Rs256, "has a `n` that is not base64url"),
        ("rs256-a", json!({"e": "AQ"}), Rs256, "has an RSA exponent"),
        ("rs256-a", json!({"e": "AA"}), Rs256, "has an RSA exponent"),
        ("rs256-a", json!({"e": "Ag"}), Rs256, "has an RSA exponent"),
        ("rs256-a", json!({"d": "AQAB"}), Rs256, "is published with its private member `d`"),
        ("rs256-1024", json!({}), Rs256, "is an RSA key of 1024 bits"),
        ("rs256-2047", json!({}), Rs256, "is an RSA key of 2047 bits"),
        ("es256-a", json!({"crv": "p-256"}), Es256, "has the unknown `crv`"),
        ("es256-a", json!({"alg": "GONE"}), Es384, "is on the curve P-256"),
        ("es256-a", json!({"x": "AQ"}), Es256, "has a coordinate"),
        ("es256-a", json!({"y": "A".repeat(43)}), Es256, "has coordinates that are no point"),
        ("eddsa-a", json!({"crv": "X25519"}), EdDsa, "has the `crv` `X25519`"),
        ("eddsa-a", json!({"kty": "EC"}), EdDsa, "has the unknown `crv`"),
        (
            "eddsa-a",
            json!({"x": "__________________________________________8"}),
            EdDsa,
            "has an `x` that is no canonical",
        ),
        ("hs256-a", json!({}), Hs256, "is a shared secret that was published"),
    ];
    for (name, change, algorithm, expected) in cases {
        let key = published(name, change.clone());
        let Err(why) = key.fit(algorithm) else { panic!("{name} {change} fits") };
        assert!(why.starts_with(expected), "{name} {change}: {why}");
    }
    let short = Key::named("hs256-short").unwrap().public_jwk();
    let short = PublishedKey::parse(&short, Origin::Inline);
    assert!(matches!(short.fit(Hs256), Err(why) if why.starts_with("has 16 bytes")));
}

#[test]
fn one_bad_member_affects_no_other() {
    let good = Key::named("rs256-a").unwrap().public_jwk();
    let set = json!({"keys": [null, 1, {}, {"kty": "new"}, {"kty": "RSA", "kid": 7}, good]});
    let keys = read_set(set.as_object().unwrap(), Origin::Published).unwrap();
    assert_eq!(keys.iter().filter(|key| key.fit(Algorithm::Rs256).is_ok()).count(), 1);
    for wrong in [json!({}), json!({"keys": {}}), json!({"keys": null})] {
        assert!(read_set(wrong.as_object().unwrap(), Origin::Published).is_err());
    }
}

#[test]
fn ed25519_encodings_are_canonical() {
    let point = |first: u8, middle: u8, last: u8| {
        let mut point = vec![middle; 32];
        (point[0], point[31]) = (first, last);
        point
    };
    assert!(is_canonical(&point(1, 0, 0)));
    assert!(!is_canonical(&point(1, 0, 0x80)));
    assert!(is_canonical(&point(0xec, 0xff, 0x7f)));
    assert!(!is_canonical(&point(0xec, 0xff, 0xff)));
    assert!(!is_canonical(&point(0xed, 0xff, 0x7f)));
    assert!(!is_canonical(&point(0xee, 0xff, 0xff)));
}
