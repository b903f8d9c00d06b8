//! Faults in the place of an orderly answer: of the connection, or of what came over it.

use std::fmt;
use std::io;
use std::time::Duration;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use super::answer::{MOST_BYTES, MOST_HEAD_BYTES, MOST_LINES};
use super::conversation::End;

/// The reason why nothing that can be read came back over a connection.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionFault {
    /// No answer came in this time.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// No answer to the opening handshake of a socket came in this time.
    #[error("no answer to the opening handshake within {} s", .0.as_secs_f64())]
    HandshakeTimeout(Duration),
    /// No connection was made; the system's words.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The other side reset the connection; the system's words.
    #[error("no readable answer: {0}")]
    Reset(String),
    /// The answer broke off or cannot be read; the words of the HTTP library.
    #[error("no readable answer: {0}")]
    Unreadable(String),
    /// The body of the answer is longer than is read.
    #[error("an answer with a body of more than {MOST_BYTES} octets")]
    Oversized,
    /// The head of the answer is longer than is read.
    #[error("an answer with a head of more than {MOST_HEAD_BYTES} octets")]
    OversizedHead,
    /// The answer has more header lines than are read.
    #[error("an answer with more than {MOST_LINES} header lines")]
    TooManyLines,
    /// The opening handshake of a socket failed; the words of the WebSocket library.
    #[error("the opening handshake failed: {0}")]
    Handshake(String),
    /// The system refused this process a descriptor, memory or a port; its words.
    #[error("the system refused jwtspec a connection: {0}")]
    OutOfResources(String),
    /// Nothing was sent.
    #[error(transparent)]
    Unsent(#[from] Unsent),
}

/// The reason why nothing was sent.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum Unsent {
    /// The URL cannot be parsed; the parser's words.
    #[error("{0}")]
    Url(String),
    /// The URL has a user in it, which no client sends there.
    #[error("the URL has a user in it; name it in a header instead (RFC 9110 section 4.2.4)")]
    User,
    /// The request is malformed HTTP, which is sent by plain `http` only.
    #[error("malformed HTTP can be sent over plain http only")]
    NeedsPlainHttp,
    /// The opening handshake cannot be written; the library's words.
    #[error("no opening handshake: {0}")]
    Handshake(String),
    /// There is no message to send.
    #[error("no message")]
    NoMessage,
    /// This build of jwtspec opens no socket.
    #[error("jwtspec was built without the feature `websocket`")]
    NoWebSocket,
    /// The target has no socket.
    #[error("the target has no socket")]
    NoSocket,
}

/// The reason why there is no orderly answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing readable came back.
    Connection(ConnectionFault),
    /// A status that means neither accept nor reject.
    Status {
        /// The status.
        status: u16,
        /// The answer's message.
        message: String,
    },
    /// A conversation on a socket that ended with neither accept nor reject.
    Conversation(End),
}

impl ConnectionFault {
    /// Returns true if time ran out before an answer came.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::HandshakeTimeout(_))
    }

    /// Returns true if an answer came that is too long to be read.
    pub(crate) fn is_flood(&self) -> bool {
        matches!(self, Self::Oversized | Self::OversizedHead | Self::TooManyLines)
    }

    /// Returns true if nothing came back at all, whatever was sent: the target hangs, or is gone.
    pub(crate) fn is_silence(&self) -> bool {
        self.is_timeout() || matches!(self, Self::Unreachable(_) | Self::Reset(_))
    }

    /// The fault of a connection that was not made.
    pub(super) fn connecting(error: &io::Error, cause: String) -> Self {
        if is_out_of_resources(error) {
            Self::OutOfResources(cause)
        } else {
            Self::Unreachable(cause)
        }
    }

    /// The fault of an answer that could not be read.
    pub(super) fn reading(error: &io::Error, cause: String) -> Self {
        match error.kind() {
            _ if is_out_of_resources(error) => Self::OutOfResources(cause),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Reset(cause),
            _ => Self::Unreadable(cause),
        }
    }
}

/// Returns true if the system refused this process something that the other side has no part in.
pub(crate) fn is_out_of_resources(error: &io::Error) -> bool {
    let refused = error.raw_os_error().map(Errno::from_raw);
    matches!(
        refused,
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::ENOBUFS | Errno::EADDRNOTAVAIL)
    )
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(fault) => fault.fmt(f),
            Self::Status { status, message } => {
                write!(f, "status {status}")?;
                if *status < 500 {
                    f.write_str(", which the target file does not know")?;
                }
                if message.is_empty() { Ok(()) } else { write!(f, ": {message}") }
            }
            Self::Conversation(end @ End::Closed { .. }) => {
                write!(f, "{end}, which the target file does not know")
            }
            Self::Conversation(end) => end.fmt(f),
        }
    }
}
