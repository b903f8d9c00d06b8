//! How an issuer answers for one document, down to what no HTTP library would send.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use jwtspec_mint::recipe::{split_call, unknown_call};
use jwtspec_types::advised::Advised;

/// The answer for one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The status.
    pub status: u16,
    /// Header fields, in order, each name once; framing is added when it is sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long the answer is kept back.
    pub delay: Duration,
    /// Whether it carries an `ETag`, and whoever knows it is answered with 304.
    pub etag: bool,
    /// What is wrong on the wire, if anything.
    pub wire: Option<WireFault>,
}

impl Served {
    /// What an honest issuer answers.
    pub fn json(body: String) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.into(),
            delay: Duration::ZERO,
            etag: false,
            wire: None,
        }
    }
}

/// Something that HTTP libraries do not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// The connection is reset once the request was read.
    Reset,
    /// The connection is closed without an answer.
    Close,
    /// Nothing ever comes.
    Hang,
    /// `Content-Length` says all; the connection is closed after so many octets of the body.
    Cut(usize),
    /// Chunked, and closed after so many octets of the body, in the middle of a chunk.
    CutChunk(usize),
    /// Whole and correct, in pieces of 16 octets with so many milliseconds between them.
    Drip(u64),
    /// So many octets of the body, then silence.
    Stall(usize),
    /// White space without end, chunked.
    Endless,
    /// Header fields without end.
    EndlessHead,
    /// A line that is not HTTP.
    NotHttp,
}

const KNOWN: [&str; 10] = [
    "reset",
    "close",
    "hang",
    "cut(N)",
    "cut-chunk(N)",
    "drip(N)",
    "stall(N)",
    "endless",
    "endless-head",
    "not-http",
];

impl FromStr for WireFault {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        let number = |argument: Option<&str>| argument.and_then(|text| text.parse::<usize>().ok());
        let fault = match split_call(text) {
            Some(("reset", None)) => Some(Self::Reset),
            Some(("close", None)) => Some(Self::Close),
            Some(("hang", None)) => Some(Self::Hang),
            Some(("cut", argument)) => number(argument).map(Self::Cut),
            Some(("cut-chunk", argument)) => number(argument).map(Self::CutChunk),
            Some(("drip", Some(argument))) => argument.parse().ok().map(Self::Drip),
            Some(("stall", argument)) => number(argument).map(Self::Stall),
            Some(("endless", None)) => Some(Self::Endless),
            Some(("endless-head", None)) => Some(Self::EndlessHead),
            Some(("not-http", None)) => Some(Self::NotHttp),
            _ => None,
        };
        fault.ok_or_else(|| unknown_call("wire fault", text, &KNOWN))
    }
}

impl fmt::Display for WireFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => f.write_str("reset"),
            Self::Close => f.write_str("close"),
            Self::Hang => f.write_str("hang"),
            Self::Cut(octets) => write!(f, "cut({octets})"),
            Self::CutChunk(octets) => write!(f, "cut-chunk({octets})"),
            Self::Drip(milliseconds) => write!(f, "drip({milliseconds})"),
            Self::Stall(octets) => write!(f, "stall({octets})"),
            Self::Endless => f.write_str("endless"),
            Self::EndlessHead => f.write_str("endless-head"),
            Self::NotHttp => f.write_str("not-http"),
        }
    }
}

impl<'de> Deserialize<'de> for WireFault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for WireFault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for WireFault {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WireFault".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": KNOWN.join(", "),
            "pattern": "^(reset|close|hang|endless|endless-head|not-http|(cut|cut-chunk|drip|stall)\\([0-9]+\\))$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_faults_are_read_as_they_are_written() {
        for text in KNOWN {
            let text = text.replace('N', "20");
            assert_eq!(text.parse::<WireFault>().unwrap().to_string(), text);
        }
        for wrong in ["cut", "cut()", "cut(x)", "reset(1)", "slow", "drip(-1)", ""] {
            assert!(wrong.parse::<WireFault>().is_err(), "{wrong}");
        }
    }
}
