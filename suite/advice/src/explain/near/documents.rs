//! Discovery documents and key sets that could not be had, or are not what they should be.

use serde_json::Value;

use super::{Look, NearMiss};
use crate::explain::facts::{Facts, object};
use crate::explain::show::{harmless, literal};
use crate::explain::side::Side;
use crate::explain::trust::Kind;
use jwtspec_reference::parts::is_json;
use jwtspec_reference::{DISCOVERY, Exchange, KEY_SET};
use jwtspec_types::trust::KeySource;

pub(super) const LOOKS: [Look; 10] = [
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

/// The check that needs the keys, and the one about how they are served.
const KEY: [&str; 1] = ["key"];
pub(in crate::explain) const SERVED: &str = "key-set-type";

/// The document that stopped it, if one did.
fn culprit<'a>(facts: &'a Facts<'_>) -> Option<&'a Exchange> {
    facts
        .exchanges
        .iter()
        .find(|exchange| matches!(exchange.what, KEY_SET | DISCOVERY) && exchange.fault.is_some())
}

/// Where the key set really is, as far as a look around has shown.
fn found_key_set(facts: &Facts<'_>) -> Option<String> {
    facts.sought().find_map(|(exchange, members)| match members.get("jwks_uri") {
        Some(Value::String(uri)) => Some(uri.clone()),
        _ => members.get("keys").map(|_| exchange.url.clone()),
    })
}

fn configure_keys(facts: &Facts<'_>, uri: &str) -> String {
    if facts.convex {
        format!("\"jwks\": {}", literal(uri))
    } else {
        format!("\"keys\": {{\"jwks_uri\": {}}}", literal(uri))
    }
}

fn miss(id: &'static str, side: Side, text: impl Into<String>) -> NearMiss {
    NearMiss::new(id, &KEY, side, text)
}

fn not_asked(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = culprit(facts).filter(|exchange| exchange.forbidden)?;
    Some(
        miss(
            "not-asked",
            Side::Verifier,
            format!(
                "The {} at {} was not asked for, so nothing is said about key and signature.",
                exchange.what,
                literal(&exchange.url)
            ),
        )
        .advise("Allow it with `--allow-remote`, which fetches from other machines.")
        .advise("Or fetch it yourself and hand it over with `--jwks FILE` or `--discovery FILE`."),
    )
}

fn issuer_differs(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = facts.discovery_exchange()?;
    let members = object(&exchange.body)?;
    let expected = &facts.provider()?.issuer;
    exchange.fault.as_ref().or_else(|| {
        // A document that is fine in itself has no fault of its own.
        facts.fails("key").then_some(expected)
    })?;
    let Some(Value::String(stated)) = members.get("issuer") else {
        return Some(
            miss(
                "discovery-without-issuer",
                Side::Issuer,
                "The discovery document has no `issuer`.",
            )
            .advise(format!("Have the issuer add \"issuer\": {}.", literal(expected))),
        );
    };
    if stated == expected {
        return None;
    }
    let slash = stated.trim_end_matches('/') == expected.trim_end_matches('/');
    let how = if slash { " They differ only in the slash at the end." } else { "" };
    let backend = match facts.backend {
        Some(Kind::Oidc) => {
            " This backend looks for the document at the `iss` of the token, and then answers \
             AuthProviderDiscoveryFailed."
        }
        _ => "",
    };
    Some(
        miss(
            "discovery-issuer-differs",
            Side::Issuer,
            format!(
                "The discovery document states the issuer {}, but it was found under {}.{how} Both, \
                 and `iss`, must be the same, character for character.{backend}",
                literal(stated),
                literal(expected)
            ),
        )
        .advise(format!(
            "Have the issuer write \"issuer\": {} into its discovery document.",
            literal(expected)
        ))
        .advise(format!(
            "Or have it mint \"iss\": {0}, and configure the verifier with \"{1}\": {0}.",
            literal(stated),
            facts.issuer_key()
        )),
    )
}

fn insecure(facts: &Facts<'_>) -> Option<NearMiss> {
    let members = object(&facts.discovery_exchange()?.body)?;
    let uri = members.get("jwks_uri").and_then(Value::as_str);
    if !facts.fails("key") {
        return None;
    }
    let Some(uri) = uri else {
        return Some(
            miss(
                "discovery-without-jwks-uri",
                Side::Issuer,
                "The discovery document has no `jwks_uri`, so it does not say where the keys are.",
            )
            .advise("Have the issuer add \"jwks_uri\": with the URL of its key set."),
        );
    };
    let why = facts.message("key");
    (why.contains("not https") || why.contains("its `jwks_uri` is not")).then(|| {
        let secure = uri.replacen("http://", "https://", 1);
        miss(
            "jwks-uri-insecure",
            Side::Issuer,
            format!(
                "The discovery document says \"jwks_uri\": {}, which is plain http. Whoever is \
                 between could put other keys there, so no verifier may use it.",
                literal(uri)
            ),
        )
        .advise(format!("Have the issuer write \"jwks_uri\": {}.", literal(&secure)))
        .advise(
            "Behind a proxy, tell the issuer its public URL (`X-Forwarded-Proto`, or a mint_context for \
             the base URL).",
        )
    })
}

fn is_page(exchange: &Exchange) -> bool {
    let kind = exchange.content_type.as_deref().unwrap_or_default();
    kind.starts_with("text/html") || exchange.body.trim_ascii_start().starts_with(b"<")
}

fn web_page(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = culprit(facts).filter(|it| it.status == Some(200) && is_page(it))?;
    if object(&exchange.body).is_some() {
        return None;
    }
    let what = exchange.what;
    let id = if what == KEY_SET { "key-set-html" } else { "discovery-html" };
    let text = format!(
        "At {} a web page is served (`text/html`) where the {what} should be. Many sites answer every \
         unknown path with their start page.",
        literal(&exchange.url)
    );
    Some(elsewhere(facts, id, text, what))
}

/// Advice for a document that is not where it is looked for.
fn elsewhere(facts: &Facts<'_>, id: &'static str, text: String, what: &str) -> NearMiss {
    let configured = matches!(facts.provider().map(|it| &it.keys), Some(KeySource::JwksUri(_)));
    match found_key_set(facts) {
        Some(uri) if configured => {
            miss(id, Side::Verifier, format!("{text} The key set is at {}.", literal(&uri)))
                .advise(format!("Configure the verifier with {}.", configure_keys(facts, &uri)))
        }
        Some(uri) => miss(id, Side::Issuer, format!("{text} A key set is at {}.", literal(&uri)))
            .advise(
                "Have the issuer serve a discovery document at `/.well-known/openid-configuration` \
                 below its `iss`.",
            )
            .advise(format!("Or configure the verifier with {}.", configure_keys(facts, &uri))),
        None if configured => miss(id, Side::Verifier, text)
            .advise(format!(
                "Find the URL of the key set (`jwks_uri` in the issuer's discovery document) and \
                 configure the verifier with {}.",
                configure_keys(facts, "https://…")
            ))
            .advise(format!("If the issuer is yours, have it serve the {what} there, as JSON.")),
        None => miss(id, Side::Issuer, text)
            .advise(
                "Have the issuer serve a discovery document at `/.well-known/openid-configuration` \
                 below its `iss`, as JSON, without sign-in.",
            )
            .advise(format!(
                "If it has none, give the verifier the URL of its key set: {}.",
                configure_keys(facts, "https://…")
            )),
    }
}

/// JSON, but another document.
fn wrong_document(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = facts.key_set_exchange().filter(|exchange| exchange.status != Some(404))?;
    let array = matches!(serde_json::from_slice(&exchange.body), Ok(Value::Array(_)));
    let members = object(&exchange.body).unwrap_or_default();
    if members.contains_key("keys") || !facts.fails("key") {
        return None;
    }
    if let Some(Value::String(uri)) = members.get("jwks_uri") {
        return Some(
            miss(
                "key-set-is-discovery",
                Side::Verifier,
                format!(
                    "At {} is the discovery document, not the key set: it says where that one is.",
                    literal(&exchange.url)
                ),
            )
            .advise(format!("Configure the verifier with {}.", configure_keys(facts, uri))),
        );
    }
    let certificates = members
        .values()
        .any(|value| value.as_str().is_some_and(|text| text.starts_with("-----BEGIN")));
    if certificates {
        return Some(
            miss(
                "key-set-is-certificates",
                Side::Verifier,
                "At that URL are certificates in PEM, not a key set.".to_owned(),
            )
            .advise(
                "Configure the URL that serves JWKs: for Google \
                 https://www.googleapis.com/oauth2/v3/certs instead of …/v1/certs.",
            ),
        );
    }
    (array || members.contains_key("kty")).then(|| {
        let what = if array { "a bare array of keys" } else { "a single key" };
        miss("key-set-unwrapped", Side::Issuer, format!("What is served is {what}, not a key set."))
            .advise("Have the issuer serve an object: {\"keys\": [ … ]}.")
    })
}

fn redirected(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = culprit(facts)?;
    let status = exchange.status.filter(|status| (300..400).contains(status))?;
    Some(
        miss(
            "keys-redirected",
            Side::Verifier,
            format!(
                "The {} at {} was answered with status {status}, a redirect. Many verifiers follow \
                 none, so that nobody else decides where keys come from.",
                exchange.what,
                literal(&exchange.url)
            ),
        )
        .advise("Configure the address to which it leads, perhaps with `www.`, or with a slash.")
        .advise("If it leads to a sign-in page, have the issuer serve this path without sign-in."),
    )
}

fn not_found(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = culprit(facts)?;
    let status = exchange.status.filter(|status| (400..500).contains(status))?;
    let what = exchange.what;
    let id = match (what, status) {
        (_, 401 | 403) => "keys-behind-sign-in",
        (KEY_SET, _) => "key-set-not-found",
        _ => "discovery-missing",
    };
    if id == "keys-behind-sign-in" {
        return Some(
            miss(
                id,
                Side::Issuer,
                format!(
                    "The {what} at {} was answered with status {status}: it is not public.",
                    literal(&exchange.url)
                ),
            )
            .advise("Have the issuer serve discovery document and key set to everyone."),
        );
    }
    let text = format!("The {what} is not at {} (status {status}).", literal(&exchange.url));
    Some(elsewhere(facts, id, text, what))
}

fn failing(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = culprit(facts)?;
    let status = exchange.status.filter(|status| *status >= 500)?;
    Some(
        miss(
            "issuer-failing",
            Side::Issuer,
            format!(
                "The {} at {} was answered with status {status}: the issuer's server is in trouble.",
                exchange.what,
                literal(&exchange.url)
            ),
        )
        .advise("Try again later. This is not the fault of the token.")
        .advise("If the issuer is yours, look into its log."),
    )
}

fn unreachable(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = culprit(facts).filter(|it| it.status.is_none() && !it.given && !it.forbidden)?;
    let why = exchange.fault.as_deref().unwrap_or_default();
    let told = facts.discovery_exchange().is_some() && exchange.what == KEY_SET;
    let (id, by) = match told {
        true => ("jwks-uri-unreachable", "`jwks_uri` of the discovery document"),
        false => ("keys-unreachable", "the configuration"),
    };
    let certificate = why.contains("certificate");
    let miss = miss(
        id,
        Side::Issuer,
        format!(
            "Nobody answers for the {} at {} ({}). The address comes from {by}.",
            exchange.what,
            literal(&exchange.url),
            harmless(why)
        ),
    );
    Some(if certificate {
        miss.advise("Have the issuer show a certificate that is valid for its host.")
    } else {
        miss.advise("Look whether the issuer runs, and whether that address is right.").advise(
            "`localhost` inside a container, or in the cloud, is that machine itself: give the \
             issuer an address that the verifier can reach.",
        )
    })
}

fn content_type(facts: &Facts<'_>) -> Option<NearMiss> {
    let exchange = facts.key_set_exchange().filter(|exchange| exchange.status == Some(200))?;
    object(&exchange.body)?;
    if is_json(exchange.content_type.as_deref()) {
        return None;
    }
    let found = match &exchange.content_type {
        Some(kind) => format!("with the content type {}", literal(kind)),
        None => "without a content type".to_owned(),
    };
    let strict = facts.backend == Some(Kind::CustomJwt);
    let effect = match strict {
        true => "This backend refuses it for that.",
        false => "This verifier does not mind, but others refuse it, Convex among them.",
    };
    let checks: &[&'static str] = if strict { &[SERVED] } else { &[] };
    Some(
        NearMiss::new(
            "key-set-content-type",
            checks,
            Side::Issuer,
            format!("The key set at {} is served {found}. {effect}", literal(&exchange.url)),
        )
        .advise("Have the issuer serve it as `application/json` or `application/jwk-set+json`."),
    )
}
