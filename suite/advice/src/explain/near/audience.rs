//! Why `aud` does not name the verifier.

use serde_json::Value;

use super::url::{Difference, difference};
use super::{Look, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{list, literal, value};
use crate::explain::side::Side;
use crate::explain::trust::Kind;
use jwtspec_types::profile::TokenKind;

pub(super) const LOOKS: [Look; 8] = [
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
const ONE_ONLY: &str = "id-token-audience";

/// What the verifier answers to, if it checks that at all.
fn expected<'a>(facts: &'a Facts<'_>) -> Option<&'a [String]> {
    let audiences = facts.likely()?.audiences.as_slice();
    (!audiences.is_empty()).then_some(audiences)
}

/// Whether `aud` names none of the expected ones.
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
    strict.then(|| {
        NearMiss::new(
            "audience-array",
            &[ONE_ONLY],
            Side::Issuer,
            format!(
                "`aud` is an array of {} audiences, {}. The expected one is among them, but {}",
                received.len(),
                list(received.iter().copied()),
                match facts.convex {
                    true => "this backend takes ID tokens for one audience only. It then answers \
                             \"Could not verify OIDC token claim\"."
                        .to_owned(),
                    false => format!(
                        "an ID token for several clients is refused where one of them is not \
                         trusted, and {} is not.",
                        literal(stranger)
                    ),
                }
            ),
        )
        .advise(format!("Have the issuer mint a token with \"aud\": {} alone.", literal(name)))
        .advise(if facts.convex {
            "Or configure a provider of type \"customJwt\", which takes any `aud` array that \
             contains its applicationID. With Auth0, an access token with the scope `openid` has \
             two audiences: send the ID token instead."
        } else {
            "With Auth0, an access token with the scope `openid` has two audiences: send the ID \
             token instead."
        })
    })
}

fn misspelt(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    let received = facts.audiences();
    let (aud, name, how) = received.iter().find_map(|aud| {
        expected.iter().find_map(|name| Some((*aud, name.as_str(), difference(aud, name)?)))
    })?;
    let (id, how) = match how {
        Difference::Slash => ("audience-trailing-slash", "only in the slash at the end"),
        Difference::WhiteSpace => ("audience-white-space", "only in white space around it"),
        Difference::Case => ("audience-case", "only in upper and lower case"),
        Difference::Scheme => ("audience-scheme", "only in `http` and `https`"),
        Difference::SchemeMissing | Difference::SchemeUnwanted => {
            ("audience-scheme-missing", "only in that one of them has no scheme")
        }
        Difference::Www => ("audience-www", "only in `www.`"),
        Difference::Port => ("audience-port", "only in the port"),
        Difference::Several => ("audience-spelling", "only in scheme, case, `www.`, port or slash"),
    };
    Some(
        NearMiss::new(
            id,
            &AUDIENCE,
            Side::Verifier,
            format!(
                "`aud` is {} and the verifier answers to {}. They differ {how}, and are compared \
                 character for character.",
                literal(aud),
                literal(name)
            ),
        )
        .advise(format!("Configure the verifier with {}.", facts.audience_line(aud)))
        .advise(format!("Or have the issuer write \"aud\": {}.", literal(name))),
    )
}

/// Several audiences in one string.
fn joined(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    let aud = facts.text("aud")?;
    let parts: Vec<&str> = aud
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '"'))
        .filter(|part| !part.is_empty())
        .collect();
    let name = expected.iter().find(|name| parts.contains(&name.as_str()))?;
    (aud != name).then(|| {
        NearMiss::new(
            "audience-joined",
            &AUDIENCE,
            Side::Issuer,
            format!(
                "`aud` is the string {}. The expected audience {} is in it, but a string is one \
                 audience; several of them need an array.",
                literal(aud),
                literal(name)
            ),
        )
        .advise(format!("Have the issuer write \"aud\": {}.", Value::from(parts.clone())))
    })
}

/// The expected audience stands in the claim that names the client.
fn in_another_claim(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    let names = ["azp", "client_id", "appid", "cid", "resource", "scope"];
    let (claim, found) = names.iter().find_map(|claim| {
        let found = facts.text(claim)?;
        expected.iter().any(|name| name == found).then_some((*claim, found))
    })?;
    let now = match facts.claim("aud") {
        Some(aud) => format!("`aud` is {}", value(aud)),
        None => "there is no `aud`".to_owned(),
    };
    let miss = NearMiss::new(
        "audience-only-in-client-claim",
        &AUDIENCE,
        Side::Issuer,
        format!(
            "The expected audience {} stands in `{claim}` only, and {now}. `{claim}` says which \
             client asked for the token; whom the token is for, `aud` must say.",
            literal(found)
        ),
    )
    .advise(format!("Have the issuer write \"aud\": {}.", literal(found)));
    let first = facts.audiences().first().map(|aud| facts.audience_line(aud));
    Some(match first {
        Some(line) => miss.advise(format!(
            "Or, if the token is an access token for this service, configure the verifier with \
             {line}. If it is for another service, send the ID token instead."
        )),
        None => miss.advise(
            "Or send the ID token instead: its `aud` is the client. An access token may have none.",
        ),
    })
}

fn is_issuer(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    let iss = facts.text("iss")?;
    let slashless = |text: &str| text.trim_end_matches('/').to_owned();
    facts.audiences().iter().find(|aud| slashless(aud) == slashless(iss))?;
    Some(
        NearMiss::new(
            "audience-is-issuer",
            &AUDIENCE,
            Side::Issuer,
            format!(
                "`aud` is {}, the issuer itself: the token is meant for the issuer's own endpoints, \
                 such as userinfo.",
                list(facts.audiences())
            ),
        )
        .advise(format!("Have the issuer write \"aud\": {}.", list(expected.iter().map(String::as_str))))
        .advise("Ask for the token with the audience, or the resource, of this service."),
    )
}

fn wrong_type(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = expected(facts)?;
    let aud = facts.claim("aud")?;
    let fault = match aud {
        Value::String(_) => return None,
        Value::Array(list) if list.is_empty() => "an empty array",
        Value::Array(list) if list.iter().all(Value::is_string) => return None,
        Value::Array(_) => "an array that holds other things than strings",
        Value::Null => "null",
        _ => "neither a string nor an array",
    };
    Some(
        NearMiss::new(
            "audience-type",
            &AUDIENCE,
            Side::Issuer,
            format!(
                "`aud` is {}: {fault}. It must be a string or an array of strings.",
                value(aud)
            ),
        )
        .advise(format!(
            "Have the issuer write \"aud\": {}.",
            list(expected.iter().map(String::as_str))
        )),
    )
}

fn missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = expected(facts)?;
    if facts.claims?.contains_key("aud") {
        return None;
    }
    let access = facts.claim("scope").or(facts.claim("scp")).is_some();
    let mut what = if access {
        "The token has no `aud`, as access tokens of some issuers (it has `scope`). It does not say \
         whom it is for, so anyone to whom a user gave it could use it here."
    } else {
        "The token has no `aud`: it does not say whom it is for."
    }
    .to_owned();
    if facts.convex {
        what += " This backend then answers \"No auth provider found matching the given token\", the \
                 same as for a wrong issuer.";
    }
    let name = list(expected.iter().map(String::as_str));
    Some(
        NearMiss::new("audience-missing", &AUDIENCE, Side::Issuer, what)
            .advise(format!("Have the issuer write \"aud\": {name}."))
            .advise(if access {
                "Or send the ID token, which always has an `aud`."
            } else {
                "With most issuers, the audience is registered as an API, or asked for as \
                 `audience` or `resource`."
            }),
    )
}

/// The backend answers the same as for a wrong issuer.
fn indistinguishable(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = unnamed(facts)?;
    if !facts.convex || facts.provider().is_none() || facts.claim("aud").is_none() {
        return None;
    }
    let name = list(expected.iter().map(String::as_str));
    let first = facts.audiences().first().copied().unwrap_or_default();
    Some(
        NearMiss::new(
            "no-auth-provider",
            &AUDIENCE,
            Side::Verifier,
            format!(
                "`iss` is right, and `aud` is {} where the applicationID is {name}. This backend \
                 then answers \"No auth provider found matching the given token\", the same as for a \
                 wrong issuer.",
                list(facts.audiences())
            ),
        )
        .advise(format!("Configure the provider with {}.", facts.audience_line(first)))
        .advise(format!("Or have the issuer write \"aud\": {name}.")),
    )
}
