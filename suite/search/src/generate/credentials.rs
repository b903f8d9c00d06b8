//! Bytes of an `Authorization` header: anything at all.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::table::TABLE;
use jwtspec_jose::encode;

/// Longest value; servers refuse more than 8 to 64 KiB of header.
const MOST: usize = 80_000;

/// Values of `Authorization`: nothing, text, any bytes, what looks like a token, what no HTTP
/// message may hold, and more than a server reads.
pub fn credentials() -> BoxedStrategy<Vec<u8>> {
    let any = vec(any::<u8>(), 0..64);
    let printable = vec(0x20..0x7f_u8, 0..64);
    let field = vec(prop_oneof![5 => 0x21..0x7f_u8, 1 => 0x80..=0xff_u8, 1 => Just(b' ')], 0..200);
    let control =
        (vec(0x21..0x7f_u8, 0..20), select(vec![0, 1, 7, 8, 0x0a, 0x0b, 0x0d, 0x1b, 0x7f]))
            .prop_map(|(mut bytes, control)| {
                bytes.insert(bytes.len() / 2, control);
                bytes
            });
    let repeated = (select(&TABLE.credentials.repeated[..]), 1..MOST)
        .prop_map(|(part, length)| part.repeat(length / part.len() + 1).into_bytes());
    let rest = prop_oneof![
        3 => any,
        2 => printable,
        2 => field,
        2 => control,
        6 => tokens(),
        1 => repeated,
    ];
    (select(&TABLE.credentials.schemes[..]), rest)
        .prop_map(|(scheme, rest)| [scheme.as_bytes(), &rest].concat())
        .boxed()
}

/// Three segments, more or less, that hold anything.
fn tokens() -> BoxedStrategy<Vec<u8>> {
    let json = select(&TABLE.credentials.json[..]).prop_map(encode);
    let deep = (1..4000_usize).prop_map(|depth| encode("[".repeat(depth)));
    let bytes = vec(any::<u8>(), 0..100).prop_map(encode);
    let segment = prop_oneof![4 => json, 1 => deep, 3 => bytes, 1 => Just(String::new())];
    prop_oneof![4 => vec(segment.clone(), 3), 1 => vec(segment, 0..8)]
        .prop_map(|segments| segments.join(".").into_bytes())
        .boxed()
}
