#![no_main]

use jsonwebtoken_verifier_fuzz::{KNOWN, Ours};

jwtspec::fuzz_verifier!(Ours, known: &KNOWN);
