//! Small services that authenticate on a socket, right ones and wrong ones, around the reference
//! verifier. The driver contract tells them what to trust.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jwtspec_driver::{Driver, Refusal, Verifier};
use jwtspec_reference::Reference;
use jwtspec_reference::faults::Fault;
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Reason;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

struct Told {
    verifier: Arc<dyn Verifier>,
    leeway: u64,
}

/// A service in this process, for targets that are started from [`Self::target_file`].
///
/// The target's command only writes the port that it was given into a file. The service reads it
/// there and listens on it.
pub(crate) struct SocketServer {
    folder: tempfile::TempDir,
    runtime: Option<Runtime>,
}

impl SocketServer {
    /// `manner` is `convex` or `graphql`. `fault` is wrong with the verifier or with the service
    /// around it; nothing is if it is empty.
    pub(crate) fn start(manner: &str, fault: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (manner, fault) = (manner.to_owned(), fault.to_owned());
        runtime.spawn(listen_where_told(folder.path().join("ports"), manner, fault));
        Self { folder, runtime: Some(runtime) }
    }

    pub(crate) fn target_file(&self, present: &str, reasons: &str) -> String {
        format!(
            r#"
name = "socket"
about = "A service that authenticates on a socket"
[start]
command = ["sh", "-c", "echo $JWTSPEC_PORT >> '{}'; exec cat"]
{present}
[reasons]
{reasons}
"#,
            self.folder.path().join("ports").display()
        )
    }
}

impl Drop for SocketServer {
    fn drop(&mut self) {
        // Waiting for its tasks is not possible within another runtime.
        self.runtime.take().unwrap().shutdown_background();
    }
}

/// Listens on each port that the file comes to name.
async fn listen_where_told(file: PathBuf, manner: String, fault: String) {
    let mut known = 0;
    loop {
        let ports = std::fs::read_to_string(&file).unwrap_or_default();
        let complete = ports.rfind('\n').map_or("", |end| &ports[..end]);
        for port in complete.lines().skip(known) {
            let address = format!("127.0.0.1:{port}");
            tokio::spawn(serve(address, manner.clone(), fault.clone()));
            known += 1;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

struct Service {
    reference: Arc<dyn Driver>,
    manner: String,
    fault: String,
    told: Mutex<Vec<Arc<Told>>>,
}

async fn serve(address: String, manner: String, fault: String) {
    let told = Mutex::default();
    // A fault of the verifier itself, or one of the service around it.
    let reference: Arc<dyn Driver> = match Fault::named(&fault) {
        Some(fault) => Arc::new(fault.driver()),
        None => Arc::new(Reference::default()),
    };
    let service = Arc::new(Service { reference, manner, fault, told });
    let listener = TcpListener::bind(address).await.unwrap();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let answer = service_fn(move |request| {
                let service = Arc::clone(&service);
                async move { Ok::<_, Infallible>(service.answer(request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer);
            let _ = connection.with_upgrades().await;
        });
    }
}

fn answer(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
}

impl Service {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        match (request.method(), path.strip_prefix("/verifiers/")) {
            (&Method::GET, None) => {
                answer(StatusCode::OK, serde_json::to_string(&self.reference.describe()).unwrap())
            }
            (&Method::POST, _) => {
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let trust: Trust = serde_json::from_slice(&body).unwrap();
                match self.reference.configure(&trust) {
                    Ok(verifier) => {
                        let mut told = self.told.lock().unwrap();
                        told.push(Arc::new(Told { verifier, leeway: trust.leeway_seconds }));
                        let path = format!("/verifiers/{}", told.len() - 1);
                        answer(StatusCode::CREATED, json!({ "path": path }).to_string())
                    }
                    Err(why) => answer(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        json!({ "unsupported": why.0 }).to_string(),
                    ),
                }
            }
            (&Method::GET, Some(number)) => {
                let told = self.told.lock().unwrap().get(number.parse::<usize>().unwrap()).cloned();
                self.open(request, told.unwrap())
            }
            _ => answer(StatusCode::NO_CONTENT, String::new()),
        }
    }

    fn open(
        self: &Arc<Self>,
        request: Request<Incoming>,
        told: Arc<Told>,
    ) -> Response<Full<Bytes>> {
        if self.fault == "refuses-handshakes" {
            return answer(StatusCode::UNAUTHORIZED, "no token in the handshake".to_owned());
        }
        let Some(key) = request.headers().get("sec-websocket-key") else {
            return answer(StatusCode::UPGRADE_REQUIRED, String::new());
        };
        let mut response = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-accept", derive_accept_key(key.as_bytes()));
        if let Some(subprotocol) = request.headers().get("sec-websocket-protocol") {
            response = response.header("sec-websocket-protocol", subprotocol);
        }
        let service = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
            let io = TokioIo::new(upgraded);
            let socket = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
            let talk =
                Talk { service: &service, told, socket, expires: None, first: None, locked: false };
            let _ = talk.go_on().await;
        });
        response.body(Full::default()).unwrap()
    }
}

/// One connection.
struct Talk<'s> {
    service: &'s Service,
    told: Arc<Told>,
    socket: Socket,
    /// When the session ends, and the version of its token.
    expires: Option<(Duration, u64)>,
    /// The first identity.
    first: Option<Value>,
    /// True if every further token is refused.
    locked: bool,
}

type Lost = tokio_tungstenite::tungstenite::Error;

impl Talk<'_> {
    async fn go_on(mut self) -> Result<(), Lost> {
        loop {
            let rest = self.expires.map_or(Duration::from_secs(3600), |(end, _)| {
                end.saturating_sub(SystemTime::now().duration_since(UNIX_EPOCH).unwrap())
            });
            let message = tokio::select! {
                message = self.socket.next() => message,
                () = tokio::time::sleep(rest) => {
                    self.expire().await?;
                    continue;
                }
            };
            let Some(Ok(Message::Text(text))) = message else { return Ok(()) };
            let Ok(message) = serde_json::from_str::<Value>(&text) else {
                return self.close(4400, "not JSON").await;
            };
            match self.service.manner.as_str() {
                "convex" => self.convex(&message).await?,
                _ => self.graphql(&message).await?,
            }
        }
    }

    fn is(&self, fault: &str) -> bool {
        self.service.fault == fault
    }

    async fn say(&mut self, message: Value) -> Result<(), Lost> {
        self.socket.send(Message::text(message.to_string())).await
    }

    async fn close(&mut self, code: u16, reason: &str) -> Result<(), Lost> {
        // There is room for 123 bytes (RFC 6455 section 5.5).
        let reason = Utf8Bytes::from(reason.chars().take(30).collect::<String>());
        self.socket.close(Some(CloseFrame { code: CloseCode::from(code), reason })).await
    }

    async fn verify(&mut self, token: &str) -> Result<Value, Refusal> {
        if self.is("later-tokens-unverified") && self.first.is_some() {
            return Ok(json!({ "sub": "user-1" }));
        }
        self.told.verifier.verify(token).await
    }

    /// Records a session that begins; returns its user.
    fn begin(&mut self, claims: &Value, version: u64) -> Value {
        let leeway = self.told.leeway as f64;
        if self.is("expires-by-first-token") && self.expires.is_some() {
            return claims["sub"].clone();
        }
        let end = claims["exp"].as_f64().map(|exp| Duration::try_from_secs_f64(exp + leeway));
        self.expires = match end {
            Some(Ok(end)) if !self.is("never-notices-expiry") => Some((end, version)),
            _ => None,
        };
        let subject = claims["sub"].clone();
        let first = self.first.get_or_insert(subject.clone()).clone();
        if self.is("keeps-first-identity") { first } else { subject }
    }

    async fn expire(&mut self) -> Result<(), Lost> {
        let Some((_, version)) = self.expires.take() else { return Ok(()) };
        match self.service.manner.as_str() {
            "convex" => {
                let error = "the token has expired";
                self.say(json!({ "type": "AuthError", "error": error, "reason": "expired",
                                 "baseVersion": version, "authUpdateAttempted": false }))
                    .await
            }
            _ => self.close(4403, "the token has expired").await,
        }
    }

    async fn convex(&mut self, message: &Value) -> Result<(), Lost> {
        if message["type"] != "Authenticate" {
            return Ok(());
        }
        let version = message["baseVersion"].as_u64().unwrap_or_default();
        let transition = |user: Value| {
            json!({ "type": "Transition", "startVersion": { "identity": version },
                    "endVersion": { "identity": version + 1 }, "user": user })
        };
        if message["tokenType"] == "None" {
            let kept = self.first.clone().filter(|_| self.is("keeps-first-identity"));
            self.expires = None;
            return self.say(transition(kept.unwrap_or(Value::Null))).await;
        }
        match self.service.fault.as_str() {
            "silent" => return Ok(()),
            "floods" => {
                for number in 0..100_000 {
                    self.say(json!({ "type": "Ping", "number": number })).await?;
                }
                return Ok(());
            }
            "sends-octets" => {
                self.socket.send(Message::binary(vec![0xff; 7])).await?;
                self.socket.send(Message::binary(br#"{"type":"Ping"}"#.to_vec())).await?;
            }
            "closes-without-code" => return self.socket.close(None).await,
            "drops" => return Err(Lost::ConnectionClosed),
            _ => {}
        }
        let token = message["value"].as_str().unwrap_or_default().to_owned();
        let once_only = self.is("one-token-only") && self.first.is_some();
        let verified = match self.verify(&token).await {
            _ if once_only || self.locked => Err(Refusal::saying("not now")),
            verified => verified,
        };
        match verified {
            Ok(claims) => {
                let user = self.begin(&claims, version + 1);
                self.say(transition(user)).await
            }
            Err(refusal) => {
                self.locked = self.is("locked-by-refusal");
                let named = if self.is("wrong-version") { 0 } else { version };
                self.say(json!({ "type": "AuthError", "error": refusal.message,
                                 "reason": refusal.reason.map(Reason::as_str),
                                 "baseVersion": named, "authUpdateAttempted": true }))
                    .await
            }
        }
    }

    async fn graphql(&mut self, message: &Value) -> Result<(), Lost> {
        if message["type"] != "connection_init" {
            return self.close(4401, "Unauthorized").await;
        }
        if self.first.is_some() {
            return self.close(4429, "Too many initialisation requests").await;
        }
        let token = message["payload"]["authorization"].as_str().unwrap_or_default();
        let token = token.strip_prefix("Bearer ").unwrap_or_default().to_owned();
        match self.verify(&token).await {
            Ok(claims) => {
                let user = self.begin(&claims, 0);
                self.say(json!({ "type": "connection_ack", "payload": { "user": user } })).await
            }
            Err(refusal) => {
                if self.is("closes-only") {
                    let reason = refusal.reason.map_or("invalid_token", Reason::as_str);
                    return self.close(4403, reason).await;
                }
                self.say(json!({ "type": "connection_error", "reason": refusal.reason.map(Reason::as_str),
                                 "payload": { "message": refusal.message } }))
                    .await?;
                self.close(4401, "Unauthorized").await
            }
        }
    }
}
