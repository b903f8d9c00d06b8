//! The limits of the providers of a profile that a scenario can meet.

use serde::{Deserialize, Serialize};

use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::profile::ProviderLimits;
use jwtspec_types::words::Algorithm;

/// A limit of the providers of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileLimit {
    /// There is always an audience.
    #[error("needs an issuer without an audience; the profile always has one")]
    Audience,
    /// There is no expected `typ`.
    #[error("needs an expected `typ`; the profile has none")]
    Typ,
    /// Keys are JWKs.
    #[error("needs a key as text; the profile takes JWKs")]
    KeyText,
    /// There is no key to decrypt with.
    #[error("needs a verifier that decrypts; the profile has no key for it")]
    Decrypts,
    /// Another claim than these is not required.
    #[error("needs `{claim}` as a required claim; those of the profile are {}", own.join(", "))]
    RequiredClaim {
        /// The claim.
        claim: String,
        /// Those of the profile.
        own: Vec<String>,
    },
    /// The leeway is this, in seconds.
    #[error("needs another leeway than the {0} s of the profile")]
    Leeway(u64),
    /// Keys come in other ways.
    #[error("needs keys by {}; the profile takes them by {}", wanted.as_str(), join(own, " or ", KeyDelivery::as_str))]
    Keys {
        /// The way that is needed.
        wanted: KeyDelivery,
        /// Those of the profile.
        own: Vec<KeyDelivery>,
    },
    /// The algorithms are others.
    #[error("needs {wanted}; the profile has {}", join(own, if *all { " and " } else { " or " }, Algorithm::as_str))]
    Algorithm {
        /// The algorithm that is needed.
        wanted: Algorithm,
        /// Those of the profile.
        own: Vec<Algorithm>,
        /// True if one provider allows all of these, false if one of them.
        all: bool,
    },
    /// One issuer has one algorithm.
    #[error(
        "needs {} of one issuer; the profile has {}",
        join(wanted, " and ", Algorithm::as_str),
        join(own, " or ", Algorithm::as_str)
    )]
    Algorithms {
        /// The algorithms that are needed.
        wanted: Vec<Algorithm>,
        /// Those of the profile.
        own: Vec<Algorithm>,
    },
}

impl ProfileLimit {
    /// Checks that a provider can allow these algorithms; the error says why not.
    pub(super) fn check_algorithms(
        limits: &ProviderLimits,
        wanted: &[Algorithm],
    ) -> Result<(), Self> {
        let (own, all) = (limits.algorithms.clone(), limits.allows_all_algorithms);
        match wanted.iter().find(|it| !own.contains(it)) {
            Some(other) => Err(Self::Algorithm { wanted: *other, own, all }),
            None if wanted.len() > 1 && !all => {
                Err(Self::Algorithms { wanted: wanted.to_vec(), own })
            }
            None => Ok(()),
        }
    }
}

fn join<T: Copy>(list: &[T], word: &str, name: fn(T) -> &'static str) -> String {
    list.iter().map(|it| name(*it)).collect::<Vec<_>>().join(word)
}
