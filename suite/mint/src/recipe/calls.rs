//! Signature faults and text edits, as they are written: `flip(3)`, `append(.x)`.

use std::fmt;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{split_call, unknown_call};
use crate::octets::Octets;

/// A fault done to the octets of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// No octets at all.
    Strip,
    /// One bit changed; negative counts from the end.
    Flip(i64),
    /// Zeros instead.
    Zeros,
    /// Only the first octets.
    Truncate(usize),
    /// Octets behind it.
    Append(Vec<u8>),
    /// Octets before it.
    Prepend(Vec<u8>),
    /// These octets instead.
    Bytes(Vec<u8>),
    /// A true signature of a token with another subject.
    OfAnotherToken,
    /// Signed over the claims unencoded, as RFC 7797 would.
    OverRawClaims,
    /// ECDSA: as a DER sequence.
    Der,
    /// ECDSA: s before r.
    Swap,
    /// ECDSA: r is zero.
    RZero,
    /// ECDSA: s is zero.
    SZero,
    /// ECDSA: r is the group order.
    ROrder,
    /// ECDSA: s is the group order.
    SOrder,
    /// ECDSA: order minus s, which is as valid as s.
    NegateS,
    /// ECDSA: valid, and r starts with a zero octet.
    LeadingZero,
    /// ECDSA: that zero octet left out.
    LeadingZeroRemoved,
    /// RSA: the modulus added.
    AddModulus,
    /// Ed25519: the group order added to S.
    AddOrder,
}

/// An edit of the finished token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextEdit {
    /// Characters behind it.
    Append(String),
    /// Characters before it.
    Prepend(String),
    /// The signature and its period dropped.
    TwoSegments,
    /// The header alone.
    OneSegment,
    /// The header segment emptied after signing.
    EmptyHeader,
    /// The claims segment emptied after signing.
    EmptyClaims,
    /// Two more segments, as a JWE has.
    FiveSegments,
    /// Flattened JSON serialisation (RFC 7515 section 7.2.2).
    JsonFlattened,
    /// General JSON serialisation (RFC 7515 section 7.2.1).
    JsonGeneral,
    /// A JSON serialisation that also splits into three segments.
    JsonPolyglot,
    /// The claims' text itself as the middle segment.
    UnencodedClaims,
    /// One bit of the header's octets changed after signing; counted anew beyond the last.
    FlipHeader(i64),
    /// One bit of the claims' octets changed after signing; counted anew beyond the last.
    FlipClaims(i64),
}

const FAULTS: [&str; 20] = [
    "strip",
    "flip(N)",
    "zeros",
    "truncate(N)",
    "append(HEX)",
    "prepend(HEX)",
    "bytes(HEX)",
    "of-another-token",
    "over-raw-claims",
    "der",
    "swap",
    "r-zero",
    "s-zero",
    "r-order",
    "s-order",
    "negate-s",
    "leading-zero",
    "leading-zero-removed",
    "add-modulus",
    "add-order",
];

const EDITS: [&str; 13] = [
    "append(TEXT)",
    "prepend(TEXT)",
    "two-segments",
    "one-segment",
    "empty-header",
    "empty-claims",
    "five-segments",
    "json-flattened",
    "json-general",
    "json-polyglot",
    "unencoded-claims",
    "flip-header(N)",
    "flip-claims(N)",
];

impl SignatureFault {
    fn parse(text: &str) -> Option<Self> {
        Some(match split_call(text)? {
            ("strip", None) => Self::Strip,
            ("flip", Some(bit)) => Self::Flip(bit.parse().ok()?),
            ("zeros", None) => Self::Zeros,
            ("truncate", Some(octets)) => Self::Truncate(octets.parse().ok()?),
            ("append", Some(hex)) => Self::Append(octets(hex)?),
            ("prepend", Some(hex)) => Self::Prepend(octets(hex)?),
            ("bytes", Some(hex)) => Self::Bytes(octets(hex)?),
            ("of-another-token", None) => Self::OfAnotherToken,
            ("over-raw-claims", None) => Self::OverRawClaims,
            ("der", None) => Self::Der,
            ("swap", None) => Self::Swap,
            ("r-zero", None) => Self::RZero,
            ("s-zero", None) => Self::SZero,
            ("r-order", None) => Self::ROrder,
            ("s-order", None) => Self::SOrder,
            ("negate-s", None) => Self::NegateS,
            ("leading-zero", None) => Self::LeadingZero,
            ("leading-zero-removed", None) => Self::LeadingZeroRemoved,
            ("add-modulus", None) => Self::AddModulus,
            ("add-order", None) => Self::AddOrder,
            _ => return None,
        })
    }
}

impl SignatureFault {
    /// As it is written in a file; [`fmt::Display`] is for people.
    pub fn written(&self) -> String {
        match self {
            Self::Flip(bit) => format!("flip({bit})"),
            Self::Truncate(count) => format!("truncate({count})"),
            Self::Append(octets) => format!("append({})", hex(octets)),
            Self::Prepend(octets) => format!("prepend({})", hex(octets)),
            Self::Bytes(octets) => format!("bytes({})", hex(octets)),
            plain => plain.word().to_owned(),
        }
    }

    /// Its name, without what stands between parentheses.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Strip => "strip",
            Self::Flip(_) => "flip",
            Self::Zeros => "zeros",
            Self::Truncate(_) => "truncate",
            Self::Append(_) => "append",
            Self::Prepend(_) => "prepend",
            Self::Bytes(_) => "bytes",
            Self::OfAnotherToken => "of-another-token",
            Self::OverRawClaims => "over-raw-claims",
            Self::Der => "der",
            Self::Swap => "swap",
            Self::RZero => "r-zero",
            Self::SZero => "s-zero",
            Self::ROrder => "r-order",
            Self::SOrder => "s-order",
            Self::NegateS => "negate-s",
            Self::LeadingZero => "leading-zero",
            Self::LeadingZeroRemoved => "leading-zero-removed",
            Self::AddModulus => "add-modulus",
            Self::AddOrder => "add-order",
        }
    }
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strip => f.write_str("removed"),
            Self::Flip(bit) => write!(f, "bit {bit} flipped"),
            Self::Zeros => f.write_str("replaced by zeros"),
            Self::Truncate(count) => write!(f, "cut to its first {count} octets"),
            Self::Append(octets) => write!(f, "{} octets appended", octets.len()),
            Self::Prepend(octets) => write!(f, "{} octets put before it", octets.len()),
            Self::Bytes(octets) => write!(f, "replaced by {} fixed octets", octets.len()),
            Self::OfAnotherToken => f.write_str("taken from a token with another `sub`"),
            Self::OverRawClaims => f.write_str("made over the claims unencoded"),
            Self::Der => f.write_str("r and s as a DER sequence"),
            Self::Swap => f.write_str("r and s swapped"),
            Self::RZero => f.write_str("r set to zero"),
            Self::SZero => f.write_str("s set to zero"),
            Self::ROrder => f.write_str("r set to the group order"),
            Self::SOrder => f.write_str("s set to the group order"),
            Self::NegateS => f.write_str("s replaced by the group order minus s"),
            Self::LeadingZero => f.write_str("chosen so that r starts with a zero octet"),
            Self::LeadingZeroRemoved => f.write_str("the leading zero octet of r left out"),
            Self::AddModulus => f.write_str("the modulus added"),
            Self::AddOrder => f.write_str("the group order added to S"),
        }
    }
}

impl TextEdit {
    fn parse(text: &str) -> Option<Self> {
        Some(match split_call(text)? {
            ("append", Some(text)) => Self::Append(text.to_owned()),
            ("prepend", Some(text)) => Self::Prepend(text.to_owned()),
            ("two-segments", None) => Self::TwoSegments,
            ("one-segment", None) => Self::OneSegment,
            ("empty-header", None) => Self::EmptyHeader,
            ("empty-claims", None) => Self::EmptyClaims,
            ("five-segments", None) => Self::FiveSegments,
            ("json-flattened", None) => Self::JsonFlattened,
            ("json-general", None) => Self::JsonGeneral,
            ("json-polyglot", None) => Self::JsonPolyglot,
            ("unencoded-claims", None) => Self::UnencodedClaims,
            ("flip-header", Some(bit)) => Self::FlipHeader(bit.parse().ok()?),
            ("flip-claims", Some(bit)) => Self::FlipClaims(bit.parse().ok()?),
            _ => return None,
        })
    }
}

impl TextEdit {
    /// As it is written in a file; [`fmt::Display`] is for people.
    pub fn written(&self) -> String {
        match self {
            Self::Append(text) => format!("append({text})"),
            Self::Prepend(text) => format!("prepend({text})"),
            Self::FlipHeader(bit) => format!("flip-header({bit})"),
            Self::FlipClaims(bit) => format!("flip-claims({bit})"),
            plain => plain.word().to_owned(),
        }
    }

    /// Its name, without what stands between parentheses.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Append(_) => "append",
            Self::Prepend(_) => "prepend",
            Self::TwoSegments => "two-segments",
            Self::OneSegment => "one-segment",
            Self::EmptyHeader => "empty-header",
            Self::EmptyClaims => "empty-claims",
            Self::FiveSegments => "five-segments",
            Self::JsonFlattened => "json-flattened",
            Self::JsonGeneral => "json-general",
            Self::JsonPolyglot => "json-polyglot",
            Self::UnencodedClaims => "unencoded-claims",
            Self::FlipHeader(_) => "flip-header",
            Self::FlipClaims(_) => "flip-claims",
        }
    }
}

impl fmt::Display for TextEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Append(text) => write!(f, "{text:?} appended"),
            Self::Prepend(text) => write!(f, "{text:?} put before it"),
            Self::TwoSegments => f.write_str("signature segment and its period dropped"),
            Self::OneSegment => f.write_str("everything but the header segment dropped"),
            Self::EmptyHeader => f.write_str("header segment emptied after signing"),
            Self::EmptyClaims => f.write_str("claims segment emptied after signing"),
            Self::FiveSegments => f.write_str("two segments appended"),
            Self::JsonFlattened => f.write_str("as flattened JSON serialisation"),
            Self::JsonGeneral => f.write_str("as general JSON serialisation"),
            Self::JsonPolyglot => f.write_str("as JSON that also splits into three segments"),
            Self::UnencodedClaims => f.write_str("claims not base64url-encoded"),
            Self::FlipHeader(bit) => write!(f, "bit {bit} of the header flipped after signing"),
            Self::FlipClaims(bit) => write!(f, "bit {bit} of the claims flipped after signing"),
        }
    }
}

fn hex(octets: &[u8]) -> String {
    Octets(octets.to_vec()).to_string()
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    hex.parse().ok().map(|Octets(octets)| octets)
}

/// Implements reading, writing and schema for a list of calls.
macro_rules! calls {
    ($name:ident, $what:literal, $known:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text)
                    .ok_or_else(|| serde::de::Error::custom(unknown_call($what, &text, &$known)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.written())
            }
        }

        #[cfg(feature = "schema")]
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "examples": $known })
            }
        }
    };
}

calls!(SignatureFault, "signature fault", FAULTS);
calls!(TextEdit, "text edit", EDITS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_spelling_parses() {
        let spelled = |usage: &'static str| {
            usage.replace("(N)", "(3)").replace("(HEX)", "(00ff)").replace("(TEXT)", "(.x)")
        };
        for usage in FAULTS.map(spelled) {
            assert_eq!(SignatureFault::parse(&usage).map(|fault| fault.written()), Some(usage));
        }
        for usage in EDITS.map(spelled) {
            assert_eq!(TextEdit::parse(&usage).map(|edit| edit.written()), Some(usage));
        }
        assert_eq!(
            SignatureFault::parse("append(00ff)"),
            Some(SignatureFault::Append(vec![0, 255]))
        );
        assert_eq!(SignatureFault::parse("flip(x)"), None);
        assert_eq!(SignatureFault::parse("append(0)"), None);
        assert_eq!(TextEdit::parse("append(.x"), None);
    }
}
