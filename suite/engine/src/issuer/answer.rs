//! The HTTP message that answers a request: a response made ready for sending.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_LOCATION, ETAG, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode};
use ring::digest::{SHA256, digest};

use super::ledger::LedgerEntry;
use super::response::Response;

/// A status, header fields without framing, and a body.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

/// The header field that says where a body ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// `Content-Length`.
    Length,
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

impl Answer {
    /// The answer to an unconditional request. A response that HTTP cannot carry becomes an error
    /// that says so.
    pub(super) fn new(response: &Response) -> Self {
        Self::checked(response).unwrap_or_else(|problem| Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            headers: Vec::new(),
            body: format!("this answer cannot be sent: {problem}").into(),
        })
    }

    /// The answer to this request, which may be conditional (RFC 9110 section 13.1.2).
    pub(super) fn to_request(response: &Response, request: &LedgerEntry) -> Self {
        let mut answer = Self::new(response);
        if answer.is_known_to(request) {
            // Without the fields that describe the missing body (RFC 9110 section 15.4.5).
            answer.status = StatusCode::NOT_MODIFIED;
            answer.headers.retain(|(name, _)| {
                !name.as_str().starts_with("content-") || name == CONTENT_LOCATION
            });
        }
        if matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            answer.body = Bytes::new();
        }
        answer
    }

    fn checked(response: &Response) -> Result<Self, String> {
        let status = StatusCode::from_u16(response.status)
            .map_err(|error| format!("status {}: {error}", response.status))?;
        let mut headers = Vec::new();
        for (name, value) in &response.headers {
            let in_header = |error: &dyn std::fmt::Display| format!("header {name}: {error}");
            let field = HeaderName::try_from(name).map_err(|error| in_header(&error))?;
            let value = HeaderValue::try_from(value).map_err(|error| in_header(&error))?;
            let framing = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&field);
            let replaced = response.etag && field == ETAG;
            if !framing && !replaced {
                headers.push((field, value));
            }
        }
        if response.etag {
            let tag = entity_tag(&response.body);
            headers.push((ETAG, HeaderValue::try_from(tag).map_err(|error| error.to_string())?));
        }
        Ok(Self { status, headers, body: response.body.clone() })
    }

    /// True if one of the request's `If-None-Match` fields names the entity tag of this answer.
    fn is_known_to(&self, request: &LedgerEntry) -> bool {
        let Some((_, current)) = self.headers.iter().find(|(name, _)| name == ETAG) else {
            return false;
        };
        let matches = |tag: &str| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == current.as_bytes()
        };
        let known = request.headers.iter().filter(|(name, _)| name == "if-none-match");
        self.status.is_success()
            && matches!(&*request.method, "GET" | "HEAD")
            && known.flat_map(|(_, value)| value.split(',')).any(matches)
    }

    /// The whole answer, for a connection of which it is the last.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [self.head(Framing::Length).as_bytes(), &self.body].concat()
    }

    /// The status line and all fields.
    pub(super) fn head(&self, framing: Framing) -> String {
        let bodiless = matches!(self.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let framing = match framing {
            Framing::Chunked => "transfer-encoding: chunked\r\n".to_owned(),
            Framing::Length if bodiless && self.body.is_empty() => String::new(),
            Framing::Length => format!("content-length: {}\r\n", self.body.len()),
        };
        format!("{}{framing}\r\n", self.fields())
    }

    /// The status line and all fields but the framing, without the end of the head.
    pub(super) fn fields(&self) -> String {
        let reason = self.status.canonical_reason().unwrap_or("");
        let mut fields = format!("HTTP/1.1 {} {reason}\r\n", self.status.as_str());
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            // Writing into a string cannot fail.
            let _ = write!(fields, "{name}: {value}\r\n");
        }
        fields + "connection: close\r\n"
    }
}

/// A strong entity tag: equal bodies have equal tags.
fn entity_tag(body: &[u8]) -> String {
    let hash = digest(&SHA256, body);
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(method: &str, known: &str) -> Answer {
        let response = Response { etag: true, ..Response::json("{}".to_owned()) };
        let headers = vec![("if-none-match".to_owned(), known.to_owned())];
        Answer::to_request(&response, &LedgerEntry::new(method, "/", headers))
    }

    #[test]
    fn a_known_body_is_not_sent_again() {
        let tag = entity_tag(b"{}");
        let other = entity_tag(b"[]");
        let status = |method, known: &str| answer(method, known).status.as_u16();
        assert_eq!(status("GET", &tag), 304);
        assert_eq!(status("GET", &format!("{other}, W/{tag}")), 304);
        assert_eq!(status("GET", "*"), 304);
        assert_eq!(status("GET", &other), 200);
        assert_eq!(status("POST", &tag), 200);

        let answer = answer("GET", &tag);
        assert!(answer.body.is_empty());
        assert_eq!(answer.headers, [(ETAG, HeaderValue::try_from(tag).unwrap())]);
    }

    #[test]
    fn what_cannot_be_sent_says_so() {
        let mut response = Response::json(String::new());
        response.headers.push(("x".to_owned(), "a\r\nb".to_owned()));
        let answer = Answer::new(&response);
        assert_eq!(answer.status, 500);
        assert!(answer.body.starts_with(b"this answer cannot be sent: header x: "));
    }
}
