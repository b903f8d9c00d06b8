//! The documents of an issuer: its discovery document and its key set.

use serde_json::{Map, Value, json};

use super::ledger::Resource;
use super::response::Response;
use jwtspec_mint::context::{IssuerFacts, key_set};

/// The responses of an issuer for its documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    /// The response for the discovery document.
    pub discovery: Response,
    /// The response for the key set.
    pub jwks: Response,
    /// True if nothing listens on its port. Only an issuer with a port of its own can be down.
    pub down: bool,
}

impl Documents {
    /// The documents of an honest issuer.
    pub fn honest(facts: &IssuerFacts) -> Self {
        Self {
            discovery: Response::json(Value::Object(metadata(facts)).to_string()),
            jwks: Response::json(Value::Object(key_set(&facts.keys)).to_string()),
            down: false,
        }
    }

    /// The response for a resource, if there is one.
    pub(super) fn response(&self, resource: Resource) -> Option<&Response> {
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
