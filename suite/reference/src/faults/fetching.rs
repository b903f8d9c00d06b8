//! Faults in fetching documents: fetchers that take what they should not, or read too much.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use reqwest::{StatusCode, redirect};

use super::{Fault, fault};
use crate::Reference;
use crate::client::build;
use crate::fetch::is_loopback;
use crate::fetcher::{
    Body, DISCOVERY, FetchError, Fetching, HttpFetcher, KEY_SET, KeyFetcher, Request, Response,
    broken,
};
use jwtspec_jose::{Duplicates, Origin, object, read_set};

pub(super) const FAULTS: &[Fault] = &[
    fault("follows-redirects", "follows a redirect of the key set anywhere", |it| {
        it.with_fetcher(|trust| {
            let client = build(trust.ca_pem.as_deref(), |builder| {
                builder.redirect(redirect::Policy::custom(follow))
            });
            Ok(Arc::new(HttpFetcher::with_client(client)))
        })
    })
    .caught_by(&["tls/redirect-to-http", "tls/discovery-redirect-to-http"]),
    fault("ignores-certificates", "takes keys from any server that answers for the host", |it| {
        it.with_fetcher(|_| {
            let client = build(None, |builder| builder.tls_danger_accept_invalid_certs(true));
            Ok(Arc::new(HttpFetcher::with_client(client)))
        })
    })
    .caught_by(&["tls/expired", "tls/self-signed", "tls/untrusted", "tls/wrong-host"]),
    fault(
        "ignores-discovery-issuer",
        "does not look at `issuer` in the discovery document",
        |it| changing_responses(it, with_expected_issuer),
    )
    .caught_by(&["discovery/issuer-of-another-host", "discovery/issuer-missing"]),
    fault("any-status-has-keys", "takes keys from an answer that is an error", |it| {
        changing_responses(it, |_, response| Response { status: StatusCode::OK, ..response })
    })
    .caught_by(&["network/not-found-with-keys", "network/server-error-with-keys"]),
    fault("one-bad-key-kills-set", "takes no key of a set with one that it cannot use", |it| {
        changing_responses(it, only_if_usable)
    })
    .caught_by(&["jwks/*-among-keys"]),
    fault("takes-cut-documents", "takes the keys that came before the answer broke off", |it| {
        it.with_fetcher(|trust| Ok(Arc::new(TakesCut(HttpFetcher::new(trust)?))))
    })
    .caught_by(&["network/cut*"]),
    fault("unbounded-documents", "reads a document of any size for any time", |it| {
        it.with_fetcher(|trust| Ok(Arc::new(Unbounded(HttpFetcher::new(trust)?))))
    })
    .caught_by(&["network/silence", "network/white-space-without-end"]),
];

/// A change of a response to a request.
type ChangeResponse = fn(&Request<'_>, Response) -> Response;

/// A verifier whose fetcher changes every response.
pub(super) fn changing_responses(reference: Reference, change: ChangeResponse) -> Reference {
    reference.with_fetcher(move |trust| {
        let inner = HttpFetcher::new(trust)?;
        Ok(Arc::new(ChangesResponses { inner, change }))
    })
}

struct ChangesResponses {
    inner: HttpFetcher,
    change: ChangeResponse,
}

impl KeyFetcher for ChangesResponses {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        async move { Ok((self.change)(request, self.inner.fetch(request).await?)) }.boxed()
    }
}

/// The same response with a change to its body.
pub(super) fn with_body(
    response: Response,
    change: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, FetchError> + Send + 'static,
) -> Response {
    let Response { status, headers, body } = response;
    Response { status, headers, body: async move { change(body.await?) }.boxed() }
}

/// Follows a redirect to any origin of this machine: a fault of the suite's own asks no other.
fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    match attempt.previous().len() {
        0..=10 if is_loopback(attempt.url()) => attempt.follow(),
        _ => attempt.stop(),
    }
}

/// A discovery document that states the issuer that it was asked for, whatever it states.
fn with_expected_issuer(request: &Request<'_>, response: Response) -> Response {
    if request.what != DISCOVERY {
        return response;
    }
    let issuer = request.issuer.to_owned();
    with_body(response, move |bytes| {
        let Ok(mut metadata) = object(&bytes, Duplicates::TakeLast) else { return Ok(bytes) };
        metadata.insert("issuer".to_owned(), issuer.into());
        Ok(serde_json::Value::Object(metadata).to_string().into_bytes())
    })
}

/// A key set in which every key can be used (against RFC 7517 section 5).
fn only_if_usable(request: &Request<'_>, response: Response) -> Response {
    if request.what != KEY_SET {
        return response;
    }
    with_body(response, |bytes| {
        let set = object(&bytes, Duplicates::TakeLast).unwrap_or_default();
        let keys = read_set(&set, Origin::Published).unwrap_or_default();
        match keys.iter().find_map(|key| key.material.as_ref().err()) {
            Some(why) => Err(format!("a key of the issuer's set {why}").into()),
            None => Ok(bytes),
        }
    })
}

/// Takes what came before the connection broke.
struct TakesCut(HttpFetcher);

impl KeyFetcher for TakesCut {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        read_by(&self.0, request, |mut response, _| {
            async move {
                let mut bytes = Vec::new();
                loop {
                    match response.chunk().await {
                        Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                        Ok(None) => return Ok(bytes),
                        Err(_) => return Ok(mended(bytes)),
                    }
                }
            }
            .boxed()
        })
        .boxed()
    }
}

/// Reads a body of any size, and waits for it.
struct Unbounded(HttpFetcher);

impl KeyFetcher for Unbounded {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        read_by(&self.0, request, |mut response, what| {
            async move {
                let mut bytes = Vec::new();
                while let Some(chunk) =
                    response.chunk().await.map_err(|error| broken(what, &error))?
                {
                    // The fault must not eat the memory of the machine that shows it.
                    if !chunk.trim_ascii().is_empty() {
                        bytes.extend_from_slice(&chunk);
                    }
                }
                Ok(bytes)
            }
            .boxed()
        })
        .boxed()
    }

    fn patience(&self) -> Duration {
        Duration::MAX
    }
}

/// Fetches a document, and reads its body in this way.
pub(super) async fn read_by(
    fetcher: &HttpFetcher,
    request: &Request<'_>,
    read: fn(reqwest::Response, &'static str) -> Body,
) -> Result<Response, FetchError> {
    let response = fetcher.send(request).await?;
    Ok(Response {
        status: response.status(),
        headers: response.headers().clone(),
        body: read(response, request.what),
    })
}

/// The longest beginning of a text that is an object once its brackets are closed (against
/// RFC 9111 section 3.3).
fn mended(bytes: Vec<u8>) -> Vec<u8> {
    // Each try reads the whole text.
    if bytes.len() > 16 << 10 {
        return bytes;
    }
    let ends = (0..=bytes.len()).rev();
    ends.flat_map(|end| ["", "}", "]}"].map(|closing| [&bytes[..end], closing.as_bytes()].concat()))
        .find(|text| object(text, Duplicates::TakeLast).is_ok())
        .unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_is_mended() {
        let mend = |text: &str| String::from_utf8(mended(text.as_bytes().to_vec())).unwrap();
        assert_eq!(mend(r#"{"keys":[{"kty":"EC"},{"kty":"R"#), r#"{"keys":[{"kty":"EC"}]}"#);
        assert_eq!(mend(r#"{"keys":[{"kty":"EC"}]"#), r#"{"keys":[{"kty":"EC"}]}"#);
        assert_eq!(mend(r#"{"issuer":"a","jwks_uri":"http"#), r#"{"issuer":"a"}"#);
        assert_eq!(mend("no"), "no");
    }
}
