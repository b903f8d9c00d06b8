//! One HTTP/1.1 exchange on a connection of its own.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::answer::{Answer, MOST_BYTES, MOST_HEAD_BYTES, header_lines};
use super::counted::Counted;
use super::fault::{ConnectionFault, Unsent};
use super::guard::LoopbackUrl;
use super::raw::Written;
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
        None => {
            let written = Written::new(request, &url, stream)
                .await
                .map_err(|error| ConnectionFault::reading(&error, error.to_string()))?;
            // Of this request only the method counts: an answer to HEAD has no body.
            let method = Method::from_bytes(request.method.as_bytes()).unwrap_or_default();
            let mut sent = Request::new(Full::default());
            *sent.method_mut() = method;
            over(written, sent).await
        }
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
    let body = request.body.clone().unwrap_or_default();
    // RFC 9110 section 8.6: also where there is nothing, for a method that asks for content.
    if body.is_empty() && matches!(method, Method::POST | Method::PUT | Method::PATCH) {
        fields.entry(CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
    }
    built.body(Full::from(body)).ok()
}

async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, ConnectionFault> {
    let (stream, count) = Counted::new(stream);
    let opened =
        http1::Builder::new().max_buf_size(MOST_HEAD_BYTES).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = opened.map_err(|error| unreadable(&error))?;
    // It ends when the sender and the body are dropped.
    tokio::spawn(connection);
    let sent = sender.send_request(request).await;
    let response = sent.map_err(|error| match error.is_parse_too_large() {
        // The library has one error for both.
        true if count.load(Ordering::Relaxed) >= MOST_HEAD_BYTES => ConnectionFault::OversizedHead,
        true => ConnectionFault::TooManyLines,
        false => unreadable(&error),
    })?;
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::super::answer::MOST_LINES;
    use super::*;

    /// The answer to a request with a line feed in a header, of a server that says this and keeps
    /// the connection open.
    async fn answer(method: &'static str, said: String) -> Result<Answer, ConnectionFault> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(said.as_bytes()).await;
            std::future::pending::<()>().await;
        });
        let mut request = PreparedRequest::new(method, url);
        request.headers.push(("authorization".to_owned(), b"Bearer a\nb".to_vec()));
        let answer = exchange(&request, None).await;
        server.abort();
        answer
    }

    #[tokio::test]
    async fn answers_to_requests_by_hand_are_read_as_all_others() {
        let whole = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno";
        let early = format!("HTTP/1.1 103 Early Hints\r\n\r\n{whole}");
        let chunked = "HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n";
        for said in [whole, &early, chunked] {
            let answer = answer("GET", said.to_owned()).await.expect(said);
            assert_eq!((answer.status, answer.body.as_str()), (401, "no"), "{said}");
        }
        let head = answer("HEAD", whole.replace("no", "")).await.expect("an answer");
        assert_eq!((head.status, head.body.as_str()), (401, ""));
        let fields = |count| whole.replacen("content", &("x: y\r\n".repeat(count) + "content"), 1);
        let many = answer("GET", fields(MOST_LINES - 1)).await;
        assert_eq!(many.expect("an answer").headers.len(), MOST_LINES);
        assert_eq!(answer("GET", fields(MOST_LINES)).await, Err(ConnectionFault::TooManyLines));
        assert_eq!(answer("GET", fields(100_000)).await, Err(ConnectionFault::TooManyLines));
        let line =
            |bytes| whole.replacen("content", &format!("x: {}\r\ncontent", "y".repeat(bytes)), 1);
        let head = answer("GET", line(MOST_HEAD_BYTES - 1000)).await.expect("an answer");
        assert_eq!((head.status, head.headers.len()), (401, 2));
        // The library may read some more into the room that it has.
        let head = answer("GET", line(3 * MOST_HEAD_BYTES)).await;
        assert_eq!(head, Err(ConnectionFault::OversizedHead));
        let long = "x".repeat(MOST_BYTES);
        let head = |length: usize| format!("HTTP/1.1 401 No\r\ncontent-length: {length}\r\n\r\n");
        let most = answer("GET", head(MOST_BYTES) + &long).await;
        assert_eq!(most.map(|answer| answer.body.len()), Ok(MOST_BYTES));
        let more = answer("GET", head(MOST_BYTES + 1) + &long + "x").await;
        assert_eq!(more, Err(ConnectionFault::Oversized));
    }
}
