//! `parse_jwks`: key sets, which anyone may write.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Map, Value};

use super::LONGEST_INPUT;
use jwtspec_jose::{Duplicates, Material, Origin, PublishedKey, object, read_set};
use jwtspec_reference::parts::verifies;
use jwtspec_types::words::Algorithm;

/// The most keys of one set that are examined; a set of thousands would only be slow.
const MOST_KEYS: usize = 16;

/// Reads the bytes as a JWK Set, published and inline.
///
/// # Panics
///
/// If something panics; if a key is read otherwise beside others than alone, or otherwise once
/// it was written and read again; if a key is usable though it shows its private half; if
/// jsonwebtoken refuses a key that is usable here, for no known reason; if bytes that no key
/// signed pass for a signature.
pub fn parse_jwks(data: &[u8]) {
    if data.len() > LONGEST_INPUT {
        return;
    }
    let Ok(set) = object(data, Duplicates::TakeLast) else { return };
    let written = serde_json::to_vec(&set).unwrap_or_default();
    let again = object(&written, Duplicates::Refuse);
    assert!(again.as_ref() == Ok(&set), "{set:?} is read otherwise once written: {again:?}");
    for origin in [Origin::Published, Origin::Inline] {
        let Ok(keys) = read_set(&set, origin) else { return };
        for key in keys.iter().take(MOST_KEYS) {
            examine(key, origin);
        }
    }
}

fn examine(key: &PublishedKey, origin: Origin) {
    let alone = Map::from_iter([("keys".to_owned(), vec![Value::Object(key.jwk.clone())].into())]);
    let alone = read_set(&alone, origin).unwrap_or_default();
    assert!(alone.first().is_some_and(|alone| alone.kid == key.kid), "{:?} has no name", key.jwk);
    for algorithm in Algorithm::ALL.iter().copied() {
        let fit = key.fit(algorithm);
        let same = alone.first().is_some_and(|alone| alone.fit(algorithm) == fit);
        assert!(same, "{:?} serves {algorithm} otherwise beside other keys", key.jwk);
        if let Ok(material) = fit {
            use_for(algorithm, material, key, origin);
        }
    }
}

fn use_for(algorithm: Algorithm, material: &Material, key: &PublishedKey, origin: Origin) {
    let jwk = &key.jwk;
    assert!(!jwk.contains_key("d"), "{jwk:?} is usable though its private half is there");
    assert!(
        origin == Origin::Inline || !jwk.contains_key("k") || jwk["kty"] != "oct",
        "{jwk:?} is a published secret, and usable"
    );
    let length = material.signature_bytes(algorithm);
    assert!(
        !verifies(algorithm, material, b"no key signed this", &vec![0x5a; length]),
        "{jwk:?} takes bytes that no key signed for a signature under {algorithm}"
    );
    if let Err(why) = theirs(jwk) {
        assert!(
            known_difference(jwk).is_some(),
            "jsonwebtoken refuses a key that is usable here: {why}\n  {jwk:?}"
        );
    }
}

fn theirs(jwk: &Map<String, Value>) -> Result<(), String> {
    let read: Jwk =
        serde_json::from_value(Value::Object(jwk.clone())).map_err(|e| e.to_string())?;
    DecodingKey::from_jwk(&read).map(|_| ()).map_err(|error| error.to_string())
}

/// Why jsonwebtoken does not take a key that is sound.
fn known_difference(jwk: &Map<String, Value>) -> Option<&'static str> {
    let is_text = |name: &str| jwk.get(name).is_none_or(|it| it.is_string() || it.is_null());
    let named = |name: &str, value: &str| jwk.get(name).is_some_and(|it| it == value);
    if named("crv", "secp256k1") || named("alg", "ES256K") {
        return Some("it does not have secp256k1");
    }
    if named("crv", "P-521") || named("alg", "ES512") {
        return Some("it does not verify on P-521");
    }
    let typed = ["kid", "x5u", "x5t", "x5t#S256"].into_iter().all(is_text);
    let chain = jwk.get("x5c").is_none_or(|chain| {
        chain.is_null() || chain.as_array().is_some_and(|all| all.iter().all(Value::is_string))
    });
    if !typed || !chain {
        return Some("members that do not matter to verification are read into their types");
    }
    let operations = jwk.get("key_ops").and_then(Value::as_array);
    if operations.is_some_and(|all| !all.iter().all(Value::is_string)) {
        return Some("`key_ops` is read into its type");
    }
    None
}
