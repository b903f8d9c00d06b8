//! A token's text: segments with periods between them (RFC 7515 section 7.1).

use serde_json::{Map, Value};

use super::base64url::{Tolerance, decode_with};
use super::json::{Duplicates, object};

/// A part of a signed token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The header.
    Header,
    /// The payload.
    Claims,
    /// The signature.
    Signature,
}

impl Part {
    /// All three, in their order.
    pub const ALL: [Self; 3] = [Self::Header, Self::Claims, Self::Signature];

    /// Its name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Claims => "payload",
            Self::Signature => "signature",
        }
    }
}

/// Why a text does not have the three segments of a signed token: a whole sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentsFault {
    /// It is in one of the JSON serializations (RFC 7515 section 7.2).
    #[error(
        "the token is in a JSON serialization; send it in the compact one, as three segments with \
         periods between them"
    )]
    JsonSerialization,
    /// It has the five segments of RFC 7516.
    #[error(
        "the token has five segments, so it is encrypted (JWE), and this verifier takes signed \
         tokens only; have the issuer sign it without encrypting it"
    )]
    Encrypted,
    /// It has so many.
    #[error(
        "the token should have three segments with periods between them, but has {0}; check that \
         it was copied whole"
    )]
    Count(usize),
}

/// A text seen as a compact JWS, as far as it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compact<'a> {
    text: &'a str,
}

impl<'a> Compact<'a> {
    /// Any text.
    pub const fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// The number of its segments: one more than it has periods.
    pub fn count(self) -> usize {
        self.text.split('.').count()
    }

    /// The segment at the place of a part, however many there are.
    pub fn segment(self, part: Part) -> Option<&'a str> {
        self.text.split('.').nth(part as usize)
    }

    /// The text behind the last period, or all of it.
    pub fn last(self) -> &'a str {
        self.text.rsplit('.').next().unwrap_or_default()
    }

    /// The three segments, if there are exactly three.
    pub fn three(self) -> Option<[&'a str; 3]> {
        let mut segments = self.text.split('.');
        let three = [segments.next()?, segments.next()?, segments.next()?];
        segments.next().is_none().then_some(three)
    }

    /// The three segments of a signed token.
    ///
    /// # Errors
    ///
    /// If it does not have three, or is in another serialization.
    pub fn segments(self) -> Result<[&'a str; 3], SegmentsFault> {
        if self.text.starts_with('{') {
            return Err(SegmentsFault::JsonSerialization);
        }
        self.three().ok_or_else(|| match self.count() {
            5 => SegmentsFault::Encrypted,
            count => SegmentsFault::Count(count),
        })
    }

    /// The signing input and the segment of the signature: the text around the last period.
    pub fn signing_input(self) -> Option<(&'a str, &'a str)> {
        self.text.rsplit_once('.')
    }

    /// The bytes of a part, if it is there and base64url within the tolerance.
    pub fn bytes(self, part: Part, tolerance: Tolerance) -> Option<Vec<u8>> {
        decode_with(self.segment(part)?, tolerance).ok()
    }

    /// The members of a part, if it is there and an object; of repeated ones the last counts.
    pub fn members(self, part: Part, tolerance: Tolerance) -> Option<Map<String, Value>> {
        object(&self.bytes(part, tolerance)?, Duplicates::TakeLast).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_segments_are_a_signed_token() {
        let fault = |text| Compact::new(text).segments().err();
        assert_eq!(fault(".."), None);
        assert_eq!(fault(""), Some(SegmentsFault::Count(1)));
        assert_eq!(fault("...."), Some(SegmentsFault::Encrypted));
        assert_eq!(fault("{.."), Some(SegmentsFault::JsonSerialization));
        assert_eq!(Compact::new("{..").three(), Some(["{", "", ""]));
    }

    #[test]
    fn what_is_there_can_be_read_from_any_text() {
        let token = Compact::new("e30=.eyJhIjoxLCJhIjoyfQ.c.d");
        assert_eq!(token.members(Part::Header, Tolerance::NONE), None);
        assert_eq!(token.members(Part::Header, Tolerance::PADDING), Some(Map::new()));
        assert_eq!(token.members(Part::Claims, Tolerance::NONE).unwrap()["a"], 2);
        assert_eq!((token.count(), token.last()), (4, "d"));
        assert_eq!(Compact::new("a.b").segment(Part::Signature), None);
    }
}
