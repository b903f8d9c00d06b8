//! The ledger: every request that an issuer received, with its time.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// A document of an issuer that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// The key set.
    Jwks,
    /// The discovery document, at either of its places.
    Discovery,
    /// Anything else.
    Other,
}

/// One request.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// When it came.
    pub at: Instant,
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// What was asked for.
    pub resource: Resource,
    /// Its header fields, names in small letters.
    pub headers: Vec<(String, String)>,
}
