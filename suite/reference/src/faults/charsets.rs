//! Faults in reading header and claims as text: other encodings than UTF-8, and UTF-8 that is none
//! (RFC 3629).

use super::json_syntax::reread;
use super::{Fault, changed, wrong_check};

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "reads-latin-1",
        "takes each octet for a letter, as ISO 8859-1 has it",
        changed("base64url", |it| reread(it, |bytes| Some(latin_1(bytes)))),
    )
    .caught_by(&[
        "encoding/letters-outside-ascii",
        "encoding/latin-1-claims",
        "encoding/lone-continuation-in-claims",
    ]),
    wrong_check(
        "replaces-invalid-utf-8",
        "puts U+FFFD in the place of what is not UTF-8",
        changed("base64url", |it| {
            reread(it, |bytes| Some(String::from_utf8_lossy(bytes).into_owned()))
        }),
    )
    .caught_by(&[
        "encoding/latin-1-claims",
        "encoding/lone-*",
        "encoding/sequence-cut-short",
        "encoding/above-10ffff",
        "encoding/encoded-*",
        "encoding/overlong-nul-in-sub",
    ]),
    wrong_check(
        "takes-overlong-utf-8",
        "does not look whether UTF-8 is in its shortest form, nor for surrogates",
        changed("base64url", |it| reread(it, |bytes| Some(loose_utf_8(bytes)))),
    )
    .caught_by(&[
        "encoding/overlong-slash-in-*",
        "encoding/encoded-*",
        "encoding/above-10ffff",
    ]),
    wrong_check(
        "guesses-encoding",
        "guesses UTF-16 and UTF-32 by the octets that are zero, or by a byte order mark",
        changed("base64url", |it| reread(it, guessed)),
    )
    .caught_by(&["encoding/utf-16-*", "encoding/utf-32-*"]),
];

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Reads sequences by the length that their first octet states.
fn loose_utf_8(mut bytes: &[u8]) -> String {
    let mut units = Vec::new();
    while let Some((&first, rest)) = bytes.split_first() {
        let length = first.leading_ones() as usize;
        let more = rest.iter().take(length.saturating_sub(1));
        let more = more.take_while(|octet| **octet >> 6 == 0b10);
        let number = match length {
            0 => Some(u32::from(first)),
            2..=4 if more.clone().count() == length - 1 => {
                let start = u32::from(first) & (0x7f >> length);
                Some(more.fold(start, |sum, octet| sum << 6 | u32::from(octet & 0x3f)))
            }
            _ => None,
        };
        bytes = &rest[if number.is_some() { length.saturating_sub(1) } else { 0 }..];
        match number.map(|number| (number, u16::try_from(number), char::from_u32(number))) {
            Some((_, Ok(unit), _)) => units.push(unit),
            Some((_, _, Some(letter))) => units.extend(letter.encode_utf16(&mut [0; 2]).iter()),
            _ => units.push(0xfffd),
        }
    }
    // Two halves of a surrogate pair are one letter then.
    String::from_utf16_lossy(&units)
}

fn guessed(bytes: &[u8]) -> Option<String> {
    let units = |read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        let text = String::from_utf16(&units.collect::<Vec<_>>()).ok()?;
        Some(text.trim_start_matches('\u{feff}').to_owned())
    };
    let letters = |read: fn([u8; 4]) -> u32| {
        let four = bytes.chunks_exact(4).map(|four| read([four[0], four[1], four[2], four[3]]));
        four.map(char::from_u32).collect()
    };
    match bytes {
        [0, 0, 0, _, ..] => letters(u32::from_be_bytes),
        [_, 0, 0, 0, ..] => letters(u32::from_le_bytes),
        [0, ..] | [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        [_, 0, ..] | [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        _ => None,
    }
}
