//! What was looked for in the requests to an issuer, and what was there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::issuer::Resource;
use crate::scenario::Bounds;

/// One thing that is looked for in the requests to an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCheck {
    /// Name of the issuer.
    pub issuer: String,
    /// What is looked for.
    pub subject: LedgerSubject,
}

/// What is looked for in requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerSubject {
    /// Their number.
    Count {
        /// Of requests for this; for anything, if nothing is named.
        resource: Option<Resource>,
        /// The permitted numbers.
        bounds: Bounds,
    },
    /// Their method, which is this one.
    Method(String),
    /// A header field that none of them carries.
    WithoutField(String),
}

/// What was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSeen {
    /// What was found of what is looked for.
    pub found: LedgerFound,
    /// The first requests.
    pub first: Vec<AskedOnce>,
    /// How many more there were.
    pub more: usize,
}

/// What was found of what is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerFound {
    /// So many requests.
    Count(usize),
    /// This method.
    Method(String),
    /// The header field, in a request with this method and target.
    Field {
        /// The method.
        method: String,
        /// Path and query.
        target: String,
    },
    /// No request with the header field.
    NoField,
}

/// One request to an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedOnce {
    /// Time since the first request.
    pub after: Duration,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
}
