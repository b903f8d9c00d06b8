//! The answer for one document, made ready for sending.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, ETAG, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode};
use wiremock::ResponseTemplate;

use super::served::Served;

/// A status, header fields without framing, and a body.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

impl Answer {
    /// What is answered to someone who knows nothing yet. What HTTP has no words for becomes an
    /// answer that says so.
    pub(super) fn new(served: &Served) -> Self {
        Self::checked(served).unwrap_or_else(|problem| Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            headers: Vec::new(),
            body: format!("this answer cannot be sent: {problem}").into(),
        })
    }

    fn checked(served: &Served) -> Result<Self, String> {
        let status = StatusCode::from_u16(served.status)
            .map_err(|error| format!("status {}: {error}", served.status))?;
        let mut headers = Vec::new();
        for (name, value) in &served.headers {
            let said = |error: &dyn std::fmt::Display| format!("header {name}: {error}");
            let field = HeaderName::try_from(name).map_err(|error| said(&error))?;
            let value = HeaderValue::try_from(value).map_err(|error| said(&error))?;
            let framing = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&field);
            let replaced = served.etag && field == ETAG;
            if !framing && !replaced {
                headers.push((field, value));
            }
        }
        if served.etag {
            let tag = entity_tag(&served.body);
            headers.push((ETAG, HeaderValue::try_from(tag).map_err(|error| error.to_string())?));
        }
        Ok(Self { status, headers, body: served.body.clone() })
    }

    /// What is answered to someone who sent these `If-None-Match` fields with this method
    /// (RFC 9110 section 13.1.2).
    pub(super) fn unless_known<'a>(
        self,
        method: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let conditional = self.status.is_success() && matches!(method, "GET" | "HEAD");
        let Some((_, current)) = self.headers.iter().find(|(name, _)| name == ETAG) else {
            return self;
        };
        let matches = |tag: &str| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == current.as_bytes()
        };
        if conditional && known.into_iter().flat_map(|field| field.split(',')).any(matches) {
            self.not_modified()
        } else {
            self
        }
    }

    /// Without what describes the body that is left out (RFC 9110 section 15.4.5).
    fn not_modified(mut self) -> Self {
        self.status = StatusCode::NOT_MODIFIED;
        self.headers.retain(|(name, _)| {
            !name.as_str().starts_with("content-") || name == http::header::CONTENT_LOCATION
        });
        self.body = Bytes::new();
        self
    }
}

/// A strong entity tag: equal bodies have equal tags.
fn entity_tag(body: &[u8]) -> String {
    let hash = digest(&SHA256, body);
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12]))
}

impl From<Answer> for ResponseTemplate {
    fn from(answer: Answer) -> Self {
        let mut template = Self::new(answer.status);
        for (name, value) in answer.headers {
            template = template.append_header(name, value);
        }
        template.set_body_bytes(answer.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged() -> Served {
        Served { etag: true, ..Served::json("{}".to_owned()) }
    }

    #[test]
    fn a_known_body_is_not_sent_again() {
        let tag = entity_tag(b"{}");
        let other = entity_tag(b"[]");
        let status = |method, known: &str| {
            Answer::new(&tagged()).unless_known(method, [known]).status.as_u16()
        };
        assert_eq!(status("GET", &tag), 304);
        assert_eq!(status("GET", &format!("{other}, W/{tag}")), 304);
        assert_eq!(status("GET", "*"), 304);
        assert_eq!(status("GET", &other), 200);
        assert_eq!(status("POST", &tag), 200);

        let answer = Answer::new(&tagged()).unless_known("GET", [tag.as_str()]);
        assert!(answer.body.is_empty());
        assert_eq!(answer.headers, [(ETAG, HeaderValue::try_from(tag).unwrap())]);
    }

    #[test]
    fn what_cannot_be_sent_says_so() {
        let mut served = Served::json(String::new());
        served.headers.push(("x".to_owned(), "a\r\nb".to_owned()));
        let answer = Answer::new(&served);
        assert_eq!(answer.status, 500);
        assert!(answer.body.starts_with(b"this answer cannot be sent: header x: "));
    }
}
