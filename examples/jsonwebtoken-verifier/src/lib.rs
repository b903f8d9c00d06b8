//! A token verifier as one writes it after reading the docs of `jsonwebtoken`.
//!
//! It knows one issuer, one set of keys and one audience. It is not strict in every respect, and
//! says so: `tests/deviations.toml` lists where it departs from the specifications, and why.

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

/// The issuers that the application trusts.
pub struct Config {
    /// Whose tokens are accepted.
    pub issuer: String,
    /// The audience that they must name.
    pub audiences: Vec<String>,
    /// Under which algorithms.
    pub algorithms: Vec<Algorithm>,
    /// The issuer's keys.
    pub keys: JwkSet,
    /// Tolerance for clock skew in seconds.
    pub leeway: u64,
}

/// Why a token was refused.
#[derive(Debug)]
pub enum Refusal {
    /// The header names no key, or one that is not in the set.
    UnknownKey,
    /// The library says no.
    Invalid(Error),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownKey => f.write_str("no such key"),
            Self::Invalid(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Invalid(error)
    }
}

/// Verifies a token and returns its claims.
///
/// # Errors
///
/// If the token is not one of the configured issuer, for the configured audience, or expired.
pub fn verify(config: &Config, token: &str) -> Result<Value, Refusal> {
    let header = decode_header(token)?;
    if !config.algorithms.contains(&header.alg) {
        return Err(Error::from(ErrorKind::InvalidAlgorithm).into());
    }
    let kid = header.kid.ok_or(Refusal::UnknownKey)?;
    let jwk = config.keys.find(&kid).ok_or(Refusal::UnknownKey)?;
    let key = DecodingKey::from_jwk(jwk)?;

    // The library refuses every key if the list holds algorithms of another family than the key's.
    let mut validation = Validation::new(header.alg);
    validation.leeway = config.leeway;
    validation.set_issuer(&[&config.issuer]);
    if config.audiences.is_empty() {
        validation.validate_aud = false;
    } else {
        validation.set_audience(&config.audiences);
    }
    Ok(decode::<Value>(token, &key, &validation)?.claims)
}
