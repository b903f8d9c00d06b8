//! A whole token, read strictly and without verification.

use serde_json::{Map, Value};

use super::base64url::{EncodingFault, decode};
use super::compact::{Compact, Part, SegmentsFault};
use super::json::{Duplicates, ObjectFault, object};

/// The content of a signed token.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Members of the header.
    pub header: Map<String, Value>,
    /// Members of the payload.
    pub claims: Map<String, Value>,
    /// The bytes of the signature.
    pub signature: Vec<u8>,
}

/// Why a text is no signed token with a header and claims: a whole sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It does not have three segments.
    #[error(transparent)]
    Segments(#[from] SegmentsFault),
    /// A segment is not base64url.
    #[error("the {} segment {fault}", part.as_str())]
    Encoding {
        /// The part.
        part: Part,
        /// The fault of its segment.
        fault: EncodingFault,
    },
    /// A part is not a JSON object with unique names.
    #[error("the {} {fault}", part.as_str())]
    Object {
        /// The part.
        part: Part,
        /// The fault of its content.
        fault: ObjectFault,
    },
}

impl Token {
    /// Reads a token of any size.
    ///
    /// # Errors
    ///
    /// If it is not exactly what RFC 7515 and RFC 7519 describe.
    pub fn read(text: &str) -> Result<Self, TokenFault> {
        let segments = Compact::new(text).segments()?;
        let decoded = |part: Part| decode_part(part, segments[part as usize]);
        let (header, claims) = (decoded(Part::Header)?, decoded(Part::Claims)?);
        let signature = decoded(Part::Signature)?;
        Ok(Self {
            header: parse_part(Part::Header, &header, Duplicates::Refuse)?,
            claims: parse_part(Part::Claims, &claims, Duplicates::Refuse)?,
            signature,
        })
    }
}

/// The bytes of a segment.
///
/// # Errors
///
/// If it is not base64url.
pub fn decode_part(part: Part, segment: &str) -> Result<Vec<u8>, TokenFault> {
    decode(segment).map_err(|fault| TokenFault::Encoding { part, fault })
}

/// The members of a decoded part.
///
/// # Errors
///
/// If it is no object that the policy for repeated names allows.
pub fn parse_part(
    part: Part,
    bytes: &[u8],
    duplicates: Duplicates,
) -> Result<Map<String, Value>, TokenFault> {
    object(bytes, duplicates).map_err(|fault| TokenFault::Object { part, fault })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_is_told() {
        let told = |text: &str| Token::read(text).map_err(|fault| fault.to_string()).map(|_| ());
        assert_eq!(told("e30.e30."), Ok(()));
        let fault = |text: &str| told(text).unwrap_err();
        assert!(fault("e30.e30").starts_with("the token should have three segments"));
        assert_eq!(
            fault("e30.e30=."),
            "the payload segment ends in `=` padding; a JWT's base64url goes without"
        );
        assert_eq!(fault(".e30."), "the header is empty, but should be a JSON object");
        assert_eq!(fault("e30.W10."), "the payload is not a JSON object, but must be");
    }
}
