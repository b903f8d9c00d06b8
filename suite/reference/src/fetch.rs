//! Where a provider's keys are fetched from, and what makes a key set of an answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};

use super::document::{Document, document};
use super::fetcher::{DISCOVERY, FetchError, KEY_SET, KeyFetcher, Request};
use jwtspec_jose::{Origin, PublishedKey, quoted, read_set};
use jwtspec_types::trust::{KeySource, Provider};

/// A key set as its issuer served it.
#[derive(Clone)]
pub(super) struct KeySet {
    pub(super) keys: Arc<[PublishedKey]>,
    /// The time for which its issuer lets it be kept; nothing if it does not say.
    pub(super) permitted: Option<Duration>,
    /// Where it came from and its `ETag` there: by them it can be asked for again.
    validator: Option<(Url, HeaderValue)>,
}

/// Where the keys of one issuer come from.
pub(super) struct Source {
    issuer: String,
    keys: KeySource,
    fetcher: Arc<dyn KeyFetcher>,
    /// True if a key set must be labelled as JSON.
    labelled: bool,
}

/// Checks that keys could ever come from there; the error says why not.
pub(super) fn check_source(provider: &Provider) -> Result<(), String> {
    match &provider.keys {
        KeySource::Discovery(false) => Err("`discovery` is either true or left out".to_owned()),
        KeySource::Discovery(true) => issuer_url(&provider.issuer).map(|_| ()),
        KeySource::JwksUri(uri) => {
            http_url(uri).map(|_| ()).map_err(|why| format!("the `jwks_uri` {} {why}", quoted(uri)))
        }
        KeySource::Jwks(set) => {
            read_set(set, Origin::Inline).map(|_| ()).map_err(|why| format!("`jwks`: {why}"))
        }
    }
}

impl Source {
    pub(super) fn new(issuer: String, keys: KeySource, fetcher: Arc<dyn KeyFetcher>) -> Self {
        Self { issuer, keys, fetcher, labelled: false }
    }

    /// The same for a provider that takes key sets only if they are labelled as JSON.
    pub(super) fn labelled(self) -> Self {
        Self { labelled: true, ..self }
    }

    /// Returns whether the keys are known without a fetch.
    pub(super) fn is_inline(&self) -> bool {
        matches!(self.keys, KeySource::Jwks(_))
    }

    /// Obtains the keys, within the fetcher's patience, at this time since 1970. A set that is held saves
    /// the issuer from sending the same once more.
    pub(super) async fn fetch(
        &self,
        held: Option<&KeySet>,
        now: Duration,
    ) -> Result<KeySet, FetchError> {
        let work = self.fetch_patiently(held, now);
        // What is not fetched needs no patience, nor a runtime that could measure it.
        if self.is_inline() {
            return work.await;
        }
        let patience = self.fetcher.patience();
        tokio::time::timeout(patience, work).await.unwrap_or_else(|_| {
            Err(format!("it took more than {} seconds", patience.as_secs()).into())
        })
    }

    async fn fetch_patiently(
        &self,
        held: Option<&KeySet>,
        now: Duration,
    ) -> Result<KeySet, FetchError> {
        // The discovery document is fetched along with each key set and not kept on its own, so
        // keys that have moved are found as soon as new ones are wanted.
        let uri = match &self.keys {
            KeySource::Jwks(set) => {
                let keys = read_set(set, Origin::Inline)?.into();
                return Ok(KeySet { keys, permitted: None, validator: None });
            }
            KeySource::JwksUri(uri) => http_url(uri)?,
            KeySource::Discovery(_) => self.discover(now).await?,
        };
        let held = held.filter(|set| set.validator.as_ref().is_some_and(|(from, _)| *from == uri));
        let etag = held.and_then(|set| set.validator.as_ref()).map(|(_, etag)| etag);
        let answer = self.document(uri.clone(), KEY_SET, etag, now).await?;
        let validator = answer.etag.map(|etag| (uri, etag));
        match (answer.members, held) {
            (Some(set), _) => {
                let keys = read_set(&set, Origin::Published)
                    .map_err(|why| format!("the issuer's key set is none: {why}"))?;
                Ok(KeySet { keys: keys.into(), permitted: answer.lifetime, validator })
            }
            // What the confirmation does not say anew holds on (RFC 9111 section 4.3.4).
            (None, Some(held)) => Ok(KeySet {
                keys: Arc::clone(&held.keys),
                permitted: answer.lifetime.or(held.permitted),
                validator: validator.or_else(|| held.validator.clone()),
            }),
            (None, None) => {
                Err("the key set that is held was confirmed, but none is".to_owned().into())
            }
        }
    }

    /// The `jwks_uri` of an issuer (OpenID Connect Discovery 1.0 sections 4.1 and 4.3).
    async fn discover(&self, now: Duration) -> Result<Url, FetchError> {
        let issuer = self.issuer.as_str();
        issuer_url(issuer)?;
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let location = http_url(&format!("{base}/.well-known/openid-configuration"))?;
        let answer = self.document(location, DISCOVERY, None, now).await?;
        let metadata = answer.members.unwrap_or_default();
        Ok(discovered(issuer, &metadata)?)
    }

    /// Asks for a document that is no part of obtaining keys, for the record of a fetch policy.
    pub(super) async fn look(&self, url: &str, what: &'static str, now: Duration) {
        if let Ok(url) = http_url(url) {
            let work = self.document(url, what, None, now);
            let _ = tokio::time::timeout(self.fetcher.patience(), work).await;
        }
    }

    async fn document(
        &self,
        url: Url,
        what: &'static str,
        held: Option<&HeaderValue>,
        now: Duration,
    ) -> Result<Document, FetchError> {
        let labelled = self.labelled && what == KEY_SET;
        let request = Request { url, what, issuer: &self.issuer, held, now, labelled };
        document(&*self.fetcher, &request).await
    }
}

/// The fault of a discovery document, or of the issuer that should have one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The configured issuer has no URL that metadata can be taken from: a clause with the reason.
    #[error("{0}")]
    IssuerUrl(String),
    /// The document states another issuer.
    #[error(
        "the discovery document states the issuer {}, which is not the configured one, character \
         for character",
        quoted(.0)
    )]
    IssuerDiffers(String),
    /// The document has no `issuer`.
    #[error("the discovery document states no `issuer`")]
    IssuerMissing,
    /// The document has no `jwks_uri`.
    #[error("the discovery document has no `jwks_uri`")]
    KeySetMissing,
    /// The `jwks_uri` cannot be fetched: a clause with the reason.
    #[error("the discovered `jwks_uri` {0}")]
    KeySetUrl(String),
    /// The `jwks_uri` is plain http, and another machine may be in between.
    #[error("the discovered `jwks_uri` is not https")]
    KeySetInsecure,
    /// The `jwks_uri` is plain http, and the issuer is https.
    #[error("the issuer is https, but its `jwks_uri` is not")]
    KeySetDowngraded,
}

impl From<DiscoveryError> for FetchError {
    fn from(error: DiscoveryError) -> Self {
        error.to_string().into()
    }
}

/// Returns the `jwks_uri` that a discovery document states for an issuer.
///
/// # Errors
///
/// If the document is not the issuer's, or has no `jwks_uri` that may be asked.
pub fn discovered(issuer: &str, metadata: &Map<String, Value>) -> Result<Url, DiscoveryError> {
    let issuer_url = issuer_url(issuer).map_err(DiscoveryError::IssuerUrl)?;
    match metadata.get("issuer") {
        Some(Value::String(stated)) if stated == issuer => {}
        Some(Value::String(stated)) => return Err(DiscoveryError::IssuerDiffers(stated.clone())),
        _ => return Err(DiscoveryError::IssuerMissing),
    }
    let Some(Value::String(uri)) = metadata.get("jwks_uri") else {
        return Err(DiscoveryError::KeySetMissing);
    };
    let url = http_url(uri).map_err(DiscoveryError::KeySetUrl)?;
    if url.scheme() != "https" && !(is_loopback(&issuer_url) && is_loopback(&url)) {
        return Err(DiscoveryError::KeySetInsecure);
    }
    if issuer_url.scheme() == "https" && url.scheme() != "https" {
        return Err(DiscoveryError::KeySetDowngraded);
    }
    Ok(url)
}

/// An issuer that metadata can be taken from (RFC 8414 section 2). Plain http is for loopback,
/// where no other machine is between.
fn issuer_url(issuer: &str) -> Result<Url, String> {
    let url = http_url(issuer).map_err(|why| format!("the issuer {} {why}", quoted(issuer)))?;
    if issuer.contains(['?', '#']) {
        return Err(format!("the issuer {} has a query or fragment", quoted(issuer)));
    }
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(format!("the issuer {} is not https", quoted(issuer)));
    }
    Ok(url)
}

/// An absolute http or https URL without user information (RFC 9110 section 4.2.4).
fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "is not an absolute URL".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http nor https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has user information, which must not be sent".to_owned());
    }
    Ok(url)
}

/// Returns whether this is a URL of this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
