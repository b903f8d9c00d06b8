//! Single bits flipped after signing.

use proptest::prelude::*;

use super::Differences;
use jwtspec_mint::recipe::{Difference, SignatureFault, TextEdit};

/// One bit of header, claims or signature flipped. The bit is counted from either end, and within
/// the shortest signature.
pub fn bit_flips() -> Differences {
    let near = || prop_oneof![3 => 0..256_i64, 1 => -256..0_i64];
    let far = || prop_oneof![2 => 0..2048_i64, 1 => -256..0_i64];
    prop_oneof![
        far().prop_map(|bit| Difference::Text(TextEdit::FlipHeader(bit))),
        far().prop_map(|bit| Difference::Text(TextEdit::FlipClaims(bit))),
        near().prop_map(|bit| Difference::Signature(SignatureFault::Flip(bit))),
    ]
    .prop_map(|flip| vec![flip])
    .boxed()
}
