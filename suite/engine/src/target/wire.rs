//! One HTTP/1.1 exchange on a connection of its own.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::answer::{Answer, MOST_BYTES, header_lines};
use super::fault::{ConnectionFault, Unsent};
use super::guard::LoopbackUrl;
use super::raw;
use super::request::PreparedRequest;
#[cfg(feature = "https")]
use super::tls;
use super::url::HttpUrl;

/// Sends a request, and reads its answer. A connection is used once: one that is kept may be closed
/// by the other side at any time (RFC 9112 section 9.3.1), which would look like a fault of it.
pub(super) async fn exchange(
    request: &PreparedRequest,
    pinned: Option<&LoopbackUrl>,
) -> Result<Answer, ConnectionFault> {
    let url: HttpUrl =
        request.url.parse().map_err(|error: super::url::NotAUrl| Unsent::Url(error.to_string()))?;
    if url.user.is_some() {
        return Err(Unsent::User.into());
    }
    let built = build(request, &url);
    // No HTTP library sends a line feed inside a field value; malformed HTTP is sent over plain http.
    if built.is_none() && url.https {
        return Err(Unsent::NeedsPlainHttp.into());
    }
    let stream = connect(&url, pinned).await?;
    match built {
        None => raw::exchange(request, &url, stream).await,
        #[cfg(feature = "https")]
        Some(built) if url.https => over(tls::connect(&url.host, stream).await?, built).await,
        Some(built) => over(stream, built).await,
    }
}

/// Connects to the host of a URL; the addresses of a pinned host are not looked up again.
async fn connect(
    url: &HttpUrl,
    pinned: Option<&LoopbackUrl>,
) -> Result<TcpStream, ConnectionFault> {
    let connected = match pinned.filter(|it| it.host() == url.host) {
        Some(known) => TcpStream::connect(known.addresses()).await,
        None => TcpStream::connect((url.host.as_str(), url.port)).await,
    };
    // A head and its body go out at once, not after an acknowledgement.
    connected
        .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
        .map_err(|error| ConnectionFault::connecting(&error, error.to_string()))
}

/// The request for the HTTP library; nothing if that sends no such request.
fn build(request: &PreparedRequest, url: &HttpUrl) -> Option<Request<Full<Bytes>>> {
    let method = Method::from_bytes(request.method.as_bytes()).ok()?;
    let mut built = Request::builder().method(&method).uri(&url.target);
    let fields = built.headers_mut()?;
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        fields.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    fields.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    let own = HeaderValue::from_static(concat!("jwtspec/", env!("CARGO_PKG_VERSION")));
    fields.entry(USER_AGENT).or_insert(own);
    fields.entry(HOST).or_insert(HeaderValue::from_str(&url.authority).ok()?);
    // RFC 9110 section 8.6: also where there is nothing, for a method that asks for content.
    if request.body.is_none() && matches!(method, Method::POST | Method::PUT | Method::PATCH) {
        fields.entry(CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
    }
    built.body(Full::from(request.body.clone().unwrap_or_default())).ok()
}

async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, ConnectionFault> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreadable(&error))?;
    // It ends when the sender and the body are dropped.
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| unreadable(&error))?;
    let status = response.status().as_u16();
    let headers = header_lines(response.headers());
    let mut content = response.into_body();
    let mut body = Vec::new();
    while let Some(frame) = content.frame().await {
        let frame = frame.map_err(|error| unreadable(&error))?;
        body.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
        if body.len() > MOST_BYTES {
            return Err(ConnectionFault::Oversized);
        }
    }
    Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// The fault of an exchange, with its innermost cause, which is the one that says something.
fn unreadable(error: &hyper::Error) -> ConnectionFault {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let said = cause.to_string();
    match cause.downcast_ref::<std::io::Error>() {
        Some(cause) => ConnectionFault::reading(cause, said),
        None => ConnectionFault::Unreadable(said),
    }
}
