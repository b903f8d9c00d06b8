//! What a target can be told and shown.

use crate::trust::KeyDelivery;
use crate::verifier::{Capabilities, Number};
use crate::words::Algorithm;

/// What a target can be told and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// How keys can be given, in order of preference.
    pub keys: Vec<KeyDelivery>,
    /// Names of the algorithms that it verifies.
    pub algorithms: Vec<String>,
    /// Whether one trust can hold several providers.
    pub many_providers: bool,
    /// What can be done about leeway.
    pub leeway: Leeway,
    /// Whether it can be told an expected `typ`.
    pub typ: bool,
    /// Whether it can be told claims that must be there.
    pub required_claims: bool,
    /// Whether it takes the token in `Authorization: Bearer`.
    pub bearer: bool,
}

/// What can be done about a target's leeway. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leeway {
    /// It can be told any, from this one on.
    From(u64),
    /// It has this one.
    Fixed(u64),
}

impl Leeway {
    /// The leeway of a trust that does not ask for one.
    pub(crate) fn default_seconds(self) -> u64 {
        match self {
            Self::From(seconds) | Self::Fixed(seconds) => seconds,
        }
    }

    /// The leeway that a scenario runs with, or why it cannot.
    pub(super) fn settle(self, wanted: Option<u64>) -> Result<u64, String> {
        match (self, wanted) {
            (Self::From(least) | Self::Fixed(least), None) => Ok(least),
            (Self::From(least), Some(wanted)) if wanted >= least => Ok(wanted),
            (Self::Fixed(fixed), Some(wanted)) if wanted == fixed => Ok(wanted),
            (Self::From(least), Some(wanted)) => {
                Err(format!("needs a leeway of {wanted} s; the target's least is {least} s"))
            }
            (Self::Fixed(fixed), Some(wanted)) => {
                Err(format!("needs a leeway of {wanted} s; the target's is {fixed} s"))
            }
        }
    }
}

impl Abilities {
    pub(super) fn verifies(&self, algorithm: Algorithm) -> bool {
        !super::is_verifiable(algorithm)
            || self.algorithms.iter().any(|name| name == algorithm.as_str())
    }

    /// Everything: for listing scenarios without a target.
    pub fn all() -> Self {
        Self {
            keys: vec![KeyDelivery::JwksUri, KeyDelivery::Discovery, KeyDelivery::Inline],
            algorithms: Algorithm::ALL.iter().map(ToString::to_string).collect(),
            many_providers: true,
            leeway: Leeway::From(0),
            typ: true,
            required_claims: true,
            bearer: true,
        }
    }
}

impl From<&Capabilities> for Abilities {
    /// A driver speaks plain RFC 6750 and takes any leeway.
    fn from(capabilities: &Capabilities) -> Self {
        Self {
            keys: capabilities.keys.clone(),
            algorithms: capabilities.algorithms.clone(),
            many_providers: capabilities.providers == Number::Many,
            leeway: Leeway::From(0),
            typ: capabilities.typ,
            required_claims: capabilities.required_claims,
            bearer: true,
        }
    }
}
