//! The trait through which the documents of issuers are fetched, and its implementation over HTTP.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, StatusCode, Url};

use super::client::{TransportFault, client};
use jwtspec_driver::Unsupported;
use jwtspec_types::trust::Trust;

/// Name of a document: the key set of an issuer.
pub const KEY_SET: &str = "key set";
/// Name of a document: the metadata of an issuer.
pub const DISCOVERY: &str = "discovery document";

/// Time for all that obtaining keys takes: the caller of a token waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The size of the largest document that is read, in bytes (RFC 9110 section 2.3).
const LARGEST_DOCUMENT: usize = 1 << 20;

/// Fetches the documents of issuers.
pub(crate) trait KeyFetcher: Send + Sync {
    /// Sends a request. Returns the response when its head is there; the body follows.
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a>;

    /// The time that obtaining a key set may take, all its documents together.
    fn patience(&self) -> Duration {
        PATIENCE
    }
}

/// The response to a request, once it is awaited.
pub(crate) type Fetching<'a> = BoxFuture<'a, Result<Response, FetchError>>;

/// A document to fetch, and what its response is held to.
pub(crate) struct Request<'a> {
    pub(super) url: Url,
    /// The name of the document in messages.
    pub(super) what: &'static str,
    /// The configured issuer whose document it is; empty if there is none.
    pub(super) issuer: &'a str,
    /// The `ETag` of the copy that is held, if there is one.
    pub(super) held: Option<&'a HeaderValue>,
    /// The time since 1970.
    pub(super) now: Duration,
    /// True if it must be labelled as JSON.
    pub(super) labelled: bool,
}

/// A response whose body has not been read yet.
pub(crate) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// The body of a response, once it is awaited.
pub(super) type Body = BoxFuture<'static, Result<Vec<u8>, FetchError>>;

/// Why a document was not obtained.
#[derive(Debug)]
pub(crate) struct FetchError {
    /// A clause for people; it names no address, for the caller may be anyone.
    pub(super) why: String,
    /// The time for which the issuer asks not to be asked again.
    pub(super) wait: Duration,
    /// The fault of the connection, if there was one.
    pub(super) transport: Option<TransportFault>,
}

impl From<String> for FetchError {
    fn from(why: String) -> Self {
        Self { why, wait: Duration::ZERO, transport: None }
    }
}

/// Fetches over HTTP, and reads no more than a document may have.
pub(super) struct HttpFetcher {
    /// The client, or why there is none.
    client: Result<Client, String>,
}

impl HttpFetcher {
    /// A fetcher that trusts the certificate authorities of a trust.
    ///
    /// # Errors
    ///
    /// If its `ca_pem` cannot be used.
    pub(super) fn new(trust: &Trust) -> Result<Self, Unsupported> {
        let client = client(trust.ca_pem.as_deref());
        match (&client, &trust.ca_pem) {
            (Err(why), Some(_)) => Err(Unsupported(format!("`ca_pem` {why}"))),
            // Without a client it may still verify by inline keys.
            _ => Ok(Self { client }),
        }
    }

    /// A fetcher with a client of the caller's.
    pub(super) fn with_client(client: Result<Client, String>) -> Self {
        Self { client }
    }

    /// Sends a request. The body of the response has not been read yet.
    pub(super) async fn send(
        &self,
        request: &Request<'_>,
    ) -> Result<reqwest::Response, FetchError> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let asked = client
            .get(request.url.clone())
            .header(ACCEPT, "application/json")
            // What is not unpacked cannot burst.
            .header(ACCEPT_ENCODING, "identity");
        let asked = match request.held {
            Some(etag) => asked.header(IF_NONE_MATCH, etag),
            None => asked,
        };
        asked.send().await.map_err(|error| broken(request.what, &error))
    }
}

impl KeyFetcher for HttpFetcher {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        async move {
            let response = self.send(request).await?;
            Ok(Response {
                status: response.status(),
                headers: response.headers().clone(),
                body: read_bounded(response, request.what).boxed(),
            })
        }
        .boxed()
    }
}

async fn read_bounded(
    mut response: reqwest::Response,
    what: &'static str,
) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(what, &error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST_DOCUMENT {
            return Err(format!("the {what} has more than {LARGEST_DOCUMENT} bytes").into());
        }
    }
    Ok(bytes)
}

pub(super) fn broken(what: &str, error: &reqwest::Error) -> FetchError {
    let fault = TransportFault::from(error);
    let why = format!("the {what} could not be fetched: {fault}");
    FetchError { transport: Some(fault), ..why.into() }
}
