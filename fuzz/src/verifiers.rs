//! Every verifier in one place.

use std::sync::LazyLock;

use jwtspec_mint::context::MintContext;
use jwtspec_search::fuzz::{
    JsonWebTokenVerifier, LinkedReference, LinkedVerifier, Mutator, mint_context, trust,
};

use crate::{JosekitVerifier, JwtSimpleVerifier};

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

/// Bytes → every verifier, under one trust.
pub fn differential(data: &[u8]) {
    let (reference, others) = &*VERIFIERS;
    let others: [&dyn LinkedVerifier; 3] = std::array::from_fn(|place| &*others[place] as _);
    jwtspec_search::fuzz::differential(data, reference, &others);
}

static CONTEXT: LazyLock<MintContext> = LazyLock::new(mint_context);

/// Mutates a token towards the trust of [`differential`], and signs it anew.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    bytes: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    Mutator::new(&CONTEXT).mutate(data, size, max_size, seed, bytes)
}
