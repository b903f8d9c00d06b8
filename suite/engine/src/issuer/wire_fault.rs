//! Faults on the wire: responses that HTTP libraries do not send.

use std::fmt;
use std::str::FromStr;

use jwtspec_mint::recipe::{split_call, unknown_call};
use jwtspec_types::advised::Advised;
use jwtspec_types::members::string_format;

/// Something that HTTP libraries do not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// The connection is reset once the request was read.
    Reset,
    /// The connection is closed without a response.
    Close,
    /// Nothing ever comes.
    Hang,
    /// `Content-Length` says all; the connection is closed after so many bytes of the body.
    Cut(usize),
    /// Chunked, and closed after so many bytes of the body, in the middle of a chunk.
    CutChunk(usize),
    /// Whole and correct, in pieces of 16 bytes with so many milliseconds between them.
    Drip(u64),
    /// So many bytes of the body, then silence.
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
        let unknown = || unknown_call("wire fault", text, &KNOWN);
        let (name, argument) = split_call(text).ok_or_else(unknown)?;
        Ok(match (name, argument.map(str::parse)) {
            ("reset", None) => Self::Reset,
            ("close", None) => Self::Close,
            ("hang", None) => Self::Hang,
            ("cut", Some(Ok(bytes))) => Self::Cut(bytes),
            ("cut-chunk", Some(Ok(bytes))) => Self::CutChunk(bytes),
            ("drip", Some(Ok(milliseconds))) => Self::Drip(milliseconds as u64),
            ("stall", Some(Ok(bytes))) => Self::Stall(bytes),
            ("endless", None) => Self::Endless,
            ("endless-head", None) => Self::EndlessHead,
            ("not-http", None) => Self::NotHttp,
            _ => return Err(unknown()),
        })
    }
}

impl fmt::Display for WireFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => f.write_str("reset"),
            Self::Close => f.write_str("close"),
            Self::Hang => f.write_str("hang"),
            Self::Cut(bytes) => write!(f, "cut({bytes})"),
            Self::CutChunk(bytes) => write!(f, "cut-chunk({bytes})"),
            Self::Drip(milliseconds) => write!(f, "drip({milliseconds})"),
            Self::Stall(bytes) => write!(f, "stall({bytes})"),
            Self::Endless => f.write_str("endless"),
            Self::EndlessHead => f.write_str("endless-head"),
            Self::NotHttp => f.write_str("not-http"),
        }
    }
}

string_format!(WireFault, {
    "type": "string",
    "description": KNOWN.join(", "),
    "pattern": "^(reset|close|hang|endless|endless-head|not-http|(cut|cut-chunk|drip|stall)\\([0-9]+\\))$",
});

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
