//! Base64url without padding (RFC 7515 section 2), read strictly or with tolerance.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use base64::{DecodeError, engine::DecodePaddingMode};

/// Why a text is not base64url: a clause that reads after "the segment".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingFault {
    /// It has `=`.
    #[error("ends in `=` padding; a JWT's base64url goes without")]
    Padding,
    /// It has `+` or `/`.
    #[error("uses the standard base64 alphabet; a JWT's base64url has - and _ for + and /")]
    StandardAlphabet,
    /// Another character is at this position, counted from 1 in bytes.
    #[error("has a character outside the base64url alphabet at position {0}")]
    Foreign(usize),
    /// Its last character has unused bits that are set.
    #[error("ends in unused bits that are not zero, so it was not made by a base64url encoder")]
    TrailingBits,
    /// One character is left over.
    #[error("has a length that no base64url text can have; check that it was copied whole")]
    Length,
}

/// Departures from base64url that a reader accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// Any number of `=` at the end.
    pub padding: bool,
    /// `+` for `-`, and `/` for `_`.
    pub standard_alphabet: bool,
    /// Unused bits of the last character that are not zero.
    pub trailing_bits: bool,
}

impl Tolerance {
    /// Accepts base64url only.
    pub const NONE: Self = Self { padding: false, standard_alphabet: false, trailing_bits: false };
    /// Accepts padding, and nothing else.
    pub const PADDING: Self = Self { padding: true, ..Self::NONE };
    /// Accepts everything that people call base64.
    pub const ALL: Self = Self { padding: true, standard_alphabet: true, trailing_bits: true };
}

const WITH_TRAILING_BITS: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes as base64url.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64url text.
///
/// # Errors
///
/// If it is anything else, with what it is instead.
pub fn decode(text: &str) -> Result<Vec<u8>, EncodingFault> {
    decode_with(text, Tolerance::NONE)
}

/// The bytes of a text that is base64url, or departs from it within the tolerance.
///
/// # Errors
///
/// If it departs further.
pub fn decode_with(text: &str, tolerance: Tolerance) -> Result<Vec<u8>, EncodingFault> {
    let text = if tolerance.padding { text.trim_end_matches('=') } else { text };
    let text = match tolerance.standard_alphabet && text.contains(['+', '/']) {
        true => Cow::Owned(text.replace('+', "-").replace('/', "_")),
        false => Cow::Borrowed(text),
    };
    let engine = if tolerance.trailing_bits { &WITH_TRAILING_BITS } else { &URL_SAFE_NO_PAD };
    engine.decode(text.as_ref()).map_err(|error| EncodingFault::from_error(&text, &error))
}

impl EncodingFault {
    fn from_error(text: &str, error: &DecodeError) -> Self {
        let is_foreign = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'-' && byte != b'_';
        let foreign = text.bytes().enumerate().find(|(_, byte)| is_foreign(*byte));
        match (foreign, error) {
            (Some((_, b'=')), _) => Self::Padding,
            (Some((_, b'+' | b'/')), _) => Self::StandardAlphabet,
            (Some((place, _)), _) => Self::Foreign(place + 1),
            (None, DecodeError::InvalidLastSymbol { .. }) => Self::TrailingBits,
            (None, _) => Self::Length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_departure_has_its_fault_and_its_tolerance() {
        let cases = [
            ("-_8=", EncodingFault::Padding, Tolerance::PADDING),
            (
                "+/8",
                EncodingFault::StandardAlphabet,
                Tolerance { standard_alphabet: true, ..Tolerance::NONE },
            ),
            (
                "-_9",
                EncodingFault::TrailingBits,
                Tolerance { trailing_bits: true, ..Tolerance::NONE },
            ),
        ];
        assert_eq!(decode("-_8"), Ok(vec![0xfb, 0xff]));
        for (text, fault, tolerance) in cases {
            assert_eq!(decode(text), Err(fault), "{text}");
            assert_eq!(decode_with(text, tolerance), Ok(vec![0xfb, 0xff]), "{text}");
            assert_eq!(decode_with(text, Tolerance::ALL), Ok(vec![0xfb, 0xff]), "{text}");
        }
        assert_eq!(decode_with("+/9====", Tolerance::ALL), Ok(vec![0xfb, 0xff]));
        assert_eq!(decode("AA A"), Err(EncodingFault::Foreign(3)));
        assert_eq!(decode_with("AAAAA", Tolerance::ALL), Err(EncodingFault::Length));
    }
}
