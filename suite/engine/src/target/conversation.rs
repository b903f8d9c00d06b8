//! Conversations on a socket, and their ends.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::request::{PreparedRequest, websocat};

/// The conversation on a socket because of one token, and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Header lines of the answer to the opening handshake.
    pub headers: Vec<(String, String)>,
    /// The messages on the connection, in order, from its beginning.
    pub lines: Vec<Line>,
    /// The place of the first line because of this token.
    pub from: usize,
    /// The end.
    pub end: End,
    /// True if the message that settled it names the version of the token; nothing if the target
    /// file does not say how.
    pub names_version: Option<bool>,
    /// True if it names the identity of the token; nothing if the target file does not say how.
    pub names_identity: Option<bool>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// One that was sent.
    Sent(String),
    /// One that came, as text or as bytes that are UTF-8.
    Received(String),
    /// Another one that came; its length in bytes.
    Binary(usize),
}

/// The end of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The last line means accept.
    Accepted,
    /// The last line means reject.
    Refused,
    /// The other side closed the connection (RFC 6455 section 7.1.5): 1005 without a code, 1006
    /// without a closing handshake.
    Closed {
        /// The status code.
        code: u16,
        /// The reason that it gives.
        reason: String,
    },
    /// Nothing that the target file knows came in this time.
    Silent(Duration),
    /// More came than is read.
    Flooded,
    /// The other side breaks RFC 6455.
    Broken(String),
}

impl Conversation {
    /// The code of a connection that is closed without one (RFC 6455 section 7.4.1).
    pub const NO_CODE: u16 = 1005;
    /// The code of one that ends without a closing handshake.
    pub const NOT_CLOSED: u16 = 1006;

    /// The code with which the other side closed the connection.
    pub fn close_code(&self) -> Option<u16> {
        match self.end {
            End::Closed { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Returns true if it ended with a closing handshake.
    pub(crate) fn is_closed_in_order(&self) -> bool {
        self.close_code().is_some_and(|code| code != Self::NOT_CLOSED)
    }

    /// The messages that came because of this token.
    pub fn received(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.lines.iter().skip(self.from).filter_map(|line| match line {
            Line::Received(text) => Some(text.as_str()),
            Line::Sent(_) | Line::Binary(_) => None,
        })
    }

    /// The text that settled it: the last message, or the reason of the closing.
    pub fn settling(&self) -> Cow<'_, str> {
        let last = || self.received().next_back().unwrap_or_default();
        match &self.end {
            End::Closed { reason, .. } if !reason.is_empty() => reason.into(),
            End::Closed { code, .. } if last().is_empty() => format!("closed with {code}").into(),
            _ => last().into(),
        }
    }

    /// The same as an answer, for checks that apply whatever carried it. The status
    /// is the code of the closing, or 101; the body has every message that came, one a line.
    pub fn answer(&self) -> Answer {
        let mut body = self.received().collect::<Vec<_>>().join("\n");
        if let End::Closed { code, reason } = &self.end {
            body = format!("{body}\nclosed with {code} {reason}").trim().to_owned();
        }
        let status = self.close_code().unwrap_or(Answer::SWITCHED);
        Answer { status, headers: self.headers.clone(), body }
    }

    /// The whole of it for people: `>` for what was sent, `<` for what came.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Sent(message) => text.push_str(&format!("> {message}\n")),
                Line::Received(message) => text.push_str(&format!("< {message}\n")),
                Line::Binary(count) => text.push_str(&format!("< {count} octets, not UTF-8\n")),
            }
        }
        match &self.end {
            End::Accepted | End::Refused => {}
            End::Closed { .. } | End::Silent(_) | End::Flooded | End::Broken(_) => {
                text.push_str(&format!("({})\n", self.end));
            }
        }
        text
    }

    /// A command line that says the same again.
    pub fn command_line(&self, request: &PreparedRequest) -> String {
        let sent = self.lines.iter().filter_map(|line| match line {
            Line::Sent(message) => Some(message.as_str()),
            Line::Received(_) | Line::Binary(_) => None,
        });
        websocat(request, sent)
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused => f.write_str("refused"),
            Self::Closed { code: Conversation::NO_CODE, .. } => {
                f.write_str("closed without a code")
            }
            Self::Closed { code: Conversation::NOT_CLOSED, .. } => {
                f.write_str("the connection ended without a closing handshake")
            }
            Self::Closed { code, reason } if reason.is_empty() => write!(f, "closed with {code}"),
            Self::Closed { code, reason } => write!(f, "closed with {code}: {reason}"),
            Self::Silent(after) => write!(
                f,
                "no message that the target file knows within {} s",
                after.as_millis() as f64 / 1000.0
            ),
            Self::Flooded => f.write_str("more messages than are read, and none settles it"),
            Self::Broken(what) => write!(f, "not a WebSocket conversation: {what}"),
        }
    }
}
