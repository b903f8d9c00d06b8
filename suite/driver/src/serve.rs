//! Serves a driver over HTTP, through the driver contract of the design, on loopback.

mod bearer;
mod clock;

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::FutureExt;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{Asked, Driver, ServiceFault, Verifier};
use jwtspec_types::trust::Trust;

/// Room for a request's head. Tokens of 1 MiB and more must reach the verifier, so that it is
/// the one that refuses them.
const HEAD_BYTES: usize = 4 << 20;

/// The largest trust that is read; an inline key set is the largest part of one.
const TRUST_BYTES: usize = 4 << 20;

type Answer = Response<Full<Bytes>>;

/// A driver that is being served. Dropping it ends the service and every connection.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    /// The URL at which it is served, such as `http://127.0.0.1:4000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the service ends, which it does by itself only if its task is lost.
    pub async fn wait(mut self) {
        // An aborted or panicked task is an ended service: there is nothing else to report.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a driver on a free loopback port.
///
/// # Errors
///
/// If no port can be bound.
pub async fn serve(driver: impl Driver) -> io::Result<Served> {
    serve_on((Ipv4Addr::LOCALHOST, 0).into(), Arc::new(driver)).await
}

/// Serves a driver on an address; port 0 means any free one.
///
/// # Errors
///
/// If the address cannot be bound.
pub async fn serve_on(address: SocketAddr, driver: Arc<dyn Driver>) -> io::Result<Served> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let service = Arc::new(Service::new(driver));
    Ok(Served { address, task: tokio::spawn(accept(listener, service)) })
}

/// Accepts connections for ever. The set owns their tasks, so they end together with this one.
async fn accept(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(&service)));
                }
                // Out of file descriptors, most likely: busy looping would not free any.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, service: Arc<Service>) {
    // Without it, small answers wait for the client's delayed acknowledgement. A refusal costs
    // speed only.
    let _ = stream.set_nodelay(true);
    let handler = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.answer(request).await) }
    });
    // An error means that the client went away or did not speak HTTP; hyper has answered it.
    let _ = http1::Builder::new()
        .max_buf_size(HEAD_BYTES)
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), handler)
        .await;
}

/// A driver and the verifiers made from it.
struct Service {
    driver: Arc<dyn Driver>,
    /// True if requests may state the time.
    clock: bool,
    verifiers: Mutex<HashMap<u64, Arc<dyn Verifier>>>,
    next: AtomicU64,
}

impl Service {
    fn new(driver: Arc<dyn Driver>) -> Self {
        let clock = driver.describe().capabilities.clock;
        Self { driver, clock, verifiers: Mutex::default(), next: AtomicU64::new(1) }
    }

    /// Answers a request; a panic inside the verifier costs that request only.
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let mut answer =
            AssertUnwindSafe(self.route(request)).catch_unwind().await.unwrap_or_else(|_panic| {
                let text = "the verifier panicked; its standard error says where";
                complaint(StatusCode::INTERNAL_SERVER_ERROR, text)
            });
        // Claims and refusals concern one caller at one moment (RFC 6750 section 5.3).
        let unsaid = answer.headers_mut().entry(CACHE_CONTROL);
        unsaid.or_insert(HeaderValue::from_static("no-store"));
        answer
    }

    async fn route(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        match (path.as_str(), path.strip_prefix("/verifiers/")) {
            ("/", _) => match *request.method() {
                Method::GET | Method::HEAD => json_answer(StatusCode::OK, &self.driver.describe()),
                _ => not_allowed("GET, HEAD"),
            },
            ("/verifiers", _) => match *request.method() {
                Method::POST => self.configure(request).await,
                _ => not_allowed("POST"),
            },
            (_, Some(number)) => match number.parse() {
                Ok(number) => self.verifier(number, request).await,
                Err(_) => self.at_another_path(&path),
            },
            _ => self.at_another_path(&path),
        }
    }

    /// Nothing is there, but where a mistake opens it.
    fn at_another_path(&self, path: &str) -> Answer {
        let is_open = matches!(self.driver.service_fault(), Some(ServiceFault::OtherPathsOpen));
        if is_open && path.contains(|c: char| c.is_ascii_digit()) {
            return json_answer(StatusCode::OK, &json!({}));
        }
        not_found()
    }

    async fn configure(&self, request: Request<Incoming>) -> Answer {
        let body = match Limited::new(request.into_body(), TRUST_BYTES).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => {
                return complaint(
                    StatusCode::BAD_REQUEST,
                    &format!("failed to read the trust: {error}"),
                );
            }
        };
        let trust: Trust = match serde_json::from_slice(&body) {
            Ok(trust) => trust,
            Err(error) => {
                return complaint(StatusCode::BAD_REQUEST, &format!("not a trust: {error}"));
            }
        };
        match self.driver.configure(&trust) {
            Ok(verifier) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                self.verifiers().insert(number, verifier);
                let path = format!("/verifiers/{number}");
                json_answer(StatusCode::CREATED, &json!({ "path": path }))
            }
            Err(why) => json_answer(
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!({ "unsupported": bearer::visible(&why.0) }),
            ),
        }
    }

    /// The protected resource. `POST` counts as an attempt at access too: a client that sends
    /// its token as a form must learn that it is not authenticated (RFC 6750 section 2.2).
    async fn verifier(&self, number: u64, request: Request<Incoming>) -> Answer {
        let fault = self.driver.service_fault();
        let opened = matches!(fault, Some(ServiceFault::OtherMethodsOpen));
        match *request.method() {
            Method::GET | Method::HEAD => {}
            ref method if *method != Method::DELETE && opened => {
                return json_answer(StatusCode::OK, &json!({}));
            }
            Method::POST => {}
            Method::DELETE => {
                return match self.verifiers().remove(&number) {
                    Some(_) => status_only(StatusCode::NO_CONTENT),
                    None => not_found(),
                };
            }
            _ => return not_allowed("GET, HEAD, POST, DELETE"),
        }
        let Some(verifier) = self.verifiers().get(&number).cloned() else {
            return not_found();
        };
        let Some(ServiceFault::Head { request: misread, answer: misanswer }) = fault else {
            return self.verdict(&*verifier, request.headers(), request.uri().query()).await;
        };
        let asked = asked(request).await;
        let mut as_read = asked.clone();
        misread(&mut as_read);
        let answer = self.verdict(&*verifier, &as_read.headers, Some(&as_read.query)).await;
        let (mut head, body) = answer.into_parts();
        misanswer(&asked, &mut head.status, &mut head.headers);
        Response::from_parts(head, body)
    }

    /// The answer to a request with these header fields and this query.
    async fn verdict(
        &self,
        verifier: &dyn Verifier,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Answer {
        let time = match self.clock.then(|| clock::stated_time(headers)).transpose() {
            Ok(time) => time.flatten(),
            Err(text) => return complaint(StatusCode::BAD_REQUEST, text),
        };
        let fault = self.driver.service_fault();
        let verify = async |token: &str| match time {
            Some(now) => verifier.verify_at(token, now).await,
            None => verifier.verify(token).await,
        };
        let cookie = bearer::cookie_token(headers);
        let any = self.driver.takes_any_credentials();
        let token = match bearer::parse_token(headers, query, any) {
            Ok(token) => token,
            Err(problem) => return problem.answer(),
        };
        let mut verdict = verify(token).await;
        if let (Err(_), Some(cookie), Some(ServiceFault::CookieNext)) = (&verdict, cookie, fault) {
            verdict = verify(cookie).await;
        }
        match verdict {
            Ok(claims) => json_answer(StatusCode::OK, &claims),
            Err(refusal) => match self.driver.unescaped_refusals() {
                Some(kind) => bearer::unescaped(kind, refusal.message),
                None => bearer::Problem::InvalidToken(refusal).answer(),
            },
        }
    }

    fn verifiers(&self) -> MutexGuard<'_, HashMap<u64, Arc<dyn Verifier>>> {
        // No code of the driver runs under the lock, so a poisoned map is still whole.
        self.verifiers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The request as a service with a mistake reads it.
async fn asked(request: Request<Incoming>) -> Asked {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, TRUST_BYTES).collect().await;
    let body = body.map(Collected::to_bytes).unwrap_or_default();
    Asked {
        method: head.method,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        form: String::from_utf8_lossy(&body).into_owned(),
    }
}

fn json_answer(status: StatusCode, body: &impl serde::Serialize) -> Answer {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let mut answer = Response::new(Full::from(bytes));
            *answer.status_mut() = status;
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            answer
        }
        Err(_) => status_only(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn complaint(status: StatusCode, text: &str) -> Answer {
    json_answer(status, &json!({ "error_description": bearer::visible(text) }))
}

fn status_only(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

fn not_found() -> Answer {
    complaint(StatusCode::NOT_FOUND, "no such resource; POST a trust to /verifiers to make one")
}

fn not_allowed(methods: &'static str) -> Answer {
    let mut answer =
        complaint(StatusCode::METHOD_NOT_ALLOWED, &format!("allowed methods: {methods}"));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    answer
}

#[cfg(test)]
mod tests;
