//! Recipes: descriptions of tokens to mint, written as differences from a valid one.

mod calls;
mod difference;
mod encrypt;
mod padding;
mod value;

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::placeholder::JsonText;
use jwtspec_fixtures::Key;
use jwtspec_types::advised::Advised;
#[cfg(feature = "schema")]
use jwtspec_types::members::one_or_many_schema;
use jwtspec_types::members::{as_one_or_many, json_schema_of, one_or_many, sparse};
use jwtspec_types::nearest::nearest;
use jwtspec_types::words::{Algorithm, words};

pub use calls::{SignatureFault, TextEdit};
pub use difference::{Difference, slug};
pub use encrypt::{Encrypt, EncryptedPart, own_key};
pub use jwtspec_types::words::KeyForm;
pub use padding::PaddingFault;
pub use value::ValueTemplate;

sparse! {
    /// A token to mint: everything that is not said here is as in a valid token.
    ///
    /// `docs/scenarios.md` describes each member as it is written in a file.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Recipe {
        /// Claims to set.
        pub claims: IndexMap<String, ValueTemplate>,
        /// Claims to leave out.
        pub without: Vec<String>,
        /// Header members to set.
        pub header: IndexMap<String, ValueTemplate>,
        /// Header members to leave out.
        pub header_without: Vec<String>,
        /// The JSON text of the claims, instead of the one that would be written.
        pub claims_json: Option<JsonText>,
        /// The JSON text of the header, instead of the one that would be written.
        pub header_json: Option<JsonText>,
        /// Character encodings of the JSON texts.
        pub encoding: Encodings,
        /// Departures of segments from base64url.
        pub base64: Base64Forms,
        /// The issuer that mints the token.
        pub from: Option<String>,
        /// The fixture key that signs.
        pub key: Option<Key>,
        /// The algorithm that is carried out.
        pub alg: Option<Algorithm>,
        /// The key of an HMAC.
        pub secret: Option<Secret>,
        /// RSA PKCS #1 v1.5: the hash that is really used.
        pub digest: Option<Hash>,
        /// RSA-PSS: parameters that RFC 7518 section 3.5 fixes.
        pub pss: Option<Pss>,
        /// Faults done to the signature, in order.
        #[serde(deserialize_with = "one_or_many", serialize_with = "as_one_or_many")]
        #[cfg_attr(feature = "schema", schemars(schema_with = "one_or_many_schema::<SignatureFault>"))]
        pub signature: Vec<SignatureFault>,
        /// Edits done to the finished token, in order.
        #[serde(deserialize_with = "one_or_many", serialize_with = "as_one_or_many")]
        #[cfg_attr(feature = "schema", schemars(schema_with = "one_or_many_schema::<TextEdit>"))]
        pub text: Vec<TextEdit>,
        /// The encryption of the finished token to the verifier's own key.
        pub encrypt: Option<Encrypt>,
        /// This text instead of a token.
        pub literal: Option<String>,
    }
}

sparse! {
    /// Character encodings of the JSON texts.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Encodings {
        /// Of the claims.
        pub claims: Encoding,
        /// Of the header.
        pub header: Encoding,
    }
}

words! {
    /// A character encoding.
    #[derive(Default)]
    Encoding {
        /// As RFC 7515 asks.
        #[default]
        Utf8 = "utf-8",
        /// With a byte order mark.
        Utf8Bom = "utf-8-bom",
        /// Little endian, without byte order mark.
        Utf16Le = "utf-16le",
        /// Big endian, without byte order mark.
        Utf16Be = "utf-16be",
        /// Little endian, without byte order mark.
        Utf32Le = "utf-32le",
        /// Big endian, without byte order mark.
        Utf32Be = "utf-32be",
        /// One byte for each character up to U+00FF.
        Latin1 = "latin-1",
    }
}

sparse! {
    /// Departures of segments from base64url.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Base64Forms {
        /// Of the header.
        pub header: Option<SegmentForm>,
        /// Of the claims.
        pub claims: Option<SegmentForm>,
        /// Of the signature.
        pub signature: Option<SegmentForm>,
    }
}

words! {
    /// A departure from base64url without padding.
    SegmentForm {
        /// With `=`, even where none is due.
        Padded = "padded",
        /// With `+` and `/` for `-` and `_`.
        Standard = "standard",
        /// Unused bits of the last character set.
        TrailingBits = "trailing-bits",
        /// A space inside.
        Space = "space",
        /// A line feed inside.
        Newline = "newline",
        /// A tab inside.
        Tab = "tab",
        /// `%20` inside.
        Percent = "percent",
        /// A tilde inside.
        Tilde = "tilde",
        /// A letter outside ASCII inside.
        NonAscii = "non-ascii",
        /// A tilde for each A, the letter of zero.
        TildeForA = "tilde-for-a",
    }
}

sparse! {
    /// The bytes that key an HMAC.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Secret {
        /// These characters, as UTF-8.
        pub text: Option<String>,
        /// These bytes.
        pub base64url: Option<String>,
        /// The public half of this key, in the form below.
        pub public: Option<Key>,
        /// The form in which the public key was handed to a library.
        pub form: Option<KeyForm>,
        /// Text before it, such as a line feed.
        pub before: String,
        /// True if the text ends in a line feed; by default as tools write it.
        pub final_newline: Option<bool>,
    }
}

sparse! {
    /// RSA-PSS parameters.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Pss {
        /// Length of the salt.
        pub salt: Option<Salt>,
        /// The hash of the mask generation function.
        pub mgf1: Option<Hash>,
    }
}

/// Length of a PSS salt: a number of bytes, or `"max"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Salt {
    /// So many bytes.
    Bytes(usize),
    /// As many as fit.
    Max,
}

words! {
    /// A hash function.
    Hash {
        /// SHA-1, which no JOSE algorithm uses for signatures.
        Sha1 = "SHA-1",
        /// SHA-256.
        Sha256 = "SHA-256",
        /// SHA-384.
        Sha384 = "SHA-384",
        /// SHA-512.
        Sha512 = "SHA-512",
    }
}

impl Encoding {
    /// Its name for people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 with byte order mark",
            Self::Utf16Le => "UTF-16, little endian",
            Self::Utf16Be => "UTF-16, big endian",
            Self::Utf32Le => "UTF-32, little endian",
            Self::Utf32Be => "UTF-32, big endian",
            Self::Latin1 => "one octet a character",
        }
    }
}

impl Recipe {
    /// True for the valid token.
    pub fn is_valid_token(&self) -> bool {
        *self == Self::default()
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Salt;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes or \"max\"")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Salt, E> {
                usize::try_from(number)
                    .map(Salt::Bytes)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Salt, E> {
                match text {
                    "max" => Ok(Salt::Max),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(count) => count.serialize(serializer),
            Self::Max => serializer.serialize_str("max"),
        }
    }
}

json_schema_of!(Salt, |_| {
    schemars::json_schema!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "const": "max" }] })
});

/// A call such as `flip(3)`: its name and the text between the parentheses.
pub fn split_call(text: &str) -> Option<(&str, Option<&str>)> {
    match text.split_once('(') {
        None => Some((text, None)),
        Some((name, rest)) => rest.strip_suffix(')').map(|argument| (name, Some(argument))),
    }
}

/// The mistake of a word that is not in `known`.
pub fn unknown_call(what: &str, text: &str, known: &[&str]) -> Advised {
    let word = |usage| str::split(usage, '(').next().unwrap_or(usage);
    let near = nearest(word(text), known.iter().copied().map(word));
    let usage = known.iter().find(|usage| near == Some(word(usage)));
    let near = usage.map_or_else(String::new, |usage| format!("did you mean `{usage}`? "));
    Advised::new(format!("unknown {what} `{text}`"))
        .advise(format!("{near}known here: {}", known.join(", ")))
}
