//! The answers of an issuer: the serving of one document, its certificate, its port.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::issuer::{Certificate, WireFault};
use jwtspec_mint::placeholder::{JsonText, ValueText};
use jwtspec_mint::recipe::{Encoding, ValueTemplate, unknown_call};
use jwtspec_types::advised::Advised;
use jwtspec_types::members::{sparse, string_format};
use jwtspec_types::timing::Span;

sparse! {
    /// The answer for one document; members that are left out are as an honest issuer has them.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ServeSpec {
        /// Members of the document that are set.
        pub set: IndexMap<String, ValueTemplate>,
        /// Members of the document that are left out.
        pub without: Vec<String>,
        /// This text instead of the document.
        pub body: Option<JsonText>,
        /// The encoding of the text.
        pub encoding: Encoding,
        /// The status (default: 200, or 302 with `redirect`).
        #[serde(deserialize_with = "status")]
        #[cfg_attr(feature = "schema", schemars(range(min = 200, max = 599)))]
        pub status: Option<u16>,
        /// Header fields that are set.
        #[serde(deserialize_with = "fields")]
        pub header: IndexMap<String, ValueText>,
        /// Header fields that are left out.
        pub header_without: Vec<String>,
        /// The URL to which the answer redirects.
        pub redirect: Option<ValueText>,
        /// The time for which the answer is kept back.
        pub delay: Option<Span>,
        /// The content coding.
        pub coding: Option<Coding>,
        /// True if the answer carries an `ETag`, and a client that sends it back is answered with 304.
        pub etag: bool,
        /// The fault on the wire.
        pub wire: Option<WireFault>,
    }
}

/// A content coding (RFC 9110 section 8.4.1), rightly or wrongly used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Coding {
    /// gzip.
    Gzip,
    /// gzip, and behind it 64 MiB of white space before the document.
    GzipBomb,
    /// Says gzip, and is not.
    Mislabelled,
}

/// Over which scheme an issuer is served: plain HTTP, written `"none"`, or HTTPS with this
/// certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsSpec(pub Option<Certificate>);

impl TlsSpec {
    const NONE: &'static str = "none";

    fn words() -> impl Iterator<Item = &'static str> {
        [Self::NONE].into_iter().chain(Certificate::NAMES.iter().copied())
    }
}

impl FromStr for TlsSpec {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        if text == Self::NONE {
            return Ok(Self(None));
        }
        let known: Vec<&str> = Self::words().collect();
        let certificate = text.parse().map_err(|_| unknown_call("certificate", text, &known))?;
        Ok(Self(Some(certificate)))
    }
}

impl fmt::Display for TlsSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.map_or(Self::NONE, Certificate::as_str))
    }
}

string_format!(TlsSpec, { "enum": TlsSpec::words().collect::<Vec<_>>() });

/// The port of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OriginSpec {
    /// One that it shares with other issuers, told apart by path.
    Shared,
    /// One of its own.
    Own,
}

/// Below 200 an answer is not final; what is above 599 is not HTTP.
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let status = u16::deserialize(deserializer)?;
    if (200..600).contains(&status) {
        return Ok(Some(status));
    }
    Err(D::Error::invalid_value(Unexpected::Unsigned(status.into()), &"a status from 200 to 599"))
}

fn fields<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<IndexMap<String, ValueText>, D::Error> {
    let fields = IndexMap::<String, ValueText>::deserialize(deserializer)?;
    for name in fields.keys() {
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(D::Error::custom(
                Advised::new(format!("`{name}` cannot be the name of a header field"))
                    .advise("use letters, digits and hyphens"),
            ));
        }
        if matches!(&*name.to_ascii_lowercase(), "content-length" | "transfer-encoding") {
            return Err(D::Error::custom(
                Advised::new(format!("`{name}` is part of the framing"))
                    .advise("say what is wrong on the wire: `wire = \"cut(20)\"`"),
            ));
        }
    }
    Ok(fields)
}
