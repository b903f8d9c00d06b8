//! What an issuer serves: its discovery document and its key set, as text.

use serde_json::{Map, Value, json};

use crate::setting::{IssuerFacts, PublishedKey};

/// The bodies that an issuer serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    /// The discovery document.
    pub discovery: String,
    /// The key set.
    pub jwks: String,
}

impl Documents {
    /// What an honest issuer serves.
    pub fn honest(facts: &IssuerFacts) -> Self {
        Self {
            discovery: discovery(facts).to_string(),
            jwks: Value::Object(key_set(&facts.keys)).to_string(),
        }
    }
}

/// The JWK Set (RFC 7517 section 5) of these keys, in this order.
pub(crate) fn key_set(keys: &[PublishedKey]) -> Map<String, Value> {
    let keys: Vec<Value> = keys.iter().map(|key| Value::Object(jwk(key))).collect();
    Map::from_iter([("keys".to_owned(), Value::Array(keys))])
}

fn jwk(published: &PublishedKey) -> Map<String, Value> {
    let mut jwk = published.key.public_jwk();
    match &published.kid {
        Some(kid) => jwk.insert("kid".to_owned(), kid.clone()),
        None => jwk.shift_remove("kid"),
    };
    jwk.extend(published.set.clone());
    for member in &published.without {
        jwk.shift_remove(member);
    }
    jwk
}

/// OpenID Provider Metadata (OpenID Connect Discovery 1.0 section 3).
fn discovery(facts: &IssuerFacts) -> Value {
    let mut algorithms: Vec<&str> =
        facts.keys.iter().map(|key| key.key.algorithm().as_str()).collect();
    algorithms.dedup();
    let issuer = &facts.identifier;
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{}/authorize", issuer.trim_end_matches('/')),
        "token_endpoint": format!("{}/token", issuer.trim_end_matches('/')),
        "jwks_uri": facts.jwks_uri,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
    })
}
