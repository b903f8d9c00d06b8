//! HTTP/1.1 by hand, for requests that no HTTP library would send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer::{Answer, MOST_BYTES};
use super::fault::ConnectionFault;
use super::request::PreparedRequest;
use super::url::HttpUrl;

/// Sends a request byte for byte, and reads one answer until the connection closes.
pub(super) async fn exchange(
    request: &PreparedRequest,
    url: &HttpUrl,
    mut stream: TcpStream,
) -> Result<Answer, ConnectionFault> {
    let failed = |error: std::io::Error| ConnectionFault::reading(&error, error.to_string());
    stream.write_all(&request_bytes(request, url)).await.map_err(failed)?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            // A server may reset once it has refused; what it said before counts.
            Err(_) if !bytes.is_empty() => break,
            Err(error) => return Err(failed(error)),
        }
        if bytes.len() > MOST_BYTES {
            return Err(ConnectionFault::Oversized);
        }
        if is_complete(&bytes, request.method) {
            break;
        }
    }
    parse(&bytes)
}

fn request_bytes(request: &PreparedRequest, url: &HttpUrl) -> Vec<u8> {
    let (method, target, authority) = (request.method, &url.target, &url.authority);
    let mut bytes = format!("{method} {target} HTTP/1.1\r\nhost: {authority}\r\n").into_bytes();
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

/// Returns true if the body has the length that the head announces, if it has one: the answer to
/// HEAD and those of status 204 and 304 end with their head (RFC 9112 section 6.3).
fn is_complete(bytes: &[u8], method: &str) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(start)) = response.parse(bytes) else { return false };
    if method == "HEAD" || matches!(response.code, Some(204 | 304)) {
        return true;
    }
    response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse::<usize>().ok())
        .is_some_and(|length| bytes.len() - start >= length)
}

fn parse(bytes: &[u8]) -> Result<Answer, ConnectionFault> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(bytes) {
        Ok(httparse::Status::Complete(start)) => Ok(Answer {
            status: response.code.unwrap_or_default(),
            headers: response
                .headers
                .iter()
                .map(|header| {
                    (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned())
                })
                .collect(),
            body: String::from_utf8_lossy(&bytes[start..]).into_owned(),
        }),
        Ok(httparse::Status::Partial) if bytes.is_empty() => Err(ConnectionFault::Unanswered),
        Ok(httparse::Status::Partial) => Err(ConnectionFault::CutShort),
        Err(error) => Err(ConnectionFault::NotHttp(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_head_says() {
        let answer = |status: &str, body: &str| {
            format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{body}").into_bytes()
        };
        assert!(!is_complete(&answer("401 Unauthorized", ""), "GET"));
        assert!(!is_complete(&answer("401 Unauthorized", "n"), "GET"));
        assert!(is_complete(&answer("401 Unauthorized", "no"), "GET"));
        // What has no body is not waited for, whatever length it announces.
        assert!(is_complete(&answer("401 Unauthorized", ""), "HEAD"));
        assert!(is_complete(&answer("304 Not Modified", ""), "GET"));
        assert!(!is_complete(b"HTTP/1.1 401 Unauthorized\r\n", "HEAD"));
    }
}
