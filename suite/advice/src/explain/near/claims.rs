//! Other claims that are absent or of another type.

use serde_json::Value;

use super::{Look, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{literal, value};
use crate::explain::side::Side;

pub(super) const LOOKS: [Look; 5] =
    [type_expected, subject_missing, expiry_missing, other_missing, not_text];

fn type_expected(facts: &Facts<'_>) -> Option<NearMiss> {
    let expected = facts.provider()?.typ.as_deref()?;
    if !facts.fails("type") {
        return None;
    }
    let found = match facts.header("typ") {
        Some(typ) => format!("the header's `typ` is {}", value(typ)),
        None => "the header has no `typ`".to_owned(),
    };
    Some(
        NearMiss::new(
            "type-differs",
            &["type"],
            Side::Issuer,
            format!("The verifier expects tokens of the type {}, and {found}.", literal(expected)),
        )
        .advise(format!("Have the issuer write \"typ\": {} into the header.", literal(expected)))
        .advise("Or, if that issuer sets none, configure the verifier without `typ`."),
    )
}

/// The claims that the verifier requires and the token lacks.
fn lacking<'a>(facts: &'a Facts<'_>) -> Vec<&'a str> {
    let Some(claims) = facts.claims else { return Vec::new() };
    let required = facts.likely().map(|provider| provider.required_claims.as_slice());
    let absent = |name: &&str| claims.get(*name).is_none_or(Value::is_null);
    required.unwrap_or_default().iter().map(String::as_str).filter(absent).collect()
}

fn subject_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let absent = facts.claims?.get("sub").is_none_or(Value::is_null);
    if !absent {
        return None;
    }
    let required = lacking(facts).contains(&"sub");
    let (checks, effect): (&[&'static str], _) = match required {
        true => (&["required-claims"], "The verifier requires it."),
        false => (&[], "This verifier does not require it, but most programs need it."),
    };
    Some(
        NearMiss::new(
            "subject-missing",
            checks,
            Side::Issuer,
            format!("The token has no `sub`, so it does not say who the user is. {effect}"),
        )
        .advise("Have the issuer write the user's id: \"sub\": \"<id of the user>\".")
        .advise("The id may stand in another claim already, such as `userId` or `uid`: rename it."),
    )
}

fn expiry_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let absent = facts.claims?.get("exp").is_none_or(Value::is_null);
    if !absent {
        return None;
    }
    let required = lacking(facts).contains(&"exp");
    let checks: &[&'static str] = if required { &["required-claims"] } else { &[] };
    let exp = (facts.now + 300.0).floor();
    Some(
        NearMiss::new(
            "expiry-missing",
            checks,
            Side::Issuer,
            "The token has no `exp`: it never expires, so a stolen one works for ever.",
        )
        .advise(format!("Have the issuer write an end, some minutes ahead: \"exp\": {exp:.0}."))
        .advise("With jsonwebtoken for Node: `{ expiresIn: \"5m\" }`."),
    )
}

fn other_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let all = lacking(facts);
    let name = all.iter().find(|name| !matches!(**name, "sub" | "exp" | "aud" | "iss"))?;
    Some(
        NearMiss::new(
            "claim-missing",
            &["required-claims"],
            Side::Issuer,
            format!(
                "The verifier requires the claim `{}`, and the token has none.",
                value(&Value::from(*name)).trim_matches('"')
            ),
        )
        .advise(format!("Have the issuer add {}.", literal(name)))
        .advise("Or, if this service does without it, leave it out of `required_claims`."),
    )
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
    Some(
        NearMiss::new(
            "claim-not-text",
            &["text-claims"],
            Side::Issuer,
            format!("`{name}` is {}, and must be a string.", value(found)),
        )
        .advise(format!("Have the issuer write it in quotes: \"{name}\": \"{text}\".")),
    )
}
