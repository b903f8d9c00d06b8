//! The presentation of a token, as a target file states it: in a request, or on a socket.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::message::MessageTemplate;
use crate::scenario::Method;
use jwtspec_driver::Number;
use jwtspec_types::timing::Span;

/// The way in which a token is presented.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Present {
    /// In an HTTP request, or on a WebSocket.
    pub kind: Kind,
    /// `http`: the request that carries it.
    pub request: Option<RequestTable>,
    /// The time that an answer may take (default 10 s).
    pub timeout: Option<Span>,
    /// `websocket`: the path, a template, for targets that are not drivers (default `/`).
    pub path: Option<String>,
    /// `websocket`: header fields of the opening handshake. Templates.
    pub header: IndexMap<String, MessageTemplate>,
    /// `websocket`: the subprotocol that is asked for (RFC 6455 section 1.9).
    pub subprotocol: Option<String>,
    /// `websocket`: messages sent once a connection, before the first token. Templates.
    pub open: Vec<MessageTemplate>,
    /// `websocket`: messages sent for each token. Templates.
    pub send: Vec<MessageTemplate>,
    /// `websocket`: messages that end the session of a token, and not the connection. Templates.
    pub sign_out: Vec<MessageTemplate>,
    /// `websocket`: whether one connection takes one token or, one after the other, many
    /// (default: many if `send` says `{{ version }}` or `{{ accepted }}`, else one).
    pub tokens: Option<Number>,
}

/// The carrier of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An HTTP request.
    #[default]
    Http,
    /// Messages on a WebSocket (RFC 6455).
    WebSocket,
}

/// The request that carries a token. Strings are templates.
#[derive(Clone, Debug, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RequestTable {
    /// The method.
    pub method: Method,
    /// The path, for targets that are not drivers.
    pub path: String,
    /// Header fields.
    pub header: IndexMap<String, String>,
    /// The body.
    pub body: Option<String>,
}

impl RequestTable {
    /// The place of the token in a header field or in the body.
    pub const TOKEN: &'static str = "{{ token }}";

    /// The only form of `Authorization` that `request` of a scenario can bend.
    pub const BEARER: &'static str = "Bearer {{ token }}";

    /// Returns true if the token is taken in `Authorization: Bearer`.
    pub fn is_bearer(&self) -> bool {
        self.header.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("authorization") && value == Self::BEARER
        })
    }
}

impl Default for RequestTable {
    fn default() -> Self {
        let header = [("authorization".to_owned(), Self::BEARER.to_owned())];
        Self {
            method: Method::Get,
            path: "/".to_owned(),
            header: header.into_iter().collect(),
            body: None,
        }
    }
}

impl Present {
    /// Returns true if tokens are presented on a socket.
    pub fn is_socket(&self) -> bool {
        self.kind == Kind::WebSocket
    }

    /// The request that carries a token, the usual one if the file says none.
    pub fn request(&self) -> Cow<'_, RequestTable> {
        self.request.as_ref().map_or_else(|| Cow::Owned(RequestTable::default()), Cow::Borrowed)
    }

    /// The path at which tokens are presented, a template.
    pub fn path(&self) -> Cow<'_, str> {
        match (self.kind, &self.request) {
            (Kind::WebSocket, _) => self.path.as_deref().unwrap_or("/").into(),
            (Kind::Http, Some(request)) => request.path.as_str().into(),
            (Kind::Http, None) => "/".into(),
        }
    }

    /// The number of tokens that one connection takes, one after the other.
    pub fn tokens(&self) -> Number {
        let counts = self
            .send
            .iter()
            .any(|message| message.mentions("version") || message.mentions("accepted"));
        self.tokens.unwrap_or(if counts { Number::Many } else { Number::One })
    }
}
