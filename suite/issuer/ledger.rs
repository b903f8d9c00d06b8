//! The ledger: every request that an issuer received, with its time.

use std::time::Instant;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
