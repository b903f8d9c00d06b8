//! Faults on the wire: responses that HTTP libraries do not send.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::{Answer, Framing};
use super::stream::{Close, Stream};
use jwtspec_mint::recipe::{split_call, unknown_call};
use jwtspec_types::advised::Advised;
use jwtspec_types::members::string_format;

/// Endless responses come at full speed up to this size, so that a client that limits the size of
/// what it reads soon reaches its limit,
const FAST: usize = 16 << 20;
/// then a piece at a time with this pause, so that a client without a limit need not fill its
/// memory.
const PAUSE: Duration = Duration::from_millis(8);
/// The size at which they end after all, so that such a client goes on at some time.
const ENDLESS: usize = 256 << 20;
/// The size of the pieces of an endless response.
const PIECE: usize = 16 << 10;
/// The size of the pieces of a slow response.
const DRIP: usize = 16;

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

/// Sends an answer with a fault. Returns how the connection ends.
///
/// # Errors
///
/// If the client goes away.
pub(super) async fn send_faulty(
    stream: &mut impl Stream,
    fault: WireFault,
    answer: &Answer,
) -> io::Result<Close> {
    let body = &answer.body;
    // The last byte is never among the first ones, or nothing would be missing.
    let first = |bytes: usize| &body[..bytes.min(body.len().saturating_sub(1))];
    let head = |framing| answer.head(framing).into_bytes();
    match fault {
        WireFault::Reset => return Ok(Close::Reset),
        WireFault::Close => {}
        WireFault::Hang => wait_for_end(stream).await,
        WireFault::Cut(bytes) => {
            send(stream, &[&head(Framing::Length), first(bytes)].concat()).await?;
        }
        WireFault::CutChunk(bytes) => {
            let length = format!("{:x}\r\n", body.len());
            let head = head(Framing::Chunked);
            send(stream, &[&head, length.as_bytes(), first(bytes)].concat()).await?;
        }
        WireFault::Drip(milliseconds) => {
            for drop in answer.to_bytes().chunks(DRIP) {
                send(stream, drop).await?;
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            return Ok(Close::Clean);
        }
        WireFault::Stall(bytes) => {
            send(stream, &[&head(Framing::Length), first(bytes)].concat()).await?;
            wait_for_end(stream).await;
        }
        WireFault::Endless => {
            send(stream, &head(Framing::Chunked)).await?;
            let chunk = format!("{PIECE:x}\r\n{:PIECE$}\r\n", "");
            send_endlessly(stream, chunk.as_bytes()).await?;
        }
        WireFault::EndlessHead => {
            send(stream, answer.fields().as_bytes()).await?;
            let field = format!("x-padding: {:1000}.\r\n", ".");
            send_endlessly(stream, field.repeat(PIECE / field.len()).as_bytes()).await?;
        }
        WireFault::NotHttp => {
            send(stream, b"220 mail.example ESMTP, this is not HTTP\r\n").await?;
            return Ok(Close::Clean);
        }
    }
    Ok(Close::Abrupt)
}

/// Sends all of this at once.
pub(super) async fn send(stream: &mut impl Stream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

async fn send_endlessly(stream: &mut impl Stream, piece: &[u8]) -> io::Result<()> {
    for sent in (0..ENDLESS).step_by(piece.len()) {
        send(stream, piece).await?;
        if sent > FAST {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// Sends nothing until the client goes away.
async fn wait_for_end(stream: &mut impl Stream) {
    let mut ignored = [0; 1024];
    while let Ok(1..) = stream.read(&mut ignored).await {}
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
