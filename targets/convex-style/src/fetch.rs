//! Fetching documents of issuers, within bounds of time and size.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};
use reqwest::Client;
use reqwest::redirect::Policy;

/// So long may one document take: discovery and key set together stay below what a caller waits.
const WITHIN: Duration = Duration::from_secs(3);
/// No discovery document or key set is longer.
const MOST_OCTETS: usize = 1 << 20;

/// A document that did not come.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// No connection, or no readable answer.
    #[error("{0}")]
    Transport(String),
    /// It took too long.
    #[error("no answer within {} s", WITHIN.as_secs())]
    Late,
    /// It is too long.
    #[error("the document is longer than {MOST_OCTETS} octets")]
    Long,
    /// Keys without TLS, of an issuer with it.
    #[error("it is not fetched over plain http, as the issuer is over https")]
    Plain,
    /// A request or an answer that cannot be expressed.
    #[error("{0}")]
    Http(#[from] openidconnect::http::Error),
}

/// A client that follows no redirects: they would lead away from the configured issuer.
///
/// # Errors
///
/// If the system has no usable TLS configuration.
pub(crate) fn client() -> reqwest::Result<Client> {
    // An error says that there is a provider, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(Policy::none()).timeout(WITHIN).no_proxy().build()
}

/// Sends a request and reads the whole answer.
///
/// # Errors
///
/// If there is none in time, or it is too long.
pub(crate) async fn send(client: Client, request: HttpRequest) -> Result<HttpResponse, FetchError> {
    let request = reqwest::Request::try_from(request).map_err(|error| explained(&error))?;
    let mut answer = client.execute(request).await.map_err(|error| explained(&error))?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| explained(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_OCTETS {
            return Err(FetchError::Long);
        }
    }
    let mut response = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    Ok(response.body(body)?)
}

/// The innermost cause, which is the one that says something: "connection refused".
fn explained(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::Late;
    }
    FetchError::Transport(innermost(error))
}

/// The text of the innermost cause of an error.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
