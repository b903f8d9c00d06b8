//! A Convex `auth.config` as JSON, and the trust that such a backend makes of it.
//!
//! The backend chooses the provider by the unverified `iss` and `aud`, and is more lenient with
//! the one and stricter with the other than the reference verifier. So the trust for the
//! reference verifier is made for each token anew, and says what was assumed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::Applied;
use super::fields::{Fields, refuse};
use crate::explain::input::percent_decoded;
use jwtspec_format::Problem;
use jwtspec_jose::located::{Json, Node};
use jwtspec_jose::{self as jose, Duplicates};
use jwtspec_types::trust::{KeySource, Provider, Trust};
use jwtspec_types::words::Algorithm;

/// The tolerance of a customJwt provider; an OIDC provider has none.
const CUSTOM_JWT_LEEWAY: u64 = 5;

/// The providers of one backend.
#[derive(Clone, Debug)]
pub(in crate::explain) struct Backend {
    providers: Vec<Entry>,
    assumptions: Vec<String>,
}

/// One provider, as the backend reads it.
#[derive(Clone, Debug)]
struct Entry {
    kind: Kind,
    provider: Provider,
}

/// The way in which the backend takes tokens of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum Kind {
    /// As ID tokens, by discovery.
    Oidc,
    /// As any JWT, by a key set.
    CustomJwt,
}

/// True if a file of this name is meant for such a backend.
pub(super) fn is_convex(name: &str, node: &Node) -> bool {
    let Some(list) = provider_list(node) else { return false };
    let contract = |node: &Node| member(node, "keys").is_some();
    // Without a provider only the name can say it.
    let is_called_so =
        name.rsplit(['/', '\\']).next().is_some_and(|name| name.contains("auth.config"));
    match list.is_empty() {
        true => is_called_so || matches!(node.value, Json::Array(_)),
        false => matches!(node.value, Json::Array(_)) || !list.iter().any(contract),
    }
}

/// The providers of a file that has nothing else: an array, or an object with that array.
fn provider_list(node: &Node) -> Option<&[Node]> {
    match &node.value {
        Json::Array(list) => Some(list),
        Json::Object(members) if members.len() == 1 => match &member(node, "providers")?.value {
            Json::Array(list) => Some(list),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn parse_providers(node: &Node, problems: &mut Vec<Problem>) -> Backend {
    let mut backend = Backend { providers: Vec::new(), assumptions: Vec::new() };
    for node in provider_list(node).unwrap_or_default() {
        let entry = match member(node, "type").map(|kind| (kind, &kind.value)) {
            _ if is_of_authjs(node) => refuse(
                problems,
                node,
                "this is a sign-in provider of Auth.js, not one of `auth.config`",
                "`auth.config` says whose tokens are trusted: \
                 {\"domain\": \"https://…\", \"applicationID\": \"…\"}, where `domain` is the `iss` \
                 of the tokens that the backend gets",
            ),
            None => oidc(node, problems, &mut backend.assumptions),
            Some((_, Json::Text(kind))) if kind == "customJwt" => {
                custom_jwt(node, problems, &mut backend.assumptions)
            }
            Some((kind, _)) => refuse(
                problems,
                kind,
                "unknown type of provider",
                "leave `type` out for an OpenID Connect provider, or write \"customJwt\"",
            ),
        };
        backend.providers.extend(entry);
    }
    backend
}

fn member<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Json::Object(members) = &node.value else { return None };
    members.iter().find(|member| member.name == name).map(|member| &member.value)
}

fn is_of_authjs(node: &Node) -> bool {
    let signs = [
        "clientId",
        "clientSecret",
        "wellKnown",
        "authorization",
        "checks",
        "profile",
        "options",
        "style",
    ];
    let kinds = ["oidc", "oauth", "oauth2", "email", "credentials", "webauthn"];
    let kind = member(node, "type").map(Node::plain);
    let kind = kind.is_some_and(|kind| kind.as_str().is_some_and(|kind| kinds.contains(&kind)));
    member(node, "domain").is_none()
        && (kind || signs.iter().any(|sign| member(node, sign).is_some()))
}

fn oidc(node: &Node, problems: &mut Vec<Problem>, assumptions: &mut Vec<String>) -> Option<Entry> {
    let mut fields = Fields::parse(node, &["domain", "applicationID"], problems)?;
    let domain = fields.required("domain", "the `iss` of the tokens, such as \"https://…\"");
    let id = fields.required("applicationID", "what `aud` of the tokens must be");
    let id = id.and_then(|node| fields.text(node, "a string"));
    let domain = domain.and_then(|node| issuer(&mut fields, node, "domain", assumptions))?;
    Some(Entry {
        kind: Kind::Oidc,
        provider: Provider {
            issuer: domain,
            audiences: vec![id?.to_owned()],
            keys: KeySource::Discovery(true),
            algorithms: vec![Algorithm::Rs256, Algorithm::EdDsa],
            typ: None,
            required_claims: ["sub", "aud", "exp", "iat"].map(str::to_owned).to_vec(),
            key_text: None,
        },
    })
}

fn custom_jwt(
    node: &Node,
    problems: &mut Vec<Problem>,
    assumptions: &mut Vec<String>,
) -> Option<Entry> {
    let known = ["type", "issuer", "jwks", "algorithm", "applicationID"];
    let mut fields = Fields::parse(node, &known, problems)?;
    let stated = fields.required("issuer", "the `iss` of the tokens, such as \"https://…\"");
    let jwks = fields.required("jwks", "the URL of the key set");
    let jwks = jwks.and_then(|node| key_source(&mut fields, node, assumptions));
    let algorithm = fields.required("algorithm", "\"RS256\" or \"ES256\"");
    let algorithm = algorithm.and_then(|node| {
        let help = "this backend takes \"RS256\" and \"ES256\"";
        match fields.text(node, "a string")? {
            "RS256" => Some(Algorithm::Rs256),
            "ES256" => Some(Algorithm::Es256),
            text => fields.refuse(node, format!("unknown algorithm `{text}`"), help),
        }
    });
    let id = fields.optional_text("applicationID");
    let audiences: Vec<String> = id.map(str::to_owned).into_iter().collect();
    let issuer = stated.and_then(|node| issuer(&mut fields, node, "issuer", assumptions))?;
    if audiences.is_empty() {
        assumptions.push(format!(
            "the provider `{issuer}` has no `applicationID`, so `aud` is not checked: a token that \
             this issuer made for another service is accepted too"
        ));
    }
    Some(Entry {
        kind: Kind::CustomJwt,
        provider: Provider {
            issuer,
            audiences,
            keys: jwks?,
            algorithms: vec![algorithm?],
            typ: None,
            required_claims: ["sub", "iss", "exp"].map(str::to_owned).to_vec(),
            key_text: None,
        },
    })
}

/// An issuer, with the scheme that the backend adds.
fn issuer<'a>(
    fields: &mut Fields<'a, '_>,
    node: &'a Node,
    name: &str,
    assumptions: &mut Vec<String>,
) -> Option<String> {
    let text = fields.text(node, "a string")?;
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    if text.is_empty() || rest.is_empty() {
        let help = "write the `iss` of the tokens; is a variable unset?";
        return fields.refuse(node, format!("`{name}` is empty"), help);
    }
    if !matches!(scheme, "" | "http" | "https") {
        let message = format!("`{scheme}` is not http or https");
        return fields.refuse(node, message, "write \"https://…\"");
    }
    let host = rest.split(['/', ':', '?']).next().unwrap_or(rest);
    if !host.contains('.') && host != "localhost" {
        return fields.refuse(
            node,
            format!("`{host}` is no host name: it has no top-level domain"),
            "write the whole URL of the issuer; the backend answers InvalidProviderDomainUrl",
        );
    }
    if scheme.is_empty() {
        assumptions.push(format!(
            "`{name}` is `{text}` without a scheme, which this backend reads as `https://{text}`"
        ));
        return Some(format!("https://{text}"));
    }
    Some(text.to_owned())
}

fn key_source<'a>(
    fields: &mut Fields<'a, '_>,
    node: &'a Node,
    assumptions: &mut Vec<String>,
) -> Option<KeySource> {
    let text = fields.text(node, "a URL")?;
    let Some(data) = text.strip_prefix("data:") else {
        if text.starts_with("https://") || text.starts_with("http://") {
            return Some(KeySource::JwksUri(text.to_owned()));
        }
        let help = "write \"https://…/jwks.json\", or a data: URL";
        return fields.refuse(node, "`jwks` is no URL", help);
    };
    let (kind, body) = data.split_once(',').unwrap_or(("", data));
    let bytes = match kind.ends_with(";base64") {
        true => STANDARD.decode(body).ok().or_else(|| jose::decode(body).ok()),
        false => Some(percent_decoded(body).unwrap_or_else(|| body.to_owned()).into_bytes()),
    };
    let read = bytes.map(|bytes| jose::object(&bytes, Duplicates::TakeLast));
    let Some(Ok(set)) = read else {
        let found = match read {
            Some(Err(fault)) => format!("expected a key set in the data: URL, but it {fault}"),
            _ => {
                "expected a key set in the data: URL, found something that is not base64".to_owned()
            }
        };
        return fields.refuse(
            node,
            found,
            "write data:text/plain;charset=utf-8;base64, and behind it the base64 of {\"keys\": […]}",
        );
    };
    assumptions.push("the key set is in the configuration, in a data: URL".to_owned());
    Some(KeySource::Jwks(set))
}

/// True if the backend takes two issuers for the same.
fn alike(a: &str, b: &str) -> bool {
    fn normal(text: &str) -> String {
        let text = text.trim_end_matches('/');
        if text.contains("://") { text.to_owned() } else { format!("https://{text}") }
    }
    normal(a) == normal(b)
}

impl Backend {
    /// The trust for a token with these claims.
    pub(super) fn for_token(&self, claims: Option<&Map<String, Value>>) -> Applied {
        let claim = |name: &str| claims.and_then(|claims| claims.get(name));
        let iss = claim("iss").and_then(Value::as_str).unwrap_or_default();
        let audience = |name: &str| match claim("aud") {
            Some(Value::String(aud)) => aud == name,
            Some(Value::Array(list)) => list.iter().any(|aud| aud == name),
            _ => false,
        };
        let of_issuer = |entry: &&Entry| alike(&entry.provider.issuer, iss);
        let named = |entry: &&Entry| {
            let audiences = &entry.provider.audiences;
            audiences.is_empty() || audiences.iter().any(|name| audience(name))
        };
        let candidates: Vec<&Entry> = self.providers.iter().filter(of_issuer).collect();
        let chosen = candidates.iter().copied().find(named).or(candidates.first().copied());
        let mut assumptions = self.assumptions.clone();
        let mut providers: Vec<Provider> = Vec::new();
        for entry in &self.providers {
            // Of several with one issuer, only the chosen one can apply to this token.
            let rivals = chosen.is_some_and(|chosen| !std::ptr::eq(chosen, entry));
            let listed = providers.iter().any(|it| it.issuer == entry.provider.issuer);
            if !(listed || of_issuer(&entry) && rivals) {
                providers.push(entry.provider.clone());
            }
        }
        // Discovery needs a URL to go to.
        let usable = |chosen: &&Entry| chosen.kind == Kind::CustomJwt || iss.contains("://");
        if let Some(chosen) = chosen.filter(usable)
            && chosen.provider.issuer != iss
        {
            assumptions.push(format!(
                "this backend ignores a trailing slash and a missing scheme, so `{iss}` counts as \
                 `{}`; other verifiers would refuse it",
                chosen.provider.issuer
            ));
            for provider in &mut providers {
                if provider.issuer == chosen.provider.issuer {
                    iss.clone_into(&mut provider.issuer);
                }
            }
        }
        let backend = chosen.map(|entry| entry.kind);
        let leeway_seconds = if backend == Some(Kind::CustomJwt) { CUSTOM_JWT_LEEWAY } else { 0 };
        assumptions.push(match backend {
            Some(Kind::Oidc) => {
                "judged as this backend judges ID tokens: keys by discovery, RS256 or EdDSA, one \
                 audience only, no leeway; `nbf` does not count"
                    .to_owned()
            }
            Some(Kind::CustomJwt) => format!(
                "judged as this backend judges a customJwt: a `kid` is needed, and `sub`, `iss` and \
                 `exp`; leeway {CUSTOM_JWT_LEEWAY} seconds; `crit` and `cty` do not count"
            ),
            None => "none of the providers has the `iss` of this token".to_owned(),
        });
        // The profile is the default: the rule of `oidc` about `azp` is not this backend's.
        let trust = Trust { providers, leeway_seconds, ..Trust::default() };
        Applied { trust, assumptions, backend }
    }
}
