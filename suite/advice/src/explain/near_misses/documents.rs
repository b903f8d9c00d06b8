//! Discovery documents and key sets that could not be had, or are not what they should be.

use serde_json::Value;

use super::{Detector, NearMiss};
use crate::explain::facts::{Facts, object};
use crate::explain::show::{harmless, literal};
use crate::explain::side::Side;
use crate::explain::trust::Kind;
use jwtspec_jose::read_leniently;
use jwtspec_reference::parts::{discovered, is_json};
use jwtspec_reference::{DISCOVERY, DiscoveryError, Exchange, KEY_SET, TransportFault};
use jwtspec_types::trust::KeySource;

pub(super) const DETECTORS: &[Detector] = &[
    not_asked,
    issuer_differs,
    insecure,
    web_page,
    wrong_document,
    redirected,
    not_found,
    failing,
    unreachable,
    content_type,
];

/// The check that needs the keys.
const KEY: [&str; 1] = ["key"];
/// The check of how the key set is served.
pub(in crate::explain) const KEY_SET_TYPE: &str = "key-set-type";

/// The document that stopped it, if one did, what it is, and its URL as a literal.
fn culprit<'a>(facts: &'a Facts<'_>) -> Option<(&'a Exchange, &'static str, String)> {
    let mut documents = facts.exchanges.iter().filter(|it| matches!(it.what, KEY_SET | DISCOVERY));
    let exchange = documents.find(|exchange| exchange.fault.is_some())?;
    Some((exchange, exchange.what, literal(&exchange.url)))
}

/// The real place of the key set, as far as a look around has shown.
fn found_key_set(facts: &Facts<'_>) -> Option<String> {
    facts.searched().find_map(|(exchange, members)| match members.get("jwks_uri") {
        Some(Value::String(uri)) => Some(uri.clone()),
        _ => members.get("keys").map(|_| exchange.url.clone()),
    })
}

fn configure_keys(facts: &Facts<'_>, uri: &str) -> String {
    match facts.convex {
        true => format!("\"jwks\": {}", literal(uri)),
        false => format!("\"keys\": {{\"jwks_uri\": {}}}", literal(uri)),
    }
}

fn not_asked(facts: &Facts<'_>) -> Option<NearMiss> {
    let (_, what, url) = culprit(facts).filter(|(exchange, ..)| exchange.forbidden)?;
    near_miss! { "not-asked" => KEY, Side::Verifier;
        "The {what} at {url} was not asked for, so nothing is said about key and signature.",
        "Allow it with `--allow-remote`, which fetches from other machines.",
        "Or fetch it yourself and hand it over with `--jwks FILE` or `--discovery FILE`.",
    }
}

fn issuer_differs(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = facts.last_exchange(DISCOVERY)?;
    let members = object(&exchange.body)?;
    let issuer = &facts.provider()?.issuer;
    let expected = literal(issuer);
    // A document that is fine in itself has no fault of its own.
    exchange.fault.as_deref().or_else(|| facts.refusal("key"))?;
    let Some(Value::String(stated)) = members.get("issuer") else {
        return near_miss! { "discovery-without-issuer" => KEY, Side::Issuer;
            "The discovery document has no `issuer`.",
            "Have the issuer add \"issuer\": {expected}.",
        };
    };
    let slash = stated.trim_end_matches('/') == issuer.trim_end_matches('/');
    let how = if slash { " They differ only in the slash at the end." } else { "" };
    let backend = match facts.backend {
        Some(Kind::Oidc) => {
            " This backend looks for the document at the `iss` of the token, and then answers \
             AuthProviderDiscoveryFailed."
        }
        _ => "",
    };
    let (shown, line) = (literal(stated), facts.issuer_line(stated));
    near_miss! { "discovery-issuer-differs" => KEY, Side::Issuer, if stated != issuer;
        "The discovery document states the issuer {shown}, but it was found under {expected}.{how} \
         Both, and `iss`, must be the same, character for character.{backend}",
        "Have the issuer write \"issuer\": {expected} into its discovery document.",
        "Or have it mint \"iss\": {shown}, and configure the verifier with {line}.",
    }
}

fn insecure(facts: &Facts<'_>) -> Option<NearMiss> {
    let members = object(&facts.last_exchange(DISCOVERY)?.body)?;
    facts.refusal("key")?;
    let Some(uri) = members.get("jwks_uri").and_then(Value::as_str) else {
        return near_miss! { "discovery-without-jwks-uri" => KEY, Side::Issuer;
            "The discovery document has no `jwks_uri`, so it does not say where the keys are.",
            "Have the issuer add \"jwks_uri\": with the URL of its key set.",
        };
    };
    let secure = literal(&uri.replacen("http://", "https://", 1));
    let uri = literal(uri);
    let error = discovered(&facts.provider()?.issuer, &members).err()?;
    near_miss! { "jwks-uri-insecure" => KEY, Side::Issuer,
        if matches!(error, DiscoveryError::KeySetInsecure | DiscoveryError::KeySetDowngraded);
        "The discovery document says \"jwks_uri\": {uri}, which is plain http. Anyone in \
         between could put other keys there, so no verifier may use it.",
        "Have the issuer write \"jwks_uri\": {secure}.",
        "Behind a proxy, tell the issuer its public URL (`X-Forwarded-Proto`, or a setting for \
         the base URL).",
    }
}

fn is_page(exchange: &Exchange) -> bool {
    let kind = exchange.content_type.as_deref().unwrap_or_default();
    kind.starts_with("text/html") || exchange.body.trim_ascii_start().starts_with(b"<")
}

fn web_page(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exchange, what, url) = culprit(facts)?;
    if exchange.status != Some(200) || !is_page(exchange) || object(&exchange.body).is_some() {
        return None;
    }
    let id = if what == KEY_SET { "key-set-html" } else { "discovery-html" };
    let text = format!(
        "At {url} a web page is served (`text/html`) where the {what} should be. Many sites answer \
         every unknown path with their start page."
    );
    elsewhere(facts, id, &text, what)
}

/// A document that is not where it is looked for.
fn elsewhere(facts: &Facts<'_>, id: &'static str, text: &str, what: &str) -> Option<NearMiss> {
    let configured = matches!(facts.provider().map(|it| &it.keys), Some(KeySource::JwksUri(_)));
    let found = found_key_set(facts);
    let configure = configure_keys(facts, found.as_deref().unwrap_or("https://…"));
    match found.as_deref().map(literal) {
        Some(uri) if configured => near_miss! { id => KEY, Side::Verifier;
            "{text} The key set is at {uri}.",
            "Configure the verifier with {configure}.",
        },
        Some(uri) => near_miss! { id => KEY, Side::Issuer;
            "{text} A key set is at {uri}.",
            "Have the issuer serve a discovery document at `/.well-known/openid-configuration` \
             below its `iss`.",
            "Or configure the verifier with {configure}.",
        },
        None if configured => near_miss! { id => KEY, Side::Verifier;
            "{text}",
            "Find the URL of the key set (`jwks_uri` in the issuer's discovery document) and \
             configure the verifier with {configure}.",
            "If the issuer is yours, have it serve the {what} there, as JSON.",
        },
        None => near_miss! { id => KEY, Side::Issuer;
            "{text}",
            "Have the issuer serve a discovery document at `/.well-known/openid-configuration` \
             below its `iss`, as JSON, without sign-in.",
            "If it has none, give the verifier the URL of its key set: {configure}.",
        },
    }
}

/// JSON, but another document.
fn wrong_document(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = facts.last_exchange(KEY_SET).filter(|exchange| exchange.status != Some(404))?;
    let text = std::str::from_utf8(&exchange.body).unwrap_or_default();
    let array = matches!(read_leniently(text), Some(Value::Array(_)));
    let members = object(&exchange.body).unwrap_or_default();
    facts.refusal("key").filter(|_| !members.contains_key("keys"))?;
    if let Some(Value::String(uri)) = members.get("jwks_uri") {
        let (url, configure) = (literal(&exchange.url), configure_keys(facts, uri));
        return near_miss! { "key-set-is-discovery" => KEY, Side::Verifier;
            "At {url} is the discovery document, not the key set: it says where that one is.",
            "Configure the verifier with {configure}.",
        };
    }
    let is_pem = |value: &Value| value.as_str().is_some_and(|it| it.starts_with("-----BEGIN"));
    if members.values().any(is_pem) {
        return near_miss! { "key-set-is-certificates" => KEY, Side::Verifier;
            "At that URL are certificates in PEM, not a key set.",
            "Configure the URL that serves JWKs: for Google \
             https://www.googleapis.com/oauth2/v3/certs instead of …/v1/certs.",
        };
    }
    let what = if array { "a bare array of keys" } else { "a single key" };
    near_miss! { "key-set-unwrapped" => KEY, Side::Issuer, if array || members.contains_key("kty");
        "What is served is {what}, not a key set.",
        "Have the issuer serve an object: {{\"keys\": [ … ]}}.",
    }
}

fn redirected(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exchange, what, url) = culprit(facts)?;
    let status = exchange.status.filter(|status| (300..400).contains(status))?;
    near_miss! { "keys-redirected" => KEY, Side::Verifier;
        "The {what} at {url} was answered with status {status}, a redirect. Many verifiers follow \
         none, so that no other server decides where keys come from.",
        "Configure the address to which it leads, perhaps with `www.`, or with a slash.",
        "If it leads to a sign-in page, have the issuer serve this path without sign-in.",
    }
}

fn not_found(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exchange, what, url) = culprit(facts)?;
    let status = exchange.status.filter(|status| (400..500).contains(status))?;
    if matches!(status, 401 | 403) {
        return near_miss! { "keys-behind-sign-in" => KEY, Side::Issuer;
            "The {what} at {url} was answered with status {status}: it is not public.",
            "Have the issuer serve discovery document and key set to everyone.",
        };
    }
    let id = if what == KEY_SET { "key-set-not-found" } else { "discovery-missing" };
    elsewhere(facts, id, &format!("The {what} is not at {url} (status {status})."), what)
}

fn failing(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exchange, what, url) = culprit(facts)?;
    let status = exchange.status.filter(|status| *status >= 500)?;
    near_miss! { "issuer-failing" => KEY, Side::Issuer;
        "The {what} at {url} was answered with status {status}: the issuer's server is in trouble.",
        "Try again later. This is not the fault of the token.",
        "If the issuer is yours, look into its log.",
    }
}

fn unreachable(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exchange, what, url) =
        culprit(facts).filter(|(it, ..)| it.status.is_none() && !it.given && !it.forbidden)?;
    let why = harmless(exchange.fault.as_deref().unwrap_or_default());
    let (id, by) = match facts.last_exchange(DISCOVERY).is_some() && what == KEY_SET {
        true => ("jwks-uri-unreachable", "`jwks_uri` of the discovery document"),
        false => ("keys-unreachable", "the configuration"),
    };
    let advice: &[&str] = match exchange.transport {
        Some(TransportFault::Certificate) => {
            &["Have the issuer show a certificate that is valid for its host."]
        }
        _ => &[
            "Look whether the issuer runs, and whether that address is right.",
            "`localhost` inside a container, or in the cloud, is that machine itself: give the \
             issuer an address that the verifier can reach.",
        ],
    };
    let miss = near_miss! { id => KEY, Side::Issuer;
        "No server answers for the {what} at {url} ({why}). The address comes from {by}.",
    };
    miss.map(|miss| miss.advised(advice))
}

fn content_type(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = facts.last_exchange(KEY_SET).filter(|exchange| exchange.status == Some(200))?;
    object(&exchange.body)?;
    let found = match &exchange.content_type {
        Some(kind) => format!("with the content type {}", literal(kind)),
        None => "without a content type".to_owned(),
    };
    let (checks, effect): (&[&'static str], _) = match facts.backend {
        Some(Kind::CustomJwt) => (&[KEY_SET_TYPE], "This backend refuses it for that."),
        _ => (&[], "This verifier does not mind, but others refuse it, Convex among them."),
    };
    let url = literal(&exchange.url);
    near_miss! { "key-set-content-type" => checks, Side::Issuer,
        if !is_json(exchange.content_type.as_deref());
        "The key set at {url} is served {found}. {effect}",
        "Have the issuer serve it as `application/json` or `application/jwk-set+json`.",
    }
}
