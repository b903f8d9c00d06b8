//! Reads the head of one request.

use std::time::{Duration, Instant};

use http::Uri;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use super::ledger::{LedgerEntry, Resource};

/// More than any request for a document needs.
const OCTETS: usize = 256 << 10;
const FIELDS: usize = 256;
/// Until the whole head must be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// The head of a request, and what was read after it.
pub(super) struct Head {
    method: String,
    target: String,
    minor_version: u8,
    fields: Vec<(String, Vec<u8>)>,
    pub(super) rest: Vec<u8>,
}

/// There is no head.
#[derive(Debug)]
pub(super) enum NoHead {
    /// The client went away, or keeps silent.
    Silent,
    /// What came is not HTTP/1, or too large.
    Malformed,
}

/// Reads from a connection until the head of a request is whole.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Head, NoHead> {
    timeout(PATIENCE, gather(stream)).await.unwrap_or(Err(NoHead::Silent))
}

async fn gather(stream: &mut (impl AsyncRead + Unpin)) -> Result<Head, NoHead> {
    let mut octets = Vec::with_capacity(1024);
    loop {
        match stream.read_buf(&mut octets).await {
            Ok(0) | Err(_) => return Err(NoHead::Silent),
            Ok(_) => {}
        }
        if let Some(head) = parse(&octets)? {
            return Ok(head);
        }
        if octets.len() > OCTETS {
            return Err(NoHead::Malformed);
        }
    }
}

fn parse(octets: &[u8]) -> Result<Option<Head>, NoHead> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(octets) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(NoHead::Malformed),
    };
    let (Some(method), Some(target), Some(minor_version)) =
        (request.method, request.path, request.version)
    else {
        return Err(NoHead::Malformed);
    };
    let field = |field: &httparse::Header<'_>| (field.name.to_owned(), field.value.to_vec());
    Ok(Some(Head {
        method: method.to_owned(),
        target: target.to_owned(),
        minor_version,
        fields: request.headers.iter().map(field).collect(),
        rest: octets[length..].to_vec(),
    }))
}

impl Head {
    /// The request as the ledger has it.
    pub(super) fn entry(&self) -> LedgerEntry {
        // A client that takes us for a proxy names the origin too.
        let target = match self.target.parse::<Uri>().ok().and_then(|uri| {
            uri.authority()?;
            uri.path_and_query().map(ToString::to_string)
        }) {
            Some(path_and_query) => path_and_query,
            None => self.target.clone(),
        };
        LedgerEntry {
            at: Instant::now(),
            method: self.method.clone(),
            target,
            resource: Resource::Other,
            headers: self
                .fields
                .iter()
                .map(|(name, value)| {
                    (name.to_ascii_lowercase(), String::from_utf8_lossy(value).into_owned())
                })
                .collect(),
        }
    }

    /// The same request as the only one of its connection, with a field more.
    pub(super) fn relayed(&self, name: &str, value: &str) -> Vec<u8> {
        let mut octets =
            format!("{} {} HTTP/1.{}\r\n", self.method, self.target, self.minor_version)
                .into_bytes();
        let kept = self.fields.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("connection"));
        let ours = [("connection", "close"), (name, value)].map(|(n, v)| (n, v.as_bytes()));
        for (name, value) in kept.map(|(n, v)| (n.as_str(), v.as_slice())).chain(ours) {
            octets.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        octets.extend(b"\r\n");
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_head_is_read_in_pieces_and_passed_on() {
        let text =
            "GET http://host/a?b HTTP/1.1\r\nHost: host\r\nConnection: keep-alive\r\n\r\nmore";
        let pieces: Vec<_> = text.as_bytes().chunks(7).map(std::io::Cursor::new).collect();
        let mut stream = pieces
            .into_iter()
            .fold(Box::new(tokio::io::empty()) as Box<dyn AsyncRead + Unpin>, |before, piece| {
                Box::new(before.chain(piece))
            });

        let head = read(&mut stream).await.unwrap();

        assert_eq!(head.entry().target, "/a?b");
        assert_eq!(head.entry().headers[0], ("host".to_owned(), "host".to_owned()));
        assert_eq!(
            String::from_utf8(head.relayed("mark", "1")).unwrap(),
            "GET http://host/a?b HTTP/1.1\r\nHost: host\r\nconnection: close\r\nmark: 1\r\n\r\n"
        );
        assert_eq!(head.rest, b"mo");
    }

    #[tokio::test]
    async fn what_is_no_head_is_told_apart() {
        assert!(matches!(read(&mut &b""[..]).await, Err(NoHead::Silent)));
        assert!(matches!(read(&mut &b"GET / HT"[..]).await, Err(NoHead::Silent)));
        assert!(matches!(read(&mut &b"\x16\x03\x01\x02"[..]).await, Err(NoHead::Malformed)));
        let endless = vec![b'x'; OCTETS + 1024];
        assert!(matches!(read(&mut &endless[..]).await, Err(NoHead::Malformed)));
    }
}
