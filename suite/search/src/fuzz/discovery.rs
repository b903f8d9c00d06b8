//! `parse_discovery`: discovery documents, which anyone may write.

use serde_json::Value;

use super::LONGEST_INPUT;
use jwtspec_jose::{Duplicates, object};
use jwtspec_reference::parts::{discovered, is_loopback};

/// Reads the bytes as a discovery document, for the issuer that it states and for another.
///
/// # Panics
///
/// If something panics; if a key set would be fetched from elsewhere than https or loopback, by
/// a URL with user information, or for another issuer than the one that the document states.
pub fn parse_discovery(data: &[u8]) {
    if data.len() > LONGEST_INPUT {
        return;
    }
    const OTHER: &str = "https://issuer.jwtspec.example/another";
    let Ok(metadata) = object(data, Duplicates::TakeLast) else { return };
    let stated = metadata.get("issuer").and_then(Value::as_str);
    if stated != Some(OTHER) {
        let other = discovered(OTHER, &metadata);
        assert!(other.is_err(), "{OTHER} gets its keys from {other:?}, by {metadata:?}");
    }
    let Some(stated) = stated else { return };
    let Ok(url) = discovered(stated, &metadata) else { return };
    let loopback = is_loopback(&url);
    assert!(url.scheme() == "https" || url.scheme() == "http" && loopback, "{url}");
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
    assert!(!stated.starts_with("https:") || url.scheme() == "https", "{stated} leads to {url}");
    let again = reqwest::Url::parse(url.as_str());
    assert!(again.as_ref() == Ok(&url), "{url} is {again:?} once written");
}
