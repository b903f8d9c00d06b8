//! josekit and jwt-simple, as parsers and verifiers for the fuzz targets, and all of them in one
//! place.

#[cfg(feature = "full")]
mod josekit;
#[cfg(feature = "full")]
mod jwt_simple;
#[cfg(all(test, feature = "full"))]
mod tests;
#[cfg(feature = "full")]
mod verifiers;

use jwtspec_search::fuzz::{JsonWebToken, Parser};

#[cfg(feature = "full")]
pub use josekit::{Josekit, JosekitVerifier};
#[cfg(feature = "full")]
pub use jwt_simple::{JwtSimple, JwtSimpleVerifier};
#[cfg(feature = "full")]
pub use verifiers::{differential, mutate};

/// Every parser that is held to the strict one.
#[cfg(feature = "full")]
pub const PARSERS: [&dyn Parser; 3] = [&JsonWebToken, &Josekit, &JwtSimple];
/// The parser that is held to the strict one; the others are built with the feature `full`.
#[cfg(not(feature = "full"))]
pub const PARSERS: [&dyn Parser; 1] = [&JsonWebToken];

/// Bytes → every parser.
pub fn parse_jwt(data: &[u8]) {
    jwtspec_search::fuzz::parse_jwt(data, &PARSERS);
}
