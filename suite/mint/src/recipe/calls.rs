//! Signature faults and text edits, as they are written: `flip(3)`, `append(.x)`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{PaddingFault, split_call, unknown_call};
use crate::hex::HexBytes;
use jwtspec_types::members::json_schema_of;

/// Defines an enum of calls: for each variant its word and usage in files, and its description for
/// people.
macro_rules! calls {
    (
        $(#[$meta:meta])*
        $name:ident, $what:literal;
        $(
            $(#[$about:meta])*
            $variant:ident $(($argument:ident: $($type:tt)+))? = $word:literal $($usage:literal)?,
            $format:literal $(, $value:expr)?;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about])* $variant $(($($type)+))?,)+
        }

        impl $name {
            const USAGES: &[&str] = &[$(concat!($word $(, $usage)?)),+];

            fn parse(text: &str) -> Option<Self> {
                let (word, argument) = split_call(text)?;
                match word {
                    $($word => calls!(@parse argument, $variant $($($type)+)?),)+
                    _ => None,
                }
            }

            /// As it is written in a file; [`fmt::Display`] is for people.
            pub fn written(&self) -> String {
                match self {
                    $(Self::$variant $(($argument))? => calls!(@write $word $($argument $($type)+)?),)+
                }
            }

            /// Its name, without the argument.
            pub(super) const fn word(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant $(($argument))? => write!(f, $format $(, $value)?),)+
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| {
                    serde::de::Error::custom(unknown_call($what, &text, Self::USAGES))
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.written())
            }
        }

        json_schema_of!($name, |_| {
            schemars::json_schema!({ "type": "string", "examples": Self::USAGES })
        });
    };
    (@parse $argument:ident, $variant:ident) => {
        $argument.is_none().then_some(Self::$variant)
    };
    (@parse $argument:ident, $variant:ident Vec<u8>) => {
        $argument?.parse().ok().map(|HexBytes(bytes)| Self::$variant(bytes))
    };
    (@parse $argument:ident, $variant:ident $type:ty) => {
        $argument?.parse().ok().map(Self::$variant)
    };
    (@write $word:literal) => {
        $word.to_owned()
    };
    (@write $word:literal $argument:ident Vec<u8>) => {
        format!("{}({})", $word, HexBytes($argument.clone()))
    };
    (@write $word:literal $argument:ident $type:ty) => {
        format!("{}({})", $word, $argument)
    };
}

calls! {
    /// A fault done to the bytes of a signature.
    SignatureFault, "signature fault";

    /// No bytes at all.
    Strip = "strip", "removed";
    /// One bit changed; negative counts from the end.
    Flip(bit: i64) = "flip" "(N)", "bit {bit} flipped";
    /// Zeros instead.
    Zeros = "zeros", "replaced by zeros";
    /// Only the first bytes.
    Truncate(count: usize) = "truncate" "(N)", "cut to its first {count} bytes";
    /// Bytes behind it.
    Append(bytes: Vec<u8>) = "append" "(HEX)", "{} bytes appended", bytes.len();
    /// Bytes before it.
    Prepend(bytes: Vec<u8>) = "prepend" "(HEX)", "{} bytes put before it", bytes.len();
    /// These bytes instead.
    Bytes(bytes: Vec<u8>) = "bytes" "(HEX)", "replaced by {} fixed bytes", bytes.len();
    /// A true signature of a token with another subject.
    OfAnotherToken = "of-another-token", "taken from a token with another `sub`";
    /// A true signature of a token with another header.
    OfAnotherHeader = "of-another-header", "taken from a token without its header's last member";
    /// Signed over the claims unencoded, as RFC 7797 would.
    OverRawClaims = "over-raw-claims", "made over the claims unencoded";
    /// ECDSA: as a DER sequence.
    Der = "der", "r and s as a DER sequence";
    /// ECDSA: s before r.
    Swap = "swap", "r and s swapped";
    /// ECDSA: r is zero.
    RZero = "r-zero", "r set to zero";
    /// ECDSA: s is zero.
    SZero = "s-zero", "s set to zero";
    /// ECDSA: r is the group order.
    ROrder = "r-order", "r set to the group order";
    /// ECDSA: s is the group order.
    SOrder = "s-order", "s set to the group order";
    /// ECDSA: r is one.
    ROne = "r-one", "r set to one";
    /// ECDSA: s is one.
    SOne = "s-one", "s set to one";
    /// ECDSA: r is the group order minus one.
    RBelowOrder = "r-order-minus-one", "r set to the group order minus one";
    /// ECDSA: s is the group order minus one.
    SBelowOrder = "s-order-minus-one", "s set to the group order minus one";
    /// ECDSA: the group order added to r, where it fits.
    RPlusOrder = "r-plus-order", "the group order added to r";
    /// ECDSA: the group order added to s, where it fits.
    SPlusOrder = "s-plus-order", "the group order added to s";
    /// ECDSA: order minus s, which is as valid as s.
    NegateS = "negate-s", "s replaced by the group order minus s";
    /// ECDSA: valid, and r starts with a zero byte.
    LeadingZero = "leading-zero", "chosen so that r starts with a zero octet";
    /// ECDSA: that zero byte left out.
    LeadingZeroRemoved = "leading-zero-removed", "the leading zero octet of r left out";
    /// ECDSA: the leading zero bytes of r and of s left out.
    LeadingZerosRemoved = "leading-zeros-removed", "the leading zero octets of r and of s left out";
    /// ECDSA: a zero byte before r, and one before s.
    LeadingZerosAdded = "leading-zeros-added", "a zero octet put before r, and one before s";
    /// ECDSA: a byte of 1 before r, and one before s: too wide, and right in their last bytes.
    HighOctetsAdded = "high-octets-added", "an octet of 1 put before r, and one before s";
    /// RSA: the modulus added.
    AddModulus = "add-modulus", "the modulus added";
    /// RSA: the number 1.
    One = "one", "the number 1 instead";
    /// RSA: the modulus.
    Modulus = "modulus", "the modulus instead";
    /// RSA: the modulus minus 1.
    ModulusMinusOne = "modulus-minus-one", "the modulus minus 1 instead";
    /// RSA: the encoded message itself, not raised to the private exponent.
    EncodedMessage = "encoded-message", "the encoded message itself";
    /// RSA: over another encoded message.
    Padding(fault: PaddingFault) = "padding" "(FAULT)", "over {}", fault.about();
    /// RSA with an exponent of 3: a number whose cube is such an encoded message.
    CubeRoot(fault: PaddingFault) = "cube-root" "(FAULT)", "made without the private key: the cube root of {}", fault.about();
    /// Ed25519: the group order added to S.
    AddOrder = "add-order", "the group order added to S";
}

impl SignatureFault {
    /// Returns true if the signature was made over this token, and only its form is another: one
    /// who has no key can make it of a valid token, and of no other.
    pub(crate) fn is_another_form(&self) -> bool {
        match self {
            Self::Append(_)
            | Self::Prepend(_)
            | Self::OverRawClaims
            | Self::Der
            | Self::NegateS
            | Self::LeadingZero
            | Self::LeadingZeroRemoved
            | Self::LeadingZerosRemoved
            | Self::LeadingZerosAdded
            | Self::HighOctetsAdded
            | Self::RPlusOrder
            | Self::SPlusOrder
            | Self::Padding(_)
            | Self::AddModulus
            | Self::AddOrder => true,
            Self::Strip
            | Self::Flip(_)
            | Self::Zeros
            | Self::Truncate(_)
            | Self::Bytes(_)
            | Self::OfAnotherToken
            | Self::OfAnotherHeader
            | Self::Swap
            | Self::RZero
            | Self::SZero
            | Self::ROrder
            | Self::SOrder
            | Self::ROne
            | Self::SOne
            | Self::RBelowOrder
            | Self::SBelowOrder
            | Self::One
            | Self::Modulus
            | Self::ModulusMinusOne
            | Self::EncodedMessage
            | Self::CubeRoot(_) => false,
        }
    }
}

calls! {
    /// An edit of the finished token.
    TextEdit, "text edit";

    /// Characters behind it.
    Append(text: String) = "append" "(TEXT)", "{text:?} appended";
    /// Characters before it.
    Prepend(text: String) = "prepend" "(TEXT)", "{text:?} put before it";
    /// The signature and its period dropped.
    TwoSegments = "two-segments", "signature segment and its period dropped";
    /// The header alone.
    OneSegment = "one-segment", "everything but the header segment dropped";
    /// The header segment emptied after signing.
    EmptyHeader = "empty-header", "header segment emptied after signing";
    /// The claims segment emptied after signing.
    EmptyClaims = "empty-claims", "claims segment emptied after signing";
    /// Two more segments, as a JWE has.
    FiveSegments = "five-segments", "two segments appended";
    /// Flattened JSON serialisation (RFC 7515 section 7.2.2).
    JsonFlattened = "json-flattened", "as flattened JSON serialisation";
    /// General JSON serialisation (RFC 7515 section 7.2.1).
    JsonGeneral = "json-general", "as general JSON serialisation";
    /// A JSON serialisation that also splits into three segments.
    JsonPolyglot = "json-polyglot", "as JSON that also splits into three segments";
    /// General JSON serialisation whose list of signatures is empty.
    JsonGeneralUnsigned = "json-general-unsigned", "as general JSON serialisation, without signatures";
    /// Flattened JSON serialisation that lacks its signature.
    JsonFlattenedUnsigned = "json-flattened-unsigned",
        "as flattened JSON serialisation, without signature";
    /// General JSON serialisation with a wrong signature before the right one.
    JsonWrongFirst = "json-wrong-first",
        "as general JSON serialisation, with a wrong signature before the right one";
    /// General JSON serialisation with a wrong signature behind the right one.
    JsonWrongLast = "json-wrong-last",
        "as general JSON serialisation, with a wrong signature behind the right one";
    /// Flattened JSON serialisation that splits into this header and other claims.
    JsonForged = "json-forged", "as JSON that splits into its header and the claims of another user";
    /// General JSON serialisation that splits into this header and other claims.
    JsonGeneralForged = "json-general-forged",
        "as general JSON that splits into its header and the claims of another user";
    /// No signature: the claims encrypted to the public half of the key (RFC 7516).
    Jwe = "jwe", "not signed, but encrypted to the public key";
    /// The claims' text itself as the middle segment.
    UnencodedClaims = "unencoded-claims", "claims not base64url-encoded";
    /// One bit of the header's bytes changed after signing; counted anew beyond the last.
    FlipHeader(bit: i64) = "flip-header" "(N)", "bit {bit} of the header flipped after signing";
    /// One bit of the claims' bytes changed after signing; counted anew beyond the last.
    FlipClaims(bit: i64) = "flip-claims" "(N)", "bit {bit} of the claims flipped after signing";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_spelling_parses() {
        let spelled = |usage: &&str| {
            let usage = usage.replace("(N)", "(3)").replace("(HEX)", "(00ff)");
            usage.replace("(TEXT)", "(.x)").replace("(FAULT)", "(short)")
        };
        for usage in SignatureFault::USAGES.iter().map(spelled) {
            assert_eq!(SignatureFault::parse(&usage).map(|fault| fault.written()), Some(usage));
        }
        for usage in TextEdit::USAGES.iter().map(spelled) {
            assert_eq!(TextEdit::parse(&usage).map(|edit| edit.written()), Some(usage));
        }
        assert_eq!(
            SignatureFault::parse("append(00ff)"),
            Some(SignatureFault::Append(vec![0, 255]))
        );
        assert_eq!(SignatureFault::parse("flip(x)"), None);
        assert_eq!(SignatureFault::parse("flip"), None);
        assert_eq!(SignatureFault::parse("strip()"), None);
        assert_eq!(SignatureFault::parse("append(0)"), None);
        assert_eq!(TextEdit::parse("append(.x"), None);
    }
}
