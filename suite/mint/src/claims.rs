//! Header and claims of the valid token, and the differences that a recipe states.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::MintError;
use crate::context::{IssuerFacts, MintContext, PublishedKey};
use crate::recipe::ValueTemplate;
use jwtspec_types::words::Algorithm;

/// Lifetime of a valid token in seconds.
const LIFETIME: u64 = 300;

/// Header and claims of a valid token. `attempt` varies the token identifier.
pub(super) fn valid(
    mint_context: &MintContext,
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
    header.extend(mint_context.extra_header.clone());

    let jti = match attempt {
        0 => mint_context.serial.clone(),
        _ => format!("{}~{attempt}", mint_context.serial),
    };
    let mut claims = Map::new();
    for (name, value) in [
        ("iss", json!(issuer.identifier)),
        ("sub", json!("user-1")),
        ("aud", json!(mint_context.audience)),
        ("iat", json!(mint_context.now)),
        ("exp", json!(mint_context.now.saturating_add(LIFETIME))),
        ("jti", json!(jti)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    claims.extend(mint_context.extra_claims.clone());
    (header, claims)
}

/// Sets and leaves out members.
pub(super) fn change(
    object: &mut Map<String, Value>,
    set: &IndexMap<String, ValueTemplate>,
    without: &[String],
    mint_context: &MintContext,
) -> Result<(), MintError> {
    for name in without {
        object.shift_remove(name);
    }
    for (name, value) in set {
        object.insert(name.clone(), value.expand(mint_context)?);
    }
    Ok(())
}
