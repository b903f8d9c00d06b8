//! Fetching a key set, over a network that nobody here controls.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use reqwest::{Client, StatusCode, Url, redirect};
use serde_json::{Map, Value};

use super::freshness;
use super::jwk::{self, Origin, PublishedKey};
use super::text::quoted;
use crate::trust::{KeySource, Provider};

/// Octets of the largest document that is read (RFC 9110 section 2.3).
const LARGEST_DOCUMENT: usize = 1 << 20;

/// Time for all that obtaining keys takes: the caller of a token waits for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Redirects are not followed: where keys come from is the configuration's to say. Connections
/// are not kept, as fetches are rare. Proxies do not apply to loopback issuers.
static CLIENT: LazyLock<Result<Client, String>> = LazyLock::new(|| {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .user_agent(concat!("jwtspec-reference/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| format!("no HTTP client could be made: {error}"))
});

/// A key set, and how long its issuer lets it be kept.
pub(super) struct Fetched {
    pub(super) keys: Vec<PublishedKey>,
    pub(super) lifetime: Option<Duration>,
}

/// Why no key set was obtained.
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

/// Whether keys could ever come from there; the error says why not.
pub(super) fn check_source(provider: &Provider) -> Result<(), String> {
    match &provider.keys {
        KeySource::Discovery(false) => Err("`discovery` is either true or left out".to_owned()),
        KeySource::Discovery(true) => issuer_url(&provider.issuer).map(|_| ()),
        KeySource::JwksUri(uri) => {
            http_url(uri).map(|_| ()).map_err(|why| format!("the `jwks_uri` {} {why}", quoted(uri)))
        }
        KeySource::Jwks(set) => {
            jwk::read_set(set, Origin::Inline).map(|_| ()).map_err(|why| format!("`jwks`: {why}"))
        }
    }
}

/// Obtains a provider's keys, within [`PATIENCE`].
pub(super) async fn keys(provider: &Provider) -> Result<Fetched, FetchError> {
    let work = async {
        let uri = match &provider.keys {
            KeySource::Jwks(set) => {
                let keys = jwk::read_set(set, Origin::Inline)?;
                return Ok(Fetched { keys, lifetime: None });
            }
            KeySource::JwksUri(uri) => http_url(uri)?,
            KeySource::Discovery(_) => discover(&provider.issuer).await?,
        };
        let (set, lifetime) = document(uri, "key set").await?;
        let keys = jwk::read_set(&set, Origin::Published)
            .map_err(|why| format!("the issuer's key set is none: {why}"))?;
        Ok(Fetched { keys, lifetime })
    };
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(format!("it took more than {} seconds", PATIENCE.as_secs()).into()))
}

/// The `jwks_uri` of an issuer (OpenID Connect Discovery 1.0 sections 4.1 and 4.3).
async fn discover(issuer: &str) -> Result<Url, FetchError> {
    let issuer_url = issuer_url(issuer)?;
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let location = http_url(&format!("{base}/.well-known/openid-configuration"))?;
    let (metadata, _) = document(location, "discovery document").await?;
    match metadata.get("issuer") {
        Some(Value::String(stated)) if stated == issuer => {}
        Some(Value::String(stated)) => {
            return Err(format!(
                "the discovery document states the issuer {}, which is not the configured one, \
                 character for character",
                quoted(stated)
            )
            .into());
        }
        _ => return Err("the discovery document states no `issuer`".to_owned().into()),
    }
    let Some(Value::String(uri)) = metadata.get("jwks_uri") else {
        return Err("the discovery document has no `jwks_uri`".to_owned().into());
    };
    let url = http_url(uri).map_err(|why| format!("the discovered `jwks_uri` {why}"))?;
    if url.scheme() != "https" && !(is_loopback(&issuer_url) && is_loopback(&url)) {
        return Err("the discovered `jwks_uri` is not https".to_owned().into());
    }
    if issuer_url.scheme() == "https" && url.scheme() != "https" {
        return Err("the issuer is https, but its `jwks_uri` is not".to_owned().into());
    }
    Ok(url)
}

/// An issuer that metadata can be taken from (RFC 8414 section 2). Plain http is for loopback,
/// where nobody is between.
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

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A JSON object served with status 200 (RFC 8414 section 3.2).
async fn document(
    url: Url,
    what: &'static str,
) -> Result<(Map<String, Value>, Option<Duration>), FetchError> {
    let client = CLIENT.as_ref().map_err(Clone::clone)?;
    let failed =
        |error: reqwest::Error| format!("the {what} could not be fetched: {}", cause(&error));
    let mut answer = client.get(url).send().await.map_err(failed)?;
    if answer.status() != StatusCode::OK {
        return Err(FetchError {
            why: format!("the {what} was answered with status {}", answer.status().as_u16()),
            wait: freshness::retry_after(answer.headers()),
        });
    }
    let lifetime = freshness::lifetime(answer.headers());
    let mut octets = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        octets.extend_from_slice(&chunk);
        if octets.len() > LARGEST_DOCUMENT {
            return Err(format!("the {what} has more than {LARGEST_DOCUMENT} octets").into());
        }
    }
    match serde_json::from_slice(&octets) {
        Ok(Value::Object(object)) => Ok((object, lifetime)),
        Ok(_) => Err(format!("the {what} is not a JSON object").into()),
        Err(_) => Err(format!("the {what} is not JSON").into()),
    }
}

/// What went wrong, without the address that reqwest's own text repeats.
fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the answer is not HTTP"
    }
}
