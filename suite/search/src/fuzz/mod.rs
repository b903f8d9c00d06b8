//! Bodies of the cargo-fuzz targets, and what a parser or verifier must be to take part in them.
//!
//! A body is a function of bytes that panics on a find: that is how libFuzzer is told. Beside
//! the targets in `fuzz/` unit tests call it, so seeds and regressions are replayed on stable.
//! `docs/fuzzing.md` describes the targets.
//!
//! Bytes that are not UTF-8 are no token for a parser that takes a `&str`: no HTTP server would
//! hand them over, so such input is passed over.

#[cfg(feature = "full")]
mod campaign;
#[cfg(feature = "full")]
mod decompile;
#[cfg(feature = "full")]
mod differential;
mod disagreement;
#[cfg(feature = "full")]
mod discovery;
mod json_web_token;
#[cfg(feature = "full")]
mod json_web_token_crypto;
#[cfg(feature = "full")]
mod json_web_token_verifier;
mod macros;
#[cfg(feature = "full")]
mod mutate;
#[cfg(feature = "full")]
mod own_formats;
#[cfg(feature = "full")]
mod parse_jwks;
mod parse_jwt;
pub mod planted;
#[cfg(feature = "full")]
pub mod seeds;
mod strict;
#[cfg(feature = "full")]
mod verify;
#[cfg(feature = "full")]
mod www_authenticate;

use jwtspec_types::words::Reason;
use serde_json::{Map, Value};

#[cfg(feature = "full")]
pub(crate) use decompile::text_of_bytes;
pub use disagreement::{Disagreement, DisputedToken, Known};
pub use json_web_token::JsonWebToken;
pub use jwtspec_jose::Part;
pub use parse_jwt::parse_jwt;
pub use strict::Strict;
#[cfg(feature = "full")]
pub use {
    campaign::{Campaign, Caught},
    decompile::{decompile, decompile_in},
    differential::{KEYS, LinkedReference, differential, is_well_formed, mint_context, trust},
    discovery::parse_discovery,
    json_web_token_verifier::JsonWebTokenVerifier,
    mutate::{Mutator, crossover, mutate},
    own_formats::{recipe, scenario_file},
    parse_jwks::parse_jwks,
    verify::{Linked, fixed, verify},
    www_authenticate::www_authenticate,
};

/// Bytes of the longest input that a body looks at. No real token is longer, and what takes
/// more than linear time shows below it.
pub const LONGEST_INPUT: usize = 64 << 10;

/// The parts of a token that a parser reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Members of the header.
    pub header: Map<String, Value>,
    /// Members of the payload.
    pub claims: Map<String, Value>,
    /// The bytes of the signature; nothing if they are not handed out.
    pub signature: Option<Vec<u8>>,
}

/// Something that reads a compact JWS without verifying it.
pub trait Parser {
    /// The name in reports.
    fn name(&self) -> &str;

    /// Reads a token, or says why not.
    ///
    /// # Errors
    ///
    /// If it is no compact JWS with two JSON objects.
    fn parse(&self, token: &str) -> Result<Parsed, String>;

    /// True if [`Parsed`] holds this member where the token has it. Others are not compared.
    fn hands_out(&self, _part: Part, _name: &str) -> bool {
        true
    }

    /// Where it is known to depart from [`Strict`].
    fn known(&self) -> &[Known] {
        &[]
    }
}

/// A verifier under one trust, in the same process.
pub trait LinkedVerifier {
    /// The name in reports.
    fn name(&self) -> &str;

    /// Verifies a token, or says why not.
    ///
    /// # Errors
    ///
    /// If the token is refused.
    fn accepts(&self, token: &str) -> Result<(), String>;

    /// The reason for which it refuses a token, if it names one.
    fn reason(&self, _token: &str) -> Option<Reason> {
        None
    }

    /// Where it is known to depart from the reference.
    fn known(&self) -> &[Known] {
        &[]
    }
}
