//! What an issuer serves: its discovery document and its key set.

use serde_json::{Map, Value, json};

use super::ledger::Resource;
use super::served::Served;
use jwtspec_mint::context::{IssuerFacts, key_set};

/// What an issuer serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    /// The answer for the discovery document.
    pub discovery: Served,
    /// The answer for the key set.
    pub jwks: Served,
    /// Whether nothing listens on its port. Only an issuer with a port of its own can be down.
    pub down: bool,
}

impl Documents {
    /// What an honest issuer serves.
    pub fn honest(facts: &IssuerFacts) -> Self {
        Self {
            discovery: Served::json(Value::Object(metadata(facts)).to_string()),
            jwks: Served::json(Value::Object(key_set(&facts.keys)).to_string()),
            down: false,
        }
    }

    /// The answer for a resource, if there is one.
    pub(super) fn answer(&self, resource: Resource) -> Option<&Served> {
        match resource {
            Resource::Jwks => Some(&self.jwks),
            Resource::Discovery => Some(&self.discovery),
            Resource::Other => None,
        }
    }
}

/// OpenID Provider Metadata (OpenID Connect Discovery 1.0 section 3).
pub(crate) fn metadata(facts: &IssuerFacts) -> Map<String, Value> {
    let mut algorithms: Vec<&str> =
        facts.keys.iter().map(|key| key.key.algorithm().as_str()).collect();
    algorithms.dedup();
    let issuer = &facts.identifier;
    let below = |path: &str| json!(format!("{}{path}", issuer.trim_end_matches('/')));
    Map::from_iter(
        [
            ("issuer", json!(issuer)),
            ("authorization_endpoint", below("/authorize")),
            ("token_endpoint", below("/token")),
            ("jwks_uri", json!(facts.jwks_uri)),
            ("response_types_supported", json!(["code"])),
            ("subject_types_supported", json!(["public"])),
            ("id_token_signing_alg_values_supported", json!(algorithms)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}
