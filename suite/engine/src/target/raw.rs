//! Requests by hand that no HTTP library would send; their answers are read by one all the same.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

use super::request::PreparedRequest;
use super::url::HttpUrl;

/// A connection on which the request was written already: what the HTTP library writes is left out.
pub(super) struct Written {
    stream: TcpStream,
    /// True once the library has written its request. An answer that it reads earlier is one that it
    /// did not ask for.
    is_asked: bool,
    reader: Option<Waker>,
}

impl Written {
    /// Writes a request byte for byte.
    pub(super) async fn new(
        request: &PreparedRequest,
        url: &HttpUrl,
        mut stream: TcpStream,
    ) -> io::Result<Self> {
        stream.write_all(&request_bytes(request, url)).await?;
        Ok(Self { stream, is_asked: false, reader: None })
    }
}

fn request_bytes(request: &PreparedRequest, url: &HttpUrl) -> Vec<u8> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, url.target).into_bytes();
    if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        bytes.extend_from_slice(format!("host: {}\r\n", url.authority).as_bytes());
    }
    for (name, value) in &request.headers {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    let body = request.body.as_deref().unwrap_or_default();
    if request.body.is_some() {
        bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"connection: close\r\n\r\n");
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

impl AsyncRead for Written {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_asked {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Written {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.is_asked = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn an_answer_waits_until_the_library_has_asked() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(address).await.expect("a connection");
        let (mut server, _) = listener.accept().await.expect("a connection");
        server.write_all(b"early").await.expect("an answer");
        let request = PreparedRequest::new("GET", format!("http://{address}/"));
        let url: HttpUrl = request.url.parse().expect("a URL");
        let mut written = Written::new(&request, &url, stream).await.expect("a request");
        written.stream.readable().await.expect("an answer");
        let mut bytes = [0; 5];
        assert!(written.read(&mut bytes).now_or_never().is_none());
        written.write_all(b"GET").await.expect("nothing is written");
        written.read_exact(&mut bytes).await.expect("an answer");
        assert_eq!(&bytes, b"early");
    }

    #[test]
    fn what_is_sent_is_what_was_asked_for() {
        let mut request = PreparedRequest::new("POST", "http://h:81/a?b");
        request.headers.push(("authorization".to_owned(), b"Bearer a\nb".to_vec()));
        request.body = Some("{}".to_owned());
        let url: HttpUrl = request.url.parse().expect("a URL");
        assert_eq!(
            String::from_utf8_lossy(&request_bytes(&request, &url)),
            "POST /a?b HTTP/1.1\r\nhost: h:81\r\nauthorization: Bearer a\nb\r\n\
             content-length: 2\r\nconnection: close\r\n\r\n{}"
        );
        request.headers.push(("Host".to_owned(), b"other".to_vec()));
        let sent = String::from_utf8_lossy(&request_bytes(&request, &url)).to_lowercase();
        assert_eq!(sent.matches("host: ").count(), 1, "{sent}");
    }
}
