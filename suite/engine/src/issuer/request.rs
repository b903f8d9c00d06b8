//! Reads the head of one request.

use std::time::Duration;

use http::Uri;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use super::ledger::LedgerEntry;

/// The size limit of a head in bytes, which is more than any request for a document needs.
const BYTES: usize = 256 << 10;
/// The limit of its header fields.
const FIELDS: usize = 256;
/// The time by which the whole head must have come.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The reason why there is no request.
#[derive(Debug)]
pub(super) enum RequestError {
    /// The client went away, or keeps silent.
    Silent,
    /// It is not HTTP/1, or too large.
    Malformed,
}

/// Reads from a connection until the head of a request is whole.
pub(super) async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<LedgerEntry, RequestError> {
    timeout(TIMEOUT, read_head(stream)).await.unwrap_or(Err(RequestError::Silent))
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Result<LedgerEntry, RequestError> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return Err(RequestError::Silent),
            Ok(_) => {}
        }
        if let Some(request) = parse_head(&bytes)? {
            return Ok(request);
        }
        if bytes.len() > BYTES {
            return Err(RequestError::Malformed);
        }
    }
}

/// The request, or nothing if its head is not whole.
fn parse_head(bytes: &[u8]) -> Result<Option<LedgerEntry>, RequestError> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(RequestError::Malformed),
    }
    let (Some(method), Some(target)) = (request.method, request.path) else {
        return Err(RequestError::Malformed);
    };
    // A client that takes the issuer for a proxy names the origin too.
    let within_origin = target.parse::<Uri>().ok().and_then(|uri| {
        uri.authority()?;
        uri.path_and_query().map(ToString::to_string)
    });
    let headers = request.headers.iter().map(|field| {
        (field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value).into_owned())
    });
    let target = within_origin.as_deref().unwrap_or(target);
    Ok(Some(LedgerEntry::new(method, target, headers.collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_head_is_read_in_pieces() {
        let text =
            "GET http://host/a?b HTTP/1.1\r\nHost: host\r\nConnection: keep-alive\r\n\r\nmore";
        let pieces: Vec<_> = text.as_bytes().chunks(7).map(std::io::Cursor::new).collect();
        let mut stream = pieces
            .into_iter()
            .fold(Box::new(tokio::io::empty()) as Box<dyn AsyncRead + Unpin>, |before, piece| {
                Box::new(before.chain(piece))
            });

        let request = read_request(&mut stream).await.unwrap();

        assert_eq!((&*request.method, &*request.target), ("GET", "/a?b"));
        assert_eq!(request.headers[0], ("host".to_owned(), "host".to_owned()));
    }

    #[tokio::test]
    async fn what_is_no_head_is_told_apart() {
        assert!(matches!(read_request(&mut &b""[..]).await, Err(RequestError::Silent)));
        assert!(matches!(read_request(&mut &b"GET / HT"[..]).await, Err(RequestError::Silent)));
        assert!(matches!(
            read_request(&mut &b"\x16\x03\x01\x02"[..]).await,
            Err(RequestError::Malformed)
        ));
        let endless = vec![b'x'; BYTES + 1024];
        assert!(matches!(read_request(&mut &endless[..]).await, Err(RequestError::Malformed)));
    }
}
