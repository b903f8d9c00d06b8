//! Handles one connection: reads its request and answers it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use http::header::DATE;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::{Answer, Framing};
use super::faults::{send, send_faulty};
use super::ledger::LedgerEntry;
use super::listener::Handle;
use super::registry::{ListenerId, Registry};
use super::request::{RequestError, read_request};
use super::stream::{Close, Stream, close};
use super::tls::TlsAcceptor;

/// The time that a client may take to agree on encryption.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The handler of connections to one listener of ours.
#[derive(Clone)]
pub(super) struct ConnectionHandler {
    pub(super) listener: ListenerId,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) registry: Arc<Registry>,
}

impl ConnectionHandler {
    /// The functions that a listener calls.
    pub(super) fn into_handle(self) -> Handle {
        let registry = Arc::clone(&self.registry);
        Handle {
            connection: Box::new(move |stream| self.clone().handle(stream).boxed()),
            refusal: Box::new(move |error| registry.note_refusal(error)),
        }
    }

    /// Handles a connection from its beginning to its end.
    async fn handle(self, stream: TcpStream) {
        // Without it, small pieces wait for the client's delayed acknowledgement. A refusal costs
        // speed only.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.converse(stream).await,
            // A client that refuses the certificate has not asked for anything.
            Some(tls) => {
                if let Ok(Ok(stream)) = timeout(TIMEOUT, tls.accept(stream)).await {
                    self.converse(stream).await;
                }
            }
        }
    }

    async fn converse(&self, mut stream: impl Stream) {
        let ending = match read_request(&mut stream).await {
            Ok(request) => self.answer(&mut stream, &request).await,
            Err(RequestError::Silent) => {
                // Many clients look at the certificate once encryption is agreed on, and leave.
                if self.tls.is_none() {
                    self.registry.note(self.listener, "(connection without a request)");
                }
                return;
            }
            Err(RequestError::Malformed) => {
                self.registry.note(self.listener, "(not an HTTP request)");
                refuse(&mut stream, StatusCode::BAD_REQUEST).await
            }
        };
        // An error means that the client went away.
        if let Ok(ending) = ending {
            close(stream, ending).await;
        }
    }

    async fn answer(&self, stream: &mut impl Stream, request: &LedgerEntry) -> io::Result<Close> {
        let Some(response) = self.registry.receive(self.listener, request) else {
            return refuse(stream, StatusCode::NOT_FOUND).await;
        };
        tokio::time::sleep(response.delay).await;
        match response.wire {
            Some(fault) => send_faulty(stream, fault, &Answer::new(&response)).await,
            None => {
                let mut answer = Answer::to_request(&response, request);
                add_date(&mut answer);
                let whole = match &*request.method {
                    "HEAD" => answer.head(Framing::Length).into_bytes(),
                    _ => answer.to_bytes(),
                };
                send(stream, &whole).await?;
                Ok(Close::Clean)
            }
        }
    }
}

/// Adds the `Date` that an origin server with a clock sends (RFC 9110 section 6.6.1).
fn add_date(answer: &mut Answer) {
    if answer.headers.iter().all(|(name, _)| name != DATE) {
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now());
        let date = date.ok().and_then(|date| HeaderValue::try_from(date).ok());
        answer.headers.extend(date.map(|date| (DATE, date)));
    }
}

async fn refuse(stream: &mut impl Stream, status: StatusCode) -> io::Result<Close> {
    let answer = Answer { status, headers: Vec::new(), body: Bytes::new() };
    send(stream, &answer.to_bytes()).await?;
    Ok(Close::Clean)
}
