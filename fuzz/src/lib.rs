//! josekit and jwt-simple, as parsers and verifiers for the fuzz targets, and all of them in one
//! place.

mod josekit;
mod jwt_simple;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use jwtspec_search::fuzz::{
    JsonWebToken, JsonWebTokenVerifier, LinkedReference, LinkedVerifier, Mutator, Parser, mint_context,
    trust,
};

pub use josekit::{Josekit, JosekitVerifier};
pub use jwt_simple::{JwtSimple, JwtSimpleVerifier};

/// Every parser that is held to the strict one.
pub const PARSERS: [&dyn Parser; 3] = [&JsonWebToken, &Josekit, &JwtSimple];

/// Octets → every parser.
pub fn parse_jwt(data: &[u8]) {
    jwtspec_search::fuzz::parse_jwt(data, &PARSERS);
}

/// The reference, and every verifier that is held to it.
type Verifiers = (LinkedReference, [Box<dyn LinkedVerifier + Send + Sync>; 3]);

static VERIFIERS: LazyLock<Verifiers> = LazyLock::new(|| {
    let trust = trust();
    let others: [Box<dyn LinkedVerifier + Send + Sync>; 3] = [
        Box::new(JsonWebTokenVerifier::new(&trust).expect("jsonwebtoken takes the trust")),
        Box::new(JosekitVerifier::new(&trust).expect("josekit takes the trust")),
        Box::new(JwtSimpleVerifier::new(&trust).expect("jwt-simple takes the trust")),
    ];
    (LinkedReference::new(&trust).expect("the reference takes the trust"), others)
});

/// Octets → every verifier, under one trust.
pub fn differential(data: &[u8]) {
    let (reference, others) = &*VERIFIERS;
    let others: [&dyn LinkedVerifier; 3] = std::array::from_fn(|place| &*others[place] as _);
    jwtspec_search::fuzz::differential(data, reference, &others);
}

static SETTING: LazyLock<jwtspec_mint::context::MintContext> = LazyLock::new(mint_context);

/// Mutates a token towards the trust of [`differential`], and signs it anew.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    octets: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    Mutator::new(&SETTING).mutate(data, size, max_size, seed, octets)
}
