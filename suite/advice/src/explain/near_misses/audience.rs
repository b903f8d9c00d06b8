//! Reasons why `aud` does not name the verifier.

use serde_json::Value;

use super::spelling::difference;
use super::{Detector, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{list, literal, value};
use crate::explain::side::Side;
use crate::explain::trust::Kind;
use jwtspec_types::profile::TokenKind;

pub(super) const DETECTORS: &[Detector] = &[
    one_only,
    misspelt,
    joined,
    in_another_claim,
    is_issuer,
    wrong_type,
    missing,
    indistinguishable,
];

const AUDIENCE: [&str; 2] = ["audience", "required-claims"];

/// The audiences of the verifier, if it checks any.
fn expected<'a>(facts: &'a Facts<'_>) -> Option<&'a [String]> {
    let audiences = facts.likely_provider()?.audiences.as_slice();
    (!audiences.is_empty()).then_some(audiences)
}

/// The audiences of the verifier, if `aud` names none of them.
fn unnamed<'a>(facts: &'a Facts<'_>) -> Option<&'a [String]> {
    let expected = expected(facts)?;
    let received = facts.audiences();
    (!expected.iter().any(|name| received.contains(&name.as_str()))).then_some(expected)
}

/// Several audiences, where one may be named only.
fn one_only(facts: &Facts<'_>) -> Option<NearMiss> {
    let strict =
        facts.backend == Some(Kind::Oidc) || facts.trust.profile.tokens() == TokenKind::IdToken;
    let received = facts.audiences();
    let own = expected(facts)?;
    let name = own.iter().find(|name| received.contains(&name.as_str()))?;
    let stranger = received.iter().find(|name| !own.iter().any(|own| own == *name))?;
    let rule = match facts.convex {
        true => "this backend takes ID tokens for one audience only. It then answers \
                 \"Could not verify OIDC token claim\"."
            .to_owned(),
        false => format!(
            "an ID token for several clients is refused where one of them is not trusted, and {} \
             is not.",
            literal(stranger)
        ),
    };
    let (count, all, name) = (received.len(), list(&received), literal(name));
    let configure = match facts.convex {
        true => {
            "Or configure a provider of type \"customJwt\", which takes any `aud` array that \
             contains its applicationID. "
        }
        false => "",
    };
    near_miss! { "audience-array" => ["id-token-audience"], Side::Issuer, if strict;
        "`aud` is an array of {count} audiences, {all}. The expected one is among them, but {rule}",
        "Have the issuer mint a token with \"aud\": {name} alone.",
        "{configure}With Auth0, an access token with the scope `openid` has two audiences: send \
         the ID token instead.",
    }
}

fn misspelt(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    let received = facts.audiences();
    let (aud, name, difference) = received.iter().find_map(|aud| {
        expected.iter().find_map(|name| Some((*aud, name.as_str(), difference(aud, name)?)))
    })?;
    let (_, id, how) = difference.described();
    let line = facts.audience_line(aud);
    let (aud, name) = (literal(aud), literal(name));
    near_miss! { id => AUDIENCE, Side::Verifier;
        "`aud` is {aud} and the verifier answers to {name}. They differ only in {how}, and are compared \
         character for character.",
        "Configure the verifier with {line}.",
        "Or have the issuer write \"aud\": {name}.",
    }
}

/// Several audiences in one string.
fn joined(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    let aud = facts.text("aud")?;
    let parts: Vec<&str> = aud
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '"'))
        .filter(|part| !part.is_empty())
        .collect();
    let name = expected.iter().find(|name| parts.contains(&name.as_str()) && aud != **name)?;
    let (aud, name, parts) = (literal(aud), literal(name), Value::from(parts));
    near_miss! { "audience-joined" => AUDIENCE, Side::Issuer;
        "`aud` is the string {aud}. The expected audience {name} is in it, but a string is one \
         audience; several of them need an array.",
        "Have the issuer write \"aud\": {parts}.",
    }
}

/// The expected audience in the claim that names the client.
fn in_another_claim(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    let names = ["azp", "client_id", "appid", "cid", "resource", "scope"];
    let (claim, found) = names.iter().find_map(|claim| {
        let found = facts.text(claim)?;
        expected.iter().any(|name| name == found).then_some((*claim, literal(found)))
    })?;
    let now = match facts.claim("aud") {
        Some(aud) => format!("`aud` is {}", value(aud)),
        None => "there is no `aud`".to_owned(),
    };
    let other = match facts.audiences().first().map(|aud| facts.audience_line(aud)) {
        Some(line) => format!(
            "Or, if the token is an access token for this service, configure the verifier with \
             {line}. If it is for another service, send the ID token instead."
        ),
        None => "Or send the ID token instead: its `aud` is the client. An access token may have \
                 none."
            .to_owned(),
    };
    near_miss! { "audience-only-in-client-claim" => AUDIENCE, Side::Issuer;
        "The expected audience {found} is in `{claim}` only, and {now}. `{claim}` says which \
         client asked for the token; which service the token is for, `aud` must say.",
        "Have the issuer write \"aud\": {found}.",
        "{other}",
    }
}

fn is_issuer(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = list(unnamed(facts)?);
    let iss = facts.text("iss")?.trim_end_matches('/');
    let received = facts.audiences();
    received.iter().find(|aud| aud.trim_end_matches('/') == iss)?;
    let received = list(received);
    near_miss! { "audience-is-issuer" => AUDIENCE, Side::Issuer;
        "`aud` is {received}, the issuer itself: the token is meant for the issuer's own endpoints, \
         such as userinfo.",
        "Have the issuer write \"aud\": {expected}.",
        "Ask for the token with the audience, or the resource, of this service.",
    }
}

fn wrong_type(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = list(expected(facts)?);
    let aud = facts.claim("aud")?;
    let fault = match aud {
        Value::String(_) => return None,
        Value::Array(list) if list.is_empty() => "an empty array",
        Value::Array(list) if list.iter().all(Value::is_string) => return None,
        Value::Array(_) => "an array that holds other things than strings",
        Value::Null => "null",
        _ => "neither a string nor an array",
    };
    let aud = value(aud);
    near_miss! { "audience-type" => AUDIENCE, Side::Issuer;
        "`aud` is {aud}: {fault}. It must be a string or an array of strings.",
        "Have the issuer write \"aud\": {expected}.",
    }
}

fn missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = list(expected(facts)?);
    let (found, other) = match facts.claim("scope").or(facts.claim("scp")) {
        Some(_) => (
            "The token has no `aud`, as access tokens of some issuers (it has `scope`). It does \
             not say which service it is for, so any service to which a user gave it could use it \
             here.",
            "Or send the ID token, which always has an `aud`.",
        ),
        None => (
            "The token has no `aud`: it does not say which service it is for.",
            "With most issuers, the audience is registered as an API, or asked for as `audience` \
             or `resource`.",
        ),
    };
    let backend = facts.no_provider_found("issuer");
    near_miss! { "audience-missing" => AUDIENCE, Side::Issuer,
        if !facts.claims?.contains_key("aud");
        "{found}{backend}",
        "Have the issuer write \"aud\": {expected}.",
        "{other}",
    }
}

/// The backend answers the same as for a wrong issuer.
fn indistinguishable(facts: &Facts<'_>) -> Option<NearMiss> {
    let name = list(unnamed(facts)?);
    facts.provider().and(facts.claim("aud"))?;
    let backend = facts.no_provider_found("issuer");
    let received = facts.audiences();
    let line = facts.audience_line(received.first().copied().unwrap_or_default());
    let received = list(received);
    near_miss! { "no-auth-provider" => AUDIENCE, Side::Verifier, if facts.convex;
        "`iss` is right, and `aud` is {received} where the applicationID is {name}.{backend}",
        "Configure the provider with {line}.",
        "Or have the issuer write \"aud\": {name}.",
    }
}
