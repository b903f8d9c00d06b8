//! Header and claims of the valid token, and the differences that a recipe states.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::MintError;
use crate::recipe::ValueTemplate;
use crate::setting::{IssuerFacts, PublishedKey, Setting};
use jwtspec_types::words::Algorithm;

/// Lifetime of a valid token in seconds.
const LIFETIME: u64 = 300;

/// Header and claims of a valid token. `attempt` varies the token identifier.
pub(super) fn valid(
    setting: &Setting,
    issuer: &IssuerFacts,
    key: &PublishedKey,
    algorithm: Algorithm,
    attempt: u32,
) -> (Map<String, Value>, Map<String, Value>) {
    let mut header = Map::new();
    header.insert("alg".to_owned(), algorithm.as_str().into());
    header.insert("typ".to_owned(), "JWT".into());
    if let Some(kid) = &key.kid {
        header.insert("kid".to_owned(), kid.clone());
    }
    header.extend(setting.extra_header.clone());

    let jti = match attempt {
        0 => setting.serial.clone(),
        _ => format!("{}~{attempt}", setting.serial),
    };
    let mut claims = Map::new();
    for (name, value) in [
        ("iss", json!(issuer.identifier)),
        ("sub", json!("user-1")),
        ("aud", json!(setting.audience())),
        ("iat", json!(setting.now())),
        ("exp", json!(setting.now().saturating_add(LIFETIME))),
        ("jti", json!(jti)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    claims.extend(setting.extra_claims.clone());
    (header, claims)
}

/// Sets and leaves out members.
pub(super) fn change(
    object: &mut Map<String, Value>,
    set: &IndexMap<String, ValueTemplate>,
    without: &[String],
    setting: &Setting,
) -> Result<(), MintError> {
    for name in without {
        object.shift_remove(name);
    }
    for (name, value) in set {
        object.insert(name.clone(), value.expand(setting)?);
    }
    Ok(())
}
