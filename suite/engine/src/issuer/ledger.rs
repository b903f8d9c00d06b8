//! The ledger: every request that an issuer received, with its time.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// A document of an issuer that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// The key set.
    Jwks,
    /// The discovery document, at either of its paths.
    Discovery,
    /// Anything else.
    Other,
}

/// One request.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// The time when it came.
    pub at: Instant,
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// The document that it asks for.
    pub resource: Resource,
    /// Its header fields, names in small letters.
    pub headers: Vec<(String, String)>,
}

impl LedgerEntry {
    /// An entry for a request that came just now, before its resource is known.
    pub(crate) fn new(method: &str, target: &str, headers: Vec<(String, String)>) -> Self {
        Self {
            at: Instant::now(),
            method: method.to_owned(),
            target: target.to_owned(),
            resource: Resource::Other,
            headers,
        }
    }
}
