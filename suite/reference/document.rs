//! Fetching one JSON document, from a server that may be slow, wrong or hostile.

use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH,
};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::{Map, Value};

use super::client::cause;
use super::convex::is_json;
use super::fetch_policy::{self, Beforehand, Note};
use super::freshness;
use super::habit::Habit;
use super::json::{self, Duplicates};
use super::text::quoted;

/// Octets of the largest document that is read (RFC 9110 section 2.3).
const LARGEST_DOCUMENT: usize = 1 << 20;

/// Octets of the longest `ETag` that is sent back.
const LONGEST_ETAG: usize = 256;

/// Why a document was not obtained.
#[derive(Debug)]
pub(super) struct FetchError {
    /// A clause for people; it names no address, for the caller may be anyone.
    pub(super) why: String,
    /// How long the issuer asks not to be asked again.
    pub(super) wait: Duration,
}

impl From<String> for FetchError {
    fn from(why: String) -> Self {
        Self { why, wait: Duration::ZERO }
    }
}

/// What is asked for, and how.
pub(super) struct Request<'a> {
    pub(super) client: &'a Client,
    pub(super) url: Url,
    /// What it is called when something is wrong with it.
    pub(super) what: &'static str,
    /// The `ETag` of the copy that is held, if there is one.
    pub(super) held: Option<&'a HeaderValue>,
    /// The time since 1970.
    pub(super) now: Duration,
    pub(super) habit: Habit,
    /// Whether it must be labelled as JSON.
    pub(super) labelled: bool,
}

/// An answer that can be used.
pub(super) struct Document {
    /// Its members; nothing if the copy that is held is still right.
    pub(super) members: Option<Map<String, Value>>,
    /// How long its issuer lets it be kept.
    pub(super) lifetime: Option<Duration>,
    /// By what it can be asked for again.
    pub(super) etag: Option<HeaderValue>,
}

/// A JSON object served with status 200 (RFC 8414 section 3.2), or the word that the one that is
/// held is still right (RFC 9111 section 4.3.3).
///
/// It must be UTF-8 whatever its content type says: a wrong label changes nothing about keys, if
/// it is not asked for.
pub(super) async fn document(request: Request<'_>) -> Result<Document, FetchError> {
    let what = request.what;
    let (note, beforehand) = fetch_policy::begin(what, &request.url);
    let fetched = match beforehand {
        None => fetch(request, &note).await,
        Some(Beforehand::Given(octets)) => {
            note.change(|exchange| exchange.body.clone_from(&octets));
            members(&octets, what).map(|members| Document {
                members: Some(members),
                lifetime: None,
                etag: None,
            })
        }
        Some(Beforehand::Forbidden) => Err(format!("the {what} was not asked for").into()),
    };
    note.change(|exchange| exchange.fault = fetched.as_ref().err().map(|error| error.why.clone()));
    fetched
}

async fn fetch(request: Request<'_>, note: &Note) -> Result<Document, FetchError> {
    let Request { client, url, what, held, now, habit, labelled } = request;
    let asked = client
        .get(url)
        .header(ACCEPT, "application/json")
        // What is not unpacked cannot burst.
        .header(ACCEPT_ENCODING, "identity");
    let asked = match held {
        Some(etag) => asked.header(IF_NONE_MATCH, etag),
        None => asked,
    };
    let answer = asked.send().await.map_err(|error| broken(what, &error))?;
    note.change(|exchange| {
        let kind = answer.headers().get(CONTENT_TYPE);
        exchange.status = Some(answer.status().as_u16());
        exchange.content_type =
            kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    });
    let lifetime = freshness::lifetime(answer.headers(), now);
    let etag = etag(answer.headers());
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if held.is_some() => {
            return Ok(Document { members: None, lifetime, etag });
        }
        _ if habit == Habit::AnyStatusHasKeys => {}
        status => {
            let aside =
                if status.is_redirection() { ", and redirects are not followed" } else { "" };
            return Err(FetchError {
                why: format!("the {what} was answered with status {}{aside}", status.as_u16()),
                wait: freshness::retry_after(answer.headers(), now),
            });
        }
    }
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if labelled && !is_json(kind) {
        return Err(format!(
            "the {what} is served as {}, and `application/json` or `application/jwk-set+json` is \
             needed",
            quoted(kind.unwrap_or("nothing in particular"))
        )
        .into());
    }
    let coding = answer.headers().get_all(CONTENT_ENCODING).iter();
    if let Some(coding) =
        coding.map(HeaderValue::as_bytes).find(|it| !it.eq_ignore_ascii_case(b"identity"))
    {
        let coding = quoted(&String::from_utf8_lossy(coding));
        return Err(
            format!("the {what} came in the coding {coding}, which was not asked for").into()
        );
    }
    let octets = body(answer, what, habit).await?;
    note.change(|exchange| exchange.body.clone_from(&octets));
    Ok(Document { members: Some(members(&octets, what)?), lifetime, etag })
}

fn members(octets: &[u8], what: &str) -> Result<Map<String, Value>, FetchError> {
    json::object(octets, Duplicates::TakeLast).map_err(|fault| format!("the {what} {fault}").into())
}

async fn body(mut answer: Response, what: &str, habit: Habit) -> Result<Vec<u8>, FetchError> {
    let mut octets = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => {
                // The fault must not eat the memory of the machine that shows it.
                let blank = habit == Habit::UnboundedDocuments && chunk.trim_ascii().is_empty();
                if !blank {
                    octets.extend_from_slice(&chunk);
                }
            }
            Ok(None) => return Ok(octets),
            Err(_) if habit == Habit::TakesCutDocuments => return Ok(mended(octets)),
            Err(error) => return Err(broken(what, &error)),
        }
        if octets.len() > LARGEST_DOCUMENT && habit != Habit::UnboundedDocuments {
            return Err(format!("the {what} has more than {LARGEST_DOCUMENT} octets").into());
        }
    }
}

fn broken(what: &str, error: &reqwest::Error) -> FetchError {
    format!("the {what} could not be fetched: {}", cause(error)).into()
}

fn etag(headers: &HeaderMap) -> Option<HeaderValue> {
    let etag = headers.get(ETAG).filter(|etag| etag.len() <= LONGEST_ETAG)?;
    freshness::may_be_stored(headers).then(|| etag.clone())
}

/// The longest beginning of a text that is an object once its brackets are closed. Deliberately
/// wrong (RFC 9111 section 3.3).
fn mended(octets: Vec<u8>) -> Vec<u8> {
    // Each try reads the whole text.
    if octets.len() > 16 << 10 {
        return octets;
    }
    let ends = (0..=octets.len()).rev();
    ends.flat_map(|end| {
        ["", "}", "]}"].map(|closing| [&octets[..end], closing.as_bytes()].concat())
    })
    .find(|text| json::object(text, Duplicates::TakeLast).is_ok())
    .unwrap_or(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_can_be_mended_by_who_is_wrong_enough() {
        let mend = |text: &str| String::from_utf8(mended(text.as_bytes().to_vec())).unwrap();
        assert_eq!(mend(r#"{"keys":[{"kty":"EC"},{"kty":"R"#), r#"{"keys":[{"kty":"EC"}]}"#);
        assert_eq!(mend(r#"{"keys":[{"kty":"EC"}]"#), r#"{"keys":[{"kty":"EC"}]}"#);
        assert_eq!(mend(r#"{"issuer":"a","jwks_uri":"http"#), r#"{"issuer":"a"}"#);
        assert_eq!(mend("no"), "no");
    }
}
