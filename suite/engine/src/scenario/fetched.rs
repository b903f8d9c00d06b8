//! The bounds that a scenario sets to the requests in a ledger.

use std::fmt;

use serde::{Deserialize, Serialize};

use jwtspec_mint::context::MintContext;
use jwtspec_types::members::sparse;

sparse! {
    /// The requests that an issuer may have received.
    #[derive(Clone, Debug, PartialEq)]
    pub struct FetchSpec {
        /// The issuer.
        pub issuer: String,
        /// Requests for its key set.
        pub jwks: Bounds,
        /// Requests for its discovery document.
        pub discovery: Bounds,
        /// Requests for anything else.
        pub other: Bounds,
        /// Requests of any kind.
        pub total: Bounds,
        /// From when on requests count.
        pub since: Since,
        /// All of them use this method.
        pub method: Option<String>,
        /// None of them carries these header fields.
        pub header_without: Vec<String>,
    }
}

/// From when on requests count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// Since the scenario began.
    #[default]
    Beginning,
    /// Since the previous step that judged this issuer's ledger.
    Previous,
}

impl FetchSpec {
    /// True if nothing is asked, so that nothing could fail.
    pub(super) fn is_vacuous(&self) -> bool {
        let bounds = [self.jwks, self.discovery, self.other, self.total];
        bounds.iter().all(|bounds| bounds.is_empty())
            && self.method.is_none()
            && self.header_without.is_empty()
    }
}

impl Default for FetchSpec {
    fn default() -> Self {
        Self {
            issuer: MintContext::MAIN.to_owned(),
            jwks: Bounds::default(),
            discovery: Bounds::default(),
            other: Bounds::default(),
            total: Bounds::default(),
            since: Since::Beginning,
            method: None,
            header_without: Vec::new(),
        }
    }
}

sparse! {
    /// A number with a lower and an upper bound.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Bounds {
        /// At least this many.
        pub at_least: Option<usize>,
        /// At most this many.
        pub at_most: Option<usize>,
    }
}

impl Bounds {
    /// True if a number lies within.
    pub fn allow(self, number: usize) -> bool {
        self.at_least.is_none_or(|least| least <= number)
            && self.at_most.is_none_or(|most| number <= most)
    }

    /// True if nothing is asked.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) if least == most => write!(f, "exactly {least}"),
            (Some(least), Some(most)) => write!(f, "{least} to {most}"),
            (Some(least), None) => write!(f, "at least {least}"),
            (None, Some(most)) => write!(f, "at most {most}"),
            (None, None) => f.write_str("any number"),
        }
    }
}
