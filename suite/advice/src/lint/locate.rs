//! From what was given to the issuer's documents.

use reqwest::Url;
use serde_json::{Map, Value};

use super::discovery::{self, Metadata, appended, inserted};
use super::document;
use super::exchange::{Asker, Exchange};
use super::given::{self, Given};
use super::notebook::Notebook;
use super::{LintError, jwks, listed};
use jwtspec_jose::{Duplicates, object, quoted};

/// What was found.
pub(super) struct Located {
    /// The identifier, as far as it is known.
    pub(super) identifier: Option<String>,
    /// The answer for the discovery document, if there is one.
    pub(super) discovery: Option<Exchange>,
    /// Which kind of metadata it is.
    pub(super) of: Metadata,
    /// What it says.
    pub(super) metadata: Option<Map<String, Value>>,
    /// The answer for the key set, if its place is known.
    pub(super) set: Option<Exchange>,
}

/// Finds the documents, and judges identifier and discovery.
pub(super) async fn locate(
    book: &mut Notebook,
    asker: &Asker,
    text: &str,
    given: Given,
) -> Result<Located, LintError> {
    match given {
        Given::Identifier(identifier) => {
            let found = look(asker, &identifier).await;
            if found.chosen.is_none()
                && let Ok(url) = Url::parse(&identifier)
            {
                let itself = asker.get(&url, None).await;
                if served(&itself).is_some_and(|members| listed(&members)) {
                    return by_set(book, asker, itself, None).await;
                }
            }
            book.met(given::OTHER);
            by_identifier(book, asker, identifier, found).await
        }
        Given::Discovery(mut identifier) => {
            let found = look(asker, &identifier).await;
            // The URL does not tell whether the identifier ends in a slash; the document does.
            let stated = found.chosen.as_ref().and_then(|(exchange, _)| served(exchange));
            let slashed = format!("{identifier}/");
            if stated.is_some_and(|it| it.get("issuer") == Some(&Value::String(slashed.clone()))) {
                identifier = slashed;
            }
            let told = format!(
                "this is the URL of a discovery document; the identifier is {}",
                quoted(&identifier)
            );
            book.broken(given::OTHER, told);
            by_identifier(book, asker, identifier, found).await
        }
        Given::KeySet(url, issuer) => {
            let exchange = asker.get(&url, None).await;
            if !served(&exchange).is_some_and(|members| listed(&members)) {
                let found = look(asker, text).await;
                if found.chosen.is_some() {
                    book.met(given::OTHER);
                    return by_identifier(book, asker, text.to_owned(), found).await;
                }
            }
            by_set(book, asker, exchange, issuer).await
        }
    }
}

/// What is at the places of a discovery document.
struct Found {
    /// The one to read, and its kind; nothing if there is none.
    chosen: Option<(Exchange, Metadata)>,
    /// Whether it is where OpenID Connect looks.
    is_appended: bool,
    /// What is at the other place, if that has metadata.
    other: Option<Map<String, Value>>,
}

/// Looks at every place.
async fn look(asker: &Asker, identifier: &str) -> Found {
    let mut found = Found { chosen: None, is_appended: false, other: None };
    let Some(url) = appended(identifier) else { return found };
    let first = asker.get(&url, None).await;
    let silent = first.answer.is_err();
    let absent = first.answer.as_ref().is_ok_and(|answer| matches!(answer.status, 404 | 410));
    found.is_appended = !absent;
    if !absent {
        found.chosen = Some((first, Metadata::OpenId));
    }
    // A server that keeps silent would keep silent there too.
    if silent {
        return found;
    }
    for (suffix, of) in [
        ("openid-configuration", Metadata::OpenId),
        ("oauth-authorization-server", Metadata::OAuth),
    ] {
        let Some(place) = inserted(identifier, suffix).filter(|place| *place != url) else {
            continue;
        };
        let exchange = asker.get(&place, None).await;
        let Some(members) = served(&exchange) else { continue };
        if found.chosen.is_none() {
            found.chosen = Some((exchange, of));
        } else if found.is_appended {
            found.other = Some(members);
        }
    }
    found
}

/// The JSON object that was served, if one was.
fn served(exchange: &Exchange) -> Option<Map<String, Value>> {
    let answer = exchange.answer.as_ref().ok()?;
    (200..300).contains(&answer.status).then_some(())?;
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    object(body, Duplicates::TakeLast).ok()
}

async fn by_identifier(
    book: &mut Notebook,
    asker: &Asker,
    identifier: String,
    found: Found,
) -> Result<Located, LintError> {
    given::judge(book, &identifier);
    let mut located = Located {
        identifier: None,
        discovery: None,
        of: Metadata::OpenId,
        metadata: None,
        set: None,
    };
    let mut place = None;
    match found.chosen {
        None => {
            let fault = format!("there is no discovery document for {}", quoted(&identifier));
            book.broken(discovery::ABSENT, fault);
        }
        Some((exchange, of)) => {
            let at = quoted(exchange.url.as_str());
            let elsewhere = !found.is_appended;
            book.judge(discovery::APPENDED, elsewhere.then(|| format!("it is at {at} only")));
            located.of = of;
            located.metadata = document::judge(book, &discovery::DOCUMENT, &exchange);
            if let Some(metadata) = &located.metadata {
                if found.is_appended {
                    both(book, metadata, found.other.as_ref());
                }
                place = discovery::judge(book, &identifier, of, metadata);
            }
            located.discovery = Some(exchange);
        }
    }
    let set = match &place {
        Some(url) => {
            asker.permit(url)?;
            Some(asker.get(url, None).await)
        }
        None => guess(asker, &identifier).await,
    };
    match &set {
        None => book.broken(jwks::KNOWN, "nothing tells where the keys are"),
        Some(_) if place.is_some() => book.met(jwks::KNOWN),
        Some(guessed) => book.met_by(
            jwks::KNOWN,
            format!("nothing tells where the keys are, but there are some at {}", guessed.url),
        ),
    }
    located.set = set;
    located.identifier = Some(identifier);
    Ok(located)
}

/// Judges what is at the other place of a discovery document.
fn both(book: &mut Notebook, metadata: &Map<String, Value>, other: Option<&Map<String, Value>>) {
    match other {
        None => book.broken(discovery::INSERTED, "it is not where RFC 8414 puts it"),
        Some(other) => {
            book.met(discovery::INSERTED);
            let differ = ["issuer", "jwks_uri"]
                .into_iter()
                .find(|member| metadata.get(*member) != other.get(*member));
            let fault = differ.map(|member| format!("the two places differ in `{member}`"));
            book.judge(discovery::AGREE, fault);
        }
    }
}

/// A key set where many issuers have theirs.
async fn guess(asker: &Asker, identifier: &str) -> Option<Exchange> {
    let base = identifier.strip_suffix('/').unwrap_or(identifier);
    let url = Url::parse(&format!("{base}/.well-known/jwks.json")).ok()?;
    let exchange = asker.get(&url, None).await;
    served(&exchange).is_some_and(|members| listed(&members)).then_some(exchange)
}

/// A key set was given; its issuer is taken into account where it can be found.
async fn by_set(
    book: &mut Notebook,
    asker: &Asker,
    set: Exchange,
    issuer: Option<String>,
) -> Result<Located, LintError> {
    if let Some(issuer) = issuer {
        let found = look(asker, &issuer).await;
        let metadata = found.chosen.as_ref().and_then(|(exchange, _)| served(exchange));
        let text = |name: &str| metadata.as_ref()?.get(name)?.as_str();
        let slashed = format!("{issuer}/");
        let stated = text("issuer").filter(|stated| *stated == issuer || *stated == slashed);
        if let (Some(stated), true) = (stated, text("jwks_uri") == Some(set.url.as_str())) {
            let identifier = stated.to_owned();
            let told =
                format!("this is the URL of a key set; the identifier is {}", quoted(&identifier));
            book.broken(given::OTHER, told);
            return by_identifier(book, asker, identifier, found).await;
        }
    }
    book.broken(given::OTHER, "this is the URL of a key set");
    book.unseen("identifier and discovery: give the issuer identifier instead of the key set");
    Ok(Located {
        identifier: None,
        discovery: None,
        of: Metadata::OpenId,
        metadata: None,
        set: Some(set),
    })
}
