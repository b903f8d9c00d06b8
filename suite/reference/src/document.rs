//! Reading the JSON object that an issuer served, whose server may be wrong or hostile.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use super::fetcher::{FetchError, KeyFetcher, Request, Response};
use super::freshness;
use super::provider_limits::is_json;
use jwtspec_jose::{Duplicates, object, quoted};

/// The length of the longest `ETag` that is sent back, in bytes.
const LONGEST_ETAG: usize = 256;

/// An answer that can be used.
pub(super) struct Document {
    /// Its members; nothing if the copy that is held is still right.
    pub(super) members: Option<Map<String, Value>>,
    /// The time for which its issuer lets it be kept.
    pub(super) lifetime: Option<Duration>,
    /// By what it can be asked for again.
    pub(super) etag: Option<HeaderValue>,
}

/// A JSON object served with status 200 (RFC 8414 section 3.2), or the word that the one that is
/// held is still right (RFC 9111 section 4.3.3).
///
/// It must be UTF-8 whatever its content type says: a wrong label changes nothing about keys, if
/// it is not asked for.
pub(super) async fn document(
    fetcher: &dyn KeyFetcher,
    request: &Request<'_>,
) -> Result<Document, FetchError> {
    let response = fetcher.fetch(request).await?;
    let lifetime = freshness::lifetime(&response.headers, request.now);
    let etag = etag(&response.headers);
    let members = match content(request, &response)? {
        Content::Confirmation => None,
        Content::Document => Some(members(&response.body.await?, request.what)?),
    };
    Ok(Document { members, lifetime, etag })
}

/// The content of a response that can be used.
pub(super) enum Content {
    /// The body is the document.
    Document,
    /// The copy that is held is still right.
    Confirmation,
}

/// Returns the content of a response by its head, or why the response cannot be used.
pub(super) fn content(request: &Request<'_>, response: &Response) -> Result<Content, FetchError> {
    let what = request.what;
    match response.status {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if request.held.is_some() => return Ok(Content::Confirmation),
        status => {
            let aside =
                if status.is_redirection() { ", and redirects are not followed" } else { "" };
            return Err(FetchError {
                why: format!("the {what} was answered with status {}{aside}", status.as_u16()),
                wait: freshness::retry_after(&response.headers, request.now),
                transport: None,
            });
        }
    }
    let kind = response.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if request.labelled && !is_json(kind) {
        return Err(format!(
            "the {what} is served as {}, and `application/json` or `application/jwk-set+json` is \
             needed",
            quoted(kind.unwrap_or("nothing in particular"))
        )
        .into());
    }
    let coding = response.headers.get_all(CONTENT_ENCODING).iter();
    if let Some(coding) =
        coding.map(HeaderValue::as_bytes).find(|it| !it.eq_ignore_ascii_case(b"identity"))
    {
        let coding = quoted(&String::from_utf8_lossy(coding));
        return Err(
            format!("the {what} came in the coding {coding}, which was not asked for").into()
        );
    }
    Ok(Content::Document)
}

/// Returns the members of a document, or why it is no JSON object.
pub(super) fn members(bytes: &[u8], what: &str) -> Result<Map<String, Value>, FetchError> {
    object(bytes, Duplicates::TakeLast).map_err(|fault| format!("the {what} {fault}").into())
}

fn etag(headers: &HeaderMap) -> Option<HeaderValue> {
    let etag = headers.get(ETAG).filter(|etag| etag.len() <= LONGEST_ETAG)?;
    freshness::may_be_stored(headers).then(|| etag.clone())
}
