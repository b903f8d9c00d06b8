//! Finds the issuer's documents from the URL that was given.

use reqwest::Url;
use serde_json::{Map, Value};

use super::document;
use super::exchange::{Exchange, HttpClient};
use super::findings::Findings;
use super::input::{self, Input};
use super::metadata::{self, Metadata, appended, inserted};
use super::{LintError, jwks, listed};
use jwtspec_jose::{Duplicates, object, quoted};

/// The documents that were found.
#[derive(Default)]
pub(super) struct Discovered {
    /// The identifier, as far as it is known.
    pub(super) identifier: Option<String>,
    /// The answer for the discovery document, if there is one.
    pub(super) discovery: Option<Exchange>,
    /// The kind of metadata that it is.
    pub(super) kind: Metadata,
    /// Its content.
    pub(super) metadata: Option<Map<String, Value>>,
    /// The answer for the key set, if its place is known.
    pub(super) set: Option<Exchange>,
}

/// Finds the documents, and judges identifier and discovery.
pub(super) async fn discover(
    found: &mut Findings,
    client: &HttpClient,
    text: &str,
    input: Input,
) -> Result<Discovered, LintError> {
    match input {
        Input::Identifier(identifier) => {
            let places = search_places(client, &identifier).await;
            if places.chosen.is_none()
                && let Ok(url) = Url::parse(&identifier)
            {
                let itself = client.get(&url, None).await;
                if is_key_set(&itself) {
                    return by_set(found, client, itself, None).await;
                }
            }
            found.met(input::OTHER);
            by_identifier(found, client, identifier, places).await
        }
        Input::Discovery(mut identifier) => {
            let places = search_places(client, &identifier).await;
            // The URL does not tell whether the identifier ends in a slash; the document does.
            let stated = places.chosen.as_ref().and_then(|(exchange, _)| served(exchange));
            let slashed = format!("{identifier}/");
            if stated.is_some_and(|it| it.get("issuer") == Some(&Value::String(slashed.clone()))) {
                identifier = slashed;
            }
            let shown = quoted(&identifier);
            let seen =
                format!("this is the URL of a discovery document; the identifier is {shown}");
            found.broken(input::OTHER, seen);
            by_identifier(found, client, identifier, places).await
        }
        Input::KeySet(url, issuer) => {
            let exchange = client.get(&url, None).await;
            if !is_key_set(&exchange) {
                let places = search_places(client, text).await;
                if places.chosen.is_some() {
                    found.met(input::OTHER);
                    return by_identifier(found, client, text.to_owned(), places).await;
                }
            }
            by_set(found, client, exchange, issuer).await
        }
    }
}

/// The answers at the places of a discovery document.
struct Places {
    /// The one to read, and its kind; nothing if there is none.
    chosen: Option<(Exchange, Metadata)>,
    /// True if it is where OpenID Connect looks.
    is_appended: bool,
    /// The metadata at the other place, if there is any.
    other: Option<Map<String, Value>>,
}

/// Asks at every place.
async fn search_places(client: &HttpClient, identifier: &str) -> Places {
    let mut places = Places { chosen: None, is_appended: false, other: None };
    let Some(url) = appended(identifier) else { return places };
    let first = client.get(&url, None).await;
    let silent = first.answer.is_err();
    let absent = first.answer.as_ref().is_ok_and(|answer| matches!(answer.status, 404 | 410));
    places.is_appended = !absent;
    places.chosen = (!absent).then_some((first, Metadata::OpenId));
    // A server that keeps silent would keep silent there too.
    if silent {
        return places;
    }
    for (suffix, kind) in [
        ("openid-configuration", Metadata::OpenId),
        ("oauth-authorization-server", Metadata::OAuth),
    ] {
        let Some(place) = inserted(identifier, suffix).filter(|place| *place != url) else {
            continue;
        };
        let exchange = client.get(&place, None).await;
        let Some(members) = served(&exchange) else { continue };
        if places.chosen.is_none() {
            places.chosen = Some((exchange, kind));
        } else if places.is_appended {
            places.other = Some(members);
        }
    }
    places
}

/// The JSON object that was served, if one was.
fn served(exchange: &Exchange) -> Option<Map<String, Value>> {
    let answer = exchange.answer.as_ref().ok()?;
    (200..300).contains(&answer.status).then_some(())?;
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    object(body, Duplicates::TakeLast).ok()
}

fn is_key_set(exchange: &Exchange) -> bool {
    served(exchange).is_some_and(|members| listed(&members))
}

async fn by_identifier(
    found: &mut Findings,
    client: &HttpClient,
    identifier: String,
    places: Places,
) -> Result<Discovered, LintError> {
    input::judge_identifier(found, &identifier);
    let mut discovered = Discovered::default();
    let mut place = None;
    match places.chosen {
        None => {
            let fault = format!("there is no discovery document for {}", quoted(&identifier));
            found.broken(metadata::ABSENT, fault);
        }
        Some((exchange, kind)) => {
            let at = quoted(exchange.url.as_str());
            let elsewhere = !places.is_appended;
            found.check(metadata::APPENDED, elsewhere.then(|| format!("it is at {at} only")));
            discovered.kind = kind;
            discovered.metadata = document::judge_document(found, &metadata::DOCUMENT, &exchange);
            if let Some(metadata) = &discovered.metadata {
                if places.is_appended {
                    both(found, metadata, places.other.as_ref());
                }
                place = metadata::judge_metadata(found, &identifier, kind, metadata);
            }
            discovered.discovery = Some(exchange);
        }
    }
    discovered.set = match &place {
        Some(url) => {
            client.permit(url)?;
            found.met(jwks::KNOWN);
            Some(client.get(url, None).await)
        }
        None => {
            let guessed = guess(client, &identifier).await;
            let some = guessed.as_ref().map(|it| format!(", but there are some at {}", it.url));
            let seen = format!("nothing tells where the keys are{}", some.unwrap_or_default());
            found.tell(jwks::KNOWN, guessed.is_some(), seen);
            guessed
        }
    };
    discovered.identifier = Some(identifier);
    Ok(discovered)
}

/// Judges the metadata at the other place of a discovery document.
fn both(found: &mut Findings, metadata: &Map<String, Value>, other: Option<&Map<String, Value>>) {
    match other {
        None => found.broken(metadata::INSERTED, "it is not where RFC 8414 puts it"),
        Some(other) => {
            found.met(metadata::INSERTED);
            let differ = ["issuer", "jwks_uri"]
                .into_iter()
                .find(|member| metadata.get(*member) != other.get(*member));
            let fault = differ.map(|member| format!("the two places differ in `{member}`"));
            found.check(metadata::AGREE, fault);
        }
    }
}

/// A key set where many issuers have theirs.
async fn guess(client: &HttpClient, identifier: &str) -> Option<Exchange> {
    let base = identifier.strip_suffix('/').unwrap_or(identifier);
    let url = Url::parse(&format!("{base}/.well-known/jwks.json")).ok()?;
    let exchange = client.get(&url, None).await;
    is_key_set(&exchange).then_some(exchange)
}

/// A key set was given; its issuer is taken into account where it can be found.
async fn by_set(
    found: &mut Findings,
    client: &HttpClient,
    set: Exchange,
    issuer: Option<String>,
) -> Result<Discovered, LintError> {
    if let Some(issuer) = issuer {
        let places = search_places(client, &issuer).await;
        let metadata = places.chosen.as_ref().and_then(|(exchange, _)| served(exchange));
        let text = |name: &str| metadata.as_ref()?.get(name)?.as_str();
        let slashed = format!("{issuer}/");
        let stated = text("issuer").filter(|stated| *stated == issuer || *stated == slashed);
        if let (Some(stated), true) = (stated, text("jwks_uri") == Some(set.url.as_str())) {
            let identifier = stated.to_owned();
            let shown = quoted(&identifier);
            let seen = format!("this is the URL of a key set; the identifier is {shown}");
            found.broken(input::OTHER, seen);
            return by_identifier(found, client, identifier, places).await;
        }
    }
    found.broken(input::OTHER, "this is the URL of a key set");
    found.unseen("identifier and discovery: give the issuer identifier instead of the key set");
    Ok(Discovered { set: Some(set), ..Discovered::default() })
}
