//! One connection to a socket (RFC 6455): opened, sent tokens one after the other, listened to,
//! within bounds of time and size.

use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use http::{HeaderName, HeaderValue};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, error::ProtocolError};

use super::answer::{Answer, MOST_BYTES, header_lines};
use super::conversation::{Conversation, End, Line};
use super::fault::{ConnectionFault, Unsent};
use super::http::Observation;
use super::message::Messages;
use super::pattern::Pattern;
use super::request::PreparedRequest;

/// More messages than this, none of which settles it, are a flood.
const MOST_MESSAGES: usize = 4096;
/// The time for reading what came before a further token is sent, and has nothing to do with it.
const STALE_WITHIN: Duration = Duration::from_millis(20);
/// The time that the other side has to close a connection that is no longer needed.
const CLOSE_WITHIN: Duration = Duration::from_millis(100);

/// An open connection.
pub struct Session {
    stream: WebSocketStream<TcpStream>,
    headers: Vec<(String, String)>,
    lines: Vec<Line>,
    /// The number of tokens that it was sent.
    tokens: u32,
    /// The number of times that it said that it accepts.
    accepted: u32,
    bytes: usize,
    timeout: Duration,
    /// The end, if it ended.
    ended: Option<End>,
}

/// Opens a connection, says what is to be said for one token, and closes it.
pub(super) async fn exchange(
    request: &PreparedRequest,
    messages: &Messages,
    timeout: Duration,
) -> Observation {
    match Session::open(request, messages, timeout).await {
        Ok(mut session) => {
            let observation = session.present(messages).await;
            session.close().await;
            observation
        }
        Err(observation) => observation,
    }
}

impl Session {
    /// Opens a connection; what comes may take so long for each token.
    ///
    /// # Errors
    ///
    /// What came back instead.
    pub(crate) async fn open(
        request: &PreparedRequest,
        messages: &Messages,
        timeout: Duration,
    ) -> Result<Self, Observation> {
        let opening = opening(request, messages)
            .map_err(|unsent| Observation::Fault(ConnectionFault::Unsent(unsent)))?;
        let handshake = tokio::time::timeout(timeout, handshake(opening));
        match handshake.await {
            Ok(Ok((stream, response))) => Ok(Self {
                stream,
                headers: header_lines(response.headers()),
                lines: Vec::new(),
                tokens: 0,
                accepted: 0,
                bytes: 0,
                timeout,
                ended: None,
            }),
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => Err(Observation::Fault(ConnectionFault::HandshakeTimeout(timeout))),
        }
    }

    /// The number of tokens that it was sent.
    pub(crate) fn tokens(&self) -> u32 {
        self.tokens
    }

    /// The number of times that it said that it accepts.
    pub(crate) fn accepted(&self) -> u32 {
        self.accepted
    }

    /// Sends what is to be sent for a token, and reads until a message settles it.
    pub(crate) async fn present(&mut self, messages: &Messages) -> Observation {
        let first = if self.tokens == 0 { messages.open.as_slice() } else { &[] };
        if self.tokens > 0 {
            self.pass_over().await;
        }
        self.tokens += 1;
        self.say(first.iter().chain(&messages.send), messages).await
    }

    /// Ends the session of the token before, and reads until a message settles that.
    pub(crate) async fn sign_out(&mut self, messages: &Messages) -> Observation {
        self.pass_over().await;
        self.tokens += 1;
        self.say(messages.sign_out.iter(), messages).await
    }

    /// Listens for a refusal that comes unasked.
    pub(crate) async fn listen(&mut self, messages: &Messages, within: Duration) -> Observation {
        let from = self.lines.len();
        let end = self.read(&[], &messages.reject, Instant::now() + within, within).await;
        self.conversation(from, end, messages)
    }

    async fn say<'m>(
        &mut self,
        texts: impl Iterator<Item = &'m String>,
        messages: &Messages,
    ) -> Observation {
        let (from, deadline) = (self.lines.len(), Instant::now() + self.timeout);
        for text in texts {
            self.lines.push(Line::Sent(text.clone()));
            let sent = self.stream.send(Message::text(text.as_str()));
            // A target that no longer reads may have said why.
            if !matches!(tokio::time::timeout_at(deadline.into(), sent).await, Ok(Ok(()))) {
                break;
            }
        }
        let end = self.read(&messages.accept, &messages.reject, deadline, self.timeout).await;
        self.accepted += u32::from(end == End::Accepted);
        self.conversation(from, end, messages)
    }

    /// Reads until a message matches, the connection ends, or time or room is used up.
    async fn read(
        &mut self,
        accept: &[Pattern],
        reject: &[Pattern],
        deadline: Instant,
        allowed: Duration,
    ) -> End {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        let mut count = 0;
        loop {
            let next = tokio::time::timeout_at(deadline.into(), self.stream.next()).await;
            let Ok(next) = next else { return End::Silent(allowed) };
            let line = match parse_message(next) {
                Ok(Some(line)) => line,
                Ok(None) => continue,
                Err(end) => {
                    self.ended = Some(end.clone());
                    return end;
                }
            };
            let end = match &line {
                Line::Received(text) if reject.iter().any(|it| it.matches(text)) => {
                    Some(End::Refused)
                }
                Line::Received(text) if accept.iter().any(|it| it.matches(text)) => {
                    Some(End::Accepted)
                }
                _ => None,
            };
            count += 1;
            self.bytes += match &line {
                Line::Received(text) | Line::Sent(text) => text.len(),
                Line::Binary(count) => *count,
            };
            self.lines.push(line);
            if let Some(end) = end {
                self.bytes = 0;
                return end;
            }
            if count > MOST_MESSAGES || self.bytes > MOST_BYTES {
                self.ended = Some(End::Flooded);
                return End::Flooded;
            }
        }
    }

    /// Reads what has come already, whatever it is.
    async fn pass_over(&mut self) {
        let deadline = Instant::now() + STALE_WITHIN;
        self.read(&[], &[], deadline, STALE_WITHIN).await;
        self.bytes = 0;
    }

    fn conversation(&self, from: usize, end: End, messages: &Messages) -> Observation {
        let mut conversation = Conversation {
            headers: self.headers.clone(),
            lines: self.lines.clone(),
            from,
            end,
            names_version: None,
            names_identity: None,
        };
        let said = conversation.settling().into_owned();
        let named = |pattern: &Option<Pattern>| pattern.as_ref().map(|it| it.matches(&said));
        conversation.names_version = named(&messages.version);
        conversation.names_identity = named(&messages.identity);
        Observation::Conversation(Box::new(conversation))
    }

    /// Closes the connection, with the code for a purpose fulfilled.
    pub(crate) async fn close(mut self) {
        if self.ended.is_none() {
            // A target that does not answer in time is not waited for.
            let _ = tokio::time::timeout(CLOSE_WITHIN, self.stream.close(None)).await;
        }
    }
}

/// The next line: a message, something that is none, or the end.
fn parse_message(next: Option<Result<Message, Error>>) -> Result<Option<Line>, End> {
    let closed = |code| End::Closed { code, reason: String::new() };
    match next {
        Some(Ok(Message::Text(text))) => Ok(Some(Line::Received(text.as_str().to_owned()))),
        Some(Ok(Message::Binary(bytes))) => Ok(Some(match std::str::from_utf8(&bytes) {
            Ok(text) => Line::Received(text.to_owned()),
            Err(_) => Line::Binary(bytes.len()),
        })),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        Some(Ok(Message::Close(Some(frame)))) => {
            Err(End::Closed { code: frame.code.into(), reason: frame.reason.as_str().to_owned() })
        }
        Some(Ok(Message::Close(None))) => Err(closed(Conversation::NO_CODE)),
        None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => {
            Err(closed(Conversation::NOT_CLOSED))
        }
        Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)))
        | Some(Err(Error::Io(_))) => Err(closed(Conversation::NOT_CLOSED)),
        Some(Err(Error::Capacity(_))) => Err(End::Flooded),
        Some(Err(error)) => Err(End::Broken(error.to_string())),
    }
}

/// The request of the opening handshake (RFC 6455 section 4.1).
fn opening(request: &PreparedRequest, messages: &Messages) -> Result<Request, Unsent> {
    let said = |error: &dyn std::fmt::Display| Unsent::Handshake(error.to_string());
    let mut opening = request.url.as_str().into_client_request().map_err(|error| said(&error))?;
    let fields = opening.headers_mut();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| said(&error))?;
        fields.append(name, HeaderValue::from_bytes(value).map_err(|error| said(&error))?);
    }
    if let Some(subprotocol) = &messages.subprotocol {
        let value = HeaderValue::from_str(subprotocol).map_err(|error| said(&error))?;
        fields.insert("sec-websocket-protocol", value);
    }
    Ok(opening)
}

async fn handshake(
    opening: Request,
) -> Result<(WebSocketStream<TcpStream>, Response), Observation> {
    let (host, port) = (opening.uri().host(), opening.uri().port_u16().unwrap_or(80));
    let host = host.unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|error| Observation::Fault(ConnectionFault::Unreachable(error.to_string())))?;
    // Small messages must not wait for an acknowledgement. A refusal costs speed only.
    let _ = stream.set_nodelay(true);
    let bounds = WebSocketConfig::default()
        .max_message_size(Some(MOST_BYTES))
        .max_frame_size(Some(MOST_BYTES));
    let opened = tokio_tungstenite::client_async_with_config(opening, stream, Some(bounds)).await;
    opened.map_err(|error| match error {
        Error::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            Observation::Answer(Answer {
                status: response.status().as_u16(),
                headers: header_lines(response.headers()),
                body: String::from_utf8_lossy(body).into_owned(),
            })
        }
        error => Observation::Fault(ConnectionFault::Handshake(error.to_string())),
    })
}
