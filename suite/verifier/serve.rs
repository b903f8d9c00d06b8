//! The driver contract, from the side of a driver: serves any [`Driver`] over HTTP.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use futures::FutureExt;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{Driver, Refusal, Verifier};
use crate::trust::Trust;
use crate::words::Reason;

/// The head of a request may be this long: tokens of a megabyte are a verifier's business.
const HEAD_OCTETS: usize = 4 << 20;
/// A trust is shorter than this.
const TRUST_OCTETS: usize = 1 << 20;
/// An `error_description` in a challenge is cut here.
const DESCRIPTION_CHARACTERS: usize = 400;

/// A driver that is being served; it ends when this is dropped.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    /// Where it is served, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the process ends.
    pub async fn wait(mut self) {
        // A server that came to an end has nothing left to wait for, whatever the cause.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a driver on a free port of the loopback interface.
///
/// # Errors
///
/// If there is none.
pub async fn serve(driver: impl Driver) -> io::Result<Served> {
    serve_on(([127, 0, 0, 1], 0).into(), Arc::new(driver)).await
}

/// Serves a driver on this address.
///
/// # Errors
///
/// If the port is taken.
pub async fn serve_on(address: SocketAddr, driver: Arc<dyn Driver>) -> io::Result<Served> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let desk = Arc::new(Desk { driver, verifiers: RwLock::default(), next: AtomicU64::new(1) });
    let task = tokio::spawn(accept(listener, desk));
    Ok(Served { address, task })
}

/// Connections end with the server, since the set that holds them does.
async fn accept(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&desk)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, desk: Arc<Desk>) {
    // Answers are small: waiting to fill a packet would only add delay.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    // A client that goes away in the middle is its own affair.
    let _ = http1::Builder::new()
        .max_buf_size(HEAD_OCTETS)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

type Answer = Response<Full<Bytes>>;

/// A driver with the verifiers that it has made.
struct Desk {
    driver: Arc<dyn Driver>,
    verifiers: RwLock<HashMap<u64, Arc<dyn Verifier>>>,
    next: AtomicU64,
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        let number = path.strip_prefix("/verifiers/").and_then(|number| number.parse().ok());
        match (request.method(), path.as_str(), number) {
            (&Method::GET, "/", _) => {
                let description = serde_json::to_value(self.driver.describe());
                json_answer(StatusCode::OK, &description.unwrap_or_default())
            }
            (&Method::POST, "/verifiers", _) => self.configure(request).await,
            (&Method::DELETE, _, Some(number)) => match self.forget(number) {
                Some(_) => answer(StatusCode::NO_CONTENT, Bytes::new()),
                None => not_found(),
            },
            (_, _, Some(number)) => match self.find(number) {
                Some(verifier) => verify(&*verifier, &request).await,
                None => not_found(),
            },
            _ => not_found(),
        }
    }

    async fn configure(&self, request: Request<Incoming>) -> Answer {
        let wrong = |what: String| {
            json_answer(StatusCode::BAD_REQUEST, &json!({ "error_description": what }))
        };
        let body = match Limited::new(request.into_body(), TRUST_OCTETS).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return wrong(format!("the trust cannot be read: {error}")),
        };
        let trust: Trust = match serde_json::from_slice(&body) {
            Ok(trust) => trust,
            Err(error) => return wrong(format!("the body is not a trust: {error}")),
        };
        match self.driver.configure(&trust) {
            Ok(verifier) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                let mut verifiers = self.verifiers.write().unwrap_or_else(PoisonError::into_inner);
                verifiers.insert(number, verifier);
                let path = format!("/verifiers/{number}");
                json_answer(StatusCode::CREATED, &json!({ "path": path }))
            }
            Err(unsupported) => json_answer(
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!({ "unsupported": unsupported.to_string() }),
            ),
        }
    }

    fn find(&self, number: u64) -> Option<Arc<dyn Verifier>> {
        let verifiers = self.verifiers.read().unwrap_or_else(PoisonError::into_inner);
        verifiers.get(&number).cloned()
    }

    fn forget(&self, number: u64) -> Option<Arc<dyn Verifier>> {
        self.verifiers.write().unwrap_or_else(PoisonError::into_inner).remove(&number)
    }
}

/// Verifies the token of a request, if it holds one in the right form.
async fn verify(verifier: &dyn Verifier, request: &Request<Incoming>) -> Answer {
    let token = match credentials(request.headers(), request.uri().query()) {
        Ok(token) => token,
        Err(refused) => return refused.answer(),
    };
    // A verifier that panics has a bug that must be seen, and must not take the server with it.
    match AssertUnwindSafe(verifier.verify(token)).catch_unwind().await {
        Ok(Ok(claims)) => json_answer(StatusCode::OK, &claims),
        Ok(Err(refusal)) => Refused::Token(refusal).answer(),
        Err(_) => json_answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({ "error_description": "the verifier panicked" }),
        ),
    }
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// It holds no credentials of ours (RFC 6750 section 3: no error code then).
    NoToken(&'static str),
    /// Its credentials are not in the right form (RFC 6750 section 3.1, `invalid_request`).
    Request(&'static str),
    /// Its token does not give access (RFC 6750 section 3.1, `invalid_token`).
    Token(Refusal),
}

/// The token of a request (RFC 6750 section 2.1).
fn credentials<'r>(headers: &'r HeaderMap, query: Option<&str>) -> Result<&'r str, Refused> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        return Err(Refused::NoToken("no token: send one in `Authorization: Bearer`"));
    };
    if lines.next().is_some() {
        return Err(Refused::Request("more than one Authorization header: send one"));
    }
    let value = line.as_bytes().trim_ascii();
    let scheme_end = value.iter().position(|octet| *octet == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(scheme_end);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(Refused::NoToken("the Authorization scheme is not Bearer"));
    }
    let token = rest.trim_ascii_start();
    if !is_b64token(token) {
        return Err(Refused::Request("what follows Bearer is not one token"));
    }
    let doubled =
        query.unwrap_or_default().split('&').any(|pair| pair.starts_with("access_token="));
    if doubled {
        return Err(Refused::Request("a token in the header and in the query: send one"));
    }
    // The grammar admits ASCII only.
    std::str::from_utf8(token).map_err(|_| Refused::Request("what follows Bearer is not one token"))
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn is_b64token(text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|octet| **octet == b'=').count();
    let body = &text[..text.len() - padding];
    let permitted = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~+/".contains(octet);
    !body.is_empty() && body.iter().all(permitted)
}

impl Refused {
    fn answer(self) -> Answer {
        const REALM: &str = r#"Bearer realm="jwtspec""#;
        let (status, challenge, body) = match self {
            Self::NoToken(why) => {
                let body = json!({ "error_description": why, "reason": Reason::TokenMissing });
                (StatusCode::UNAUTHORIZED, REALM.to_owned(), body)
            }
            Self::Request(why) => {
                let challenge =
                    format!(r#"{REALM}, error="invalid_request", error_description="{why}""#);
                let body = json!({
                    "error": "invalid_request",
                    "error_description": why,
                    "reason": Reason::Malformed,
                });
                (StatusCode::BAD_REQUEST, challenge, body)
            }
            Self::Token(Refusal { reason, message }) => {
                let challenge = format!(
                    r#"{REALM}, error="invalid_token", error_description="{}""#,
                    permitted(&message)
                );
                let mut body = json!({
                    "error": "invalid_token",
                    "error_description": visible(&message),
                });
                if let Some(reason) = reason {
                    body["reason"] = json!(reason);
                }
                (StatusCode::UNAUTHORIZED, challenge, body)
            }
        };
        let mut answer = json_answer(status, &body);
        if let Ok(value) = HeaderValue::try_from(challenge) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        answer
    }
}

/// The characters that RFC 6750 section 3 permits in `error_description`.
fn permitted(message: &str) -> String {
    message
        .chars()
        .take(DESCRIPTION_CHARACTERS)
        .map(|letter| match letter {
            '"' => '\'',
            '\\' => '/',
            ' '..='~' => letter,
            _ => '?',
        })
        .collect()
}

/// A message without characters that could play tricks on whoever reads it.
fn visible(message: &str) -> String {
    let mut text = String::new();
    for letter in message.chars() {
        let bidirectional = matches!(letter,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || bidirectional {
            text.extend(letter.escape_unicode());
        } else {
            text.push(letter);
        }
    }
    text
}

fn not_found() -> Answer {
    json_answer(StatusCode::NOT_FOUND, &json!({ "error_description": "nothing is here" }))
}

fn json_answer(status: StatusCode, body: &Value) -> Answer {
    answer(status, Bytes::from(body.to_string()))
}

fn answer(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
