//! Other claims that are absent or of another type.

use serde_json::Value;

use super::{Detector, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{literal, value};
use crate::explain::side::Side;

pub(super) const DETECTORS: &[Detector] =
    &[type_expected, subject_missing, expiry_missing, other_missing, not_text];

const REQUIRED: &[&str] = &["required-claims"];

fn type_expected(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = literal(facts.provider()?.typ.as_deref()?);
    facts.refusal("type")?;
    let found = match facts.header("typ") {
        Some(typ) => format!("the header's `typ` is {}", value(typ)),
        None => "the header has no `typ`".to_owned(),
    };
    near_miss! { "type-differs" => ["type"], Side::Issuer;
        "The verifier expects tokens of the type {expected}, and {found}.",
        "Have the issuer write \"typ\": {expected} into the header.",
        "Or, if that issuer sets none, configure the verifier without `typ`.",
    }
}

/// The claims that the verifier requires and the token lacks.
fn lacking<'a>(facts: &'a Facts<'_>) -> Vec<&'a str> {
    let Some(claims) = facts.claims else { return Vec::new() };
    let required = facts.likely_provider().map(|provider| provider.required_claims.as_slice());
    let absent = |name: &&str| claims.get(*name).is_none_or(Value::is_null);
    required.unwrap_or_default().iter().map(String::as_str).filter(absent).collect()
}

/// True if the token has claims, but not this one.
fn lacks(facts: &Facts<'_>, name: &str) -> bool {
    facts.claims.is_some_and(|claims| claims.get(name).is_none_or(Value::is_null))
}

fn subject_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let (checks, effect): (&[&'static str], _) = match lacking(facts).contains(&"sub") {
        true => (REQUIRED, "The verifier requires it."),
        false => (&[], "This verifier does not require it, but most programs need it."),
    };
    near_miss! { "subject-missing" => checks, Side::Issuer, if lacks(facts, "sub");
        "The token has no `sub`, so it does not say who the user is. {effect}",
        "Have the issuer write the user's id: \"sub\": \"<id of the user>\".",
        "The id may be in another claim already, such as `userId` or `uid`: rename it.",
    }
}

fn expiry_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let checks = if lacking(facts).contains(&"exp") { REQUIRED } else { &[] };
    let exp = (facts.now + 300.0).floor();
    near_miss! { "expiry-missing" => checks, Side::Issuer, if lacks(facts, "exp");
        "The token has no `exp`: it never expires, so a stolen one works for ever.",
        "Have the issuer write an end, some minutes ahead: \"exp\": {exp:.0}.",
        "With jsonwebtoken for Node: `{{ expiresIn: \"5m\" }}`.",
    }
}

fn other_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let all = lacking(facts);
    let name = all.iter().find(|name| !matches!(**name, "sub" | "exp" | "aud" | "iss"))?;
    let quoted = literal(name);
    let bare = quoted.trim_matches('"');
    near_miss! { "claim-missing" => REQUIRED, Side::Issuer;
        "The verifier requires the claim `{bare}`, and the token has none.",
        "Have the issuer add {quoted}.",
        "Or, if this service does without it, leave it out of `required_claims`.",
    }
}

fn not_text(facts: &Facts<'_>) -> Option<NearMiss> {
    let (name, found) = ["sub", "jti"].into_iter().find_map(|name| {
        let found = facts.claim(name)?;
        (!found.is_string() && !found.is_null()).then_some((name, found))
    })?;
    let text = match found {
        Value::Number(number) => number.to_string(),
        _ => "…".to_owned(),
    };
    let found = value(found);
    near_miss! { "claim-not-text" => ["text-claims"], Side::Issuer;
        "`{name}` is {found}, and must be a string.",
        "Have the issuer write it in quotes: \"{name}\": \"{text}\".",
    }
}
