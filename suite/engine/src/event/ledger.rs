//! The checks of the requests to an issuer, and their results.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::issuer::Resource;
use crate::scenario::Bounds;

/// One thing that is looked for in the requests to an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCheck {
    /// Name of the issuer.
    pub issuer: String,
    /// The property that is checked.
    pub subject: LedgerProperty,
}

/// A property of requests that is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerProperty {
    /// Their number.
    Count {
        /// The resource that is asked for; any, if nothing is named.
        resource: Option<Resource>,
        /// The permitted numbers.
        bounds: Bounds,
    },
    /// Their method, which is this one.
    Method(String),
    /// A header field that none of them carries.
    WithoutField(String),
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerObservation {
    /// The value of the property.
    pub found: LedgerValue,
    /// The first requests.
    pub first: Vec<IssuerRequest>,
    /// The number of further requests.
    pub more: usize,
}

/// The value of a property that is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerValue {
    /// The number of requests.
    Count(usize),
    /// The first other method, or the one that must be there.
    Method(String),
    /// The first request with the header field, if any has it.
    Field(Option<IssuerRequest>),
}

/// One request to an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerRequest {
    /// Time since the first request.
    pub after: Duration,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
}
