//! Reasons why the verifier knows no issuer like that of the token.

use serde_json::Value;

use super::spelling::{Difference, difference};
use super::{Detector, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{list, literal, value};
use crate::explain::side::Side;

pub(super) const DETECTORS: &[Detector] = &[
    no_providers,
    missing,
    misspelt,
    audience_instead,
    tenant_placeholder,
    local,
    other_instance,
    similar,
    other_provider,
];

const ISSUER: [&str; 1] = ["issuer"];

/// The `iss` of the token, unless a provider is called that.
fn unknown<'a>(facts: &'a Facts<'_>) -> Option<&'a str> {
    facts.text("iss").filter(|_| facts.provider().is_none())
}

fn no_providers(facts: &Facts<'_>) -> Option<NearMiss> {
    let loaded = match facts.convex {
        true => {
            "If `auth.config` has a provider, it was not deployed: run `npx convex dev` or `npx \
             convex deploy` again."
        }
        false => "If the file that you wrote has one, look whether the verifier loads that file.",
    };
    near_miss! { "no-providers" => ISSUER, Side::Verifier, if facts.trust.providers.is_empty();
        "The configuration names no provider at all, so no token can be accepted.",
        "Add the issuer of the token to `providers`.",
        "{loaded}",
    }
}

fn missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let claims = facts.claims?;
    let issuer = literal(&facts.likely_provider()?.issuer);
    match claims.get("iss") {
        None => near_miss! { "issuer-missing" => ISSUER, Side::Issuer;
            "The token has no `iss`, so the verifier cannot tell whose key to use.",
            "Have the issuer add \"iss\": {issuer}.",
        },
        Some(Value::String(_)) => None,
        Some(iss) => {
            let iss = value(iss);
            near_miss! { "issuer-not-text" => ISSUER, Side::Issuer;
                "`iss` is {iss}, and must be a string.",
                "Have the issuer write \"iss\": {issuer}.",
            }
        }
    }
}

fn misspelt(facts: &Facts<'_>) -> Option<NearMiss> {
    let iss = unknown(facts)?;
    let (expected, difference) = facts.trust.providers.iter().find_map(|provider| {
        Some((provider.issuer.as_str(), difference(iss, &provider.issuer)?))
    })?;
    let (id, _, how) = difference.described();
    let how = match difference {
        Difference::SchemeMissing => "that the token's has no `https://`",
        Difference::SchemeUnwanted => "that the configured one has no scheme",
        _ => how,
    };
    let (side, why) = match difference {
        Difference::WhiteSpace if iss.trim() != iss => (
            Side::Issuer,
            " The issuer writes white space into `iss`, perhaps from a file with a line break.",
        ),
        Difference::WhiteSpace => {
            (Side::Verifier, " The configuration has white space around the value.")
        }
        Difference::Scheme if iss.starts_with("http://") => (
            Side::Issuer,
            " The issuer seems not to know that it is reached by https: behind a proxy it must be \
             told its public URL.",
        ),
        Difference::SchemeMissing => {
            (Side::Issuer, " An issuer is a URL, so its `iss` needs a scheme.")
        }
        _ => (Side::Verifier, ""),
    };
    let stated = facts.searched().find_map(|(_, it)| it.get("issuer")?.as_str().map(str::to_owned));
    // What the issuer calls itself decides which of the two spellings is wrong.
    let (side, why) = match stated {
        Some(stated) if stated == iss => {
            (Side::Verifier, " The issuer's discovery document spells it like the token.")
        }
        Some(stated) if stated == expected => {
            (Side::Issuer, " The issuer's discovery document spells it like the configuration.")
        }
        _ => (side, why),
    };
    let configure = facts.issuer_line(iss);
    let (iss, expected) = (literal(iss), literal(expected));
    let (first, second) = match side {
        Side::Issuer => (
            format!("Have the issuer write \"iss\": {expected} into its tokens."),
            format!("Or, if that is how it is called, configure the verifier with {configure}."),
        ),
        _ => (
            format!("Configure the verifier with {configure}."),
            format!(
                "Or, if the issuer is yours, have it write \"iss\": {expected}, and the same in \
                 its discovery document."
            ),
        ),
    };
    near_miss! { id => ISSUER, side;
        "`iss` is {iss} and the configured issuer is {expected}. They differ only in {how}, and a verifier \
         compares them character for character.{why}",
        "{first}",
        "{second}",
    }
}

fn audience_instead(facts: &Facts<'_>) -> Option<NearMiss> {
    let iss = unknown(facts)?;
    let mut providers = facts.trust.providers.iter();
    let provider = providers.find(|provider| provider.audiences.iter().any(|it| it == iss))?;
    let (iss, issuer) = (literal(iss), literal(&provider.issuer));
    near_miss! { "issuer-is-audience" => ISSUER, Side::Issuer;
        "`iss` is {iss}, which is the audience that the verifier expects: `iss` and `aud` seem \
         to be swapped.",
        "Have the issuer write \"iss\": {issuer}, \"aud\": {iss}.",
    }
}

fn tenant_placeholder(facts: &Facts<'_>) -> Option<NearMiss> {
    let issuer = &facts.likely_provider()?.issuer;
    let unfilled = ["{", "<", "your-", "YOUR_", "example.com", "/common/", "/organizations/"];
    let sign = unfilled.iter().find(|sign| issuer.contains(**sign))?;
    let (issuer, line) = (literal(issuer), facts.issuer_line(unknown(facts)?));
    near_miss! { "issuer-placeholder" => ISSUER, Side::Verifier;
        "The configured issuer {issuer} has `{sign}` in it, which looks like an example that was \
         not filled in.",
        "Configure the verifier with {line}.",
    }
}

fn local(facts: &Facts<'_>) -> Option<NearMiss> {
    let is_local = |text: &str| {
        let host = host(text);
        host == "localhost" || host.starts_with("127.") || host.ends_with(".local")
    };
    let iss = unknown(facts).filter(|iss| is_local(iss))?;
    let (trusted, line, iss) = (facts.issuers(), facts.issuer_line(iss), literal(iss));
    near_miss! { "issuer-of-test-environment" => ISSUER, Side::Token,
        if !facts.trust.providers.iter().any(|provider| is_local(&provider.issuer));
        "`iss` is {iss}, which is on a developer's own machine: the token comes from a development \
         environment, and the verifier trusts {trusted}.",
        "Get a token from the issuer of this environment.",
        "To test with this issuer, add a provider with {line} to the verifier, but not in \
         production.",
    }
}

/// Another tenant of the same service, as development and production are.
fn other_instance(facts: &Facts<'_>) -> Option<NearMiss> {
    let iss = unknown(facts)?;
    let expected = facts.likely_provider()?.issuer.as_str();
    let (service, kinds) = shared_service(host(iss), host(expected))?;
    let which = match kinds {
        Some((of_token, configured)) => {
            format!("the token comes from {of_token}, and the configured one is {configured}")
        }
        None => "the token comes from another one than the configured one".to_owned(),
    };
    let backend = facts.no_provider_found("audience");
    let line = facts.issuer_line(iss);
    let (iss, expected) = (literal(iss), literal(expected));
    near_miss! { "issuer-of-another-instance" => ISSUER, Side::Token;
        "`iss` is {iss}, and the configured issuer is {expected}: two instances of {service}. Each \
         has users and keys of its own; {which}.{backend}",
        "Give the client the key, or the client id, of the instance whose issuer is {expected}.",
        "Or, if the instance of the token is meant, configure this deployment with {line}; \
         development and production each have a configuration of their own.",
    }
}

/// The service to which two different hosts belong as instances of it; where that can be told,
/// also what kind of instance each is.
fn shared_service<'a>(
    one: &'a str,
    other: &'a str,
) -> Option<(&'a str, Option<(&'static str, &'static str)>)> {
    const DEVELOPMENT: &str = ".clerk.accounts.dev";
    const SERVICES: [&str; 7] = [
        ".auth0.com",
        ".okta.com",
        ".oktapreview.com",
        ".b2clogin.com",
        ".amazoncognito.com",
        ".kinde.com",
        ".authkit.app",
    ];
    let kind = |host: &str| match (host.ends_with(DEVELOPMENT), host.starts_with("clerk.")) {
        (true, _) => Some("a development instance"),
        (false, true) => Some("a production instance"),
        _ => None,
    };
    if one == other {
        return None;
    }
    if let (Some(of_one), Some(of_other)) = (kind(one), kind(other)) {
        return Some(("Clerk", (of_one != of_other).then_some((of_one, of_other))));
    }
    // Names that are nearly the same are looked at as such.
    let near = strsim::normalized_levenshtein(one, other) > 0.7;
    let shared = SERVICES.iter().find(|it| one.ends_with(**it) && other.ends_with(**it))?;
    (!near).then(|| (shared.trim_start_matches('.'), None))
}

fn host(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

fn similar(facts: &Facts<'_>) -> Option<NearMiss> {
    let iss = unknown(facts)?;
    let expected = facts.likely_provider()?.issuer.as_str();
    let close = strsim::normalized_levenshtein(iss, expected) > 0.8;
    let within = !iss.is_empty() && (expected.starts_with(iss) || iss.starts_with(expected));
    let known = difference(iss, expected).is_some();
    let instance = shared_service(host(iss), host(expected)).is_some();
    let how = if within { "one is the beginning of the other" } else { "they are spelt alike" };
    let line = facts.issuer_line(iss);
    let (iss, expected) = (literal(iss), literal(expected));
    near_miss! { "issuer-similar" => ISSUER, Side::Verifier,
        if !known && !instance && (close || within);
        "`iss` is {iss}, and the configured issuer is {expected}: {how}. Perhaps it is another \
         tenant, realm or environment of the same issuer.",
        "If you trust that issuer, configure the verifier with {line}.",
        "Otherwise get a token whose `iss` is {expected}.",
    }
}

/// `iss` of one provider, with everything else as another one has it.
fn other_provider(facts: &Facts<'_>) -> Option<NearMiss> {
    let provider = facts.provider()?;
    let aud = facts.audiences();
    let named = |audiences: &[String]| audiences.iter().any(|it| aud.contains(&it.as_str()));
    let other = facts.trust.providers.iter().find(|other| named(&other.audiences))?;
    let (other, issuer) = (literal(&other.issuer), literal(&provider.issuer));
    let (received, expected) = (list(&aud), list(&provider.audiences));
    near_miss! { "issuer-of-another-provider" => ["audience"], Side::Issuer,
        if !provider.audiences.is_empty() && !named(&provider.audiences);
        "`aud` is {received}, which the provider {other} expects, but `iss` is {issuer}, another \
         provider: the two do not belong together.",
        "Have that issuer write \"aud\": {expected}, or get the token from {other}.",
    }
}
