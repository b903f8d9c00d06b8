//! Grades for messages: a poor one is never a failure, for no specification asks for a good one.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, Parts};
use jwtspec_types::words::Reason;

/// The grades of a message. `None` where the question has no sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Grade {
    /// It names what failed: the claim, the header member, the signature, the key.
    pub names: Option<bool>,
    /// It shows what the token says.
    pub actual: Option<bool>,
    /// It shows what was expected, where that is no secret.
    pub expected: Option<bool>,
    /// It says what to do next.
    pub advises: bool,
}

// A literal that a test compiles.
static ADVICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(send|use|check|refresh|renew|retry|try|ask|request a|obtain|get a|configure|allow|add|set|sign|publish|remove|choose|write|encode|mint|must|should|wait|compare|leave|needs? to|expected)\b",
    )
    .ok()
});

pub(super) fn grade(
    context: Context<'_>,
    parts: &Parts,
    cause: Option<Reason>,
    message: &str,
) -> Grade {
    let advises = ADVICE.as_ref().is_some_and(|advice| advice.is_match(message));
    let Some(cause) = cause else { return Grade { advises, ..Grade::default() } };
    let lower = message.to_lowercase();
    let mentions = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    Grade {
        names: subject(cause).map(mentions),
        actual: actual(cause, parts).map(|values| shows(message, &values)),
        expected: expected(cause, context).map(|values| shows(message, &values)),
        advises,
    }
}

fn shows(message: &str, values: &[String]) -> bool {
    values.iter().any(|value| message.contains(value.as_str()))
}

/// The words by which a message can name what failed.
fn subject(cause: Reason) -> Option<&'static [&'static str]> {
    Some(match cause {
        Reason::TokenMissing => &["token", "authorization", "credential", "bearer", "jwt"],
        Reason::Malformed => &[
            "segment",
            "base64",
            "json",
            "header",
            "payload",
            "claims",
            "signature",
            "period",
            "compact",
            "dot",
            "part",
        ],
        Reason::AlgorithmNotAllowed => &["alg"],
        Reason::SignatureInvalid => &["signature"],
        Reason::KeyNotFound | Reason::KeyUnusable | Reason::KeysUnavailable => {
            &["key", "kid", "jwk", "discovery"]
        }
        Reason::IssuerMissing | Reason::IssuerUnknown => &["iss"],
        Reason::AudienceMissing | Reason::AudienceMismatch => &["aud"],
        Reason::ExpiryMissing | Reason::Expired => &["exp"],
        Reason::NotYetValid => &["nbf", "not before", "not yet"],
        Reason::IssuedInFuture => &["iat", "issued"],
        // Which claim depends on the token; the words above cannot tell.
        Reason::ClaimMissing | Reason::ClaimInvalid => return None,
        Reason::TypeMismatch => &["typ", "cty"],
        Reason::CriticalHeader => &["crit", "b64", "extension"],
    })
}

/// The values of the token where it failed.
fn actual(cause: Reason, parts: &Parts) -> Option<Vec<String>> {
    let (object, name) = match cause {
        Reason::AlgorithmNotAllowed => (&parts.header, "alg"),
        Reason::KeyNotFound => (&parts.header, "kid"),
        Reason::TypeMismatch => (&parts.header, "typ"),
        Reason::IssuerUnknown => (&parts.claims, "iss"),
        Reason::AudienceMismatch => (&parts.claims, "aud"),
        Reason::Expired => (&parts.claims, "exp"),
        Reason::NotYetValid => (&parts.claims, "nbf"),
        Reason::IssuedInFuture => (&parts.claims, "iat"),
        _ => return None,
    };
    let mut values = Vec::new();
    super::collect_leaves(object.get(name)?, &mut values);
    if let Some(Value::Number(seconds)) = object.get(name) {
        // Whole seconds are enough, however the token writes them.
        #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
        let whole = seconds.as_f64().map(|seconds| seconds.floor() as i64);
        values.extend(whole.map(|seconds| seconds.to_string()));
        let time = whole.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        values.extend(time.map(|time| time.strftime("%Y-%m-%d").to_string()));
    }
    values.retain(|value| !value.is_empty());
    (!values.is_empty()).then_some(values)
}

/// The values that were expected there, where telling them gives a stranger nothing of use.
fn expected(cause: Reason, context: Context<'_>) -> Option<Vec<String>> {
    let providers = &context.trust.providers;
    Some(match cause {
        Reason::AudienceMissing | Reason::AudienceMismatch => {
            providers.iter().flat_map(|provider| provider.audiences.clone()).collect()
        }
        Reason::TypeMismatch => providers.iter().filter_map(|it| it.typ.clone()).collect(),
        // When it is now is what an expired token is measured by.
        Reason::Expired | Reason::NotYetValid | Reason::IssuedInFuture => {
            let now = i64::try_from(context.mint_context.now).ok()?;
            let date = jiff::Timestamp::from_second(now).ok()?.strftime("%Y-%m-%d").to_string();
            vec![date, context.mint_context.now.to_string(), " ago".to_owned(), "second".to_owned()]
        }
        _ => return None,
    })
    .filter(|values: &Vec<String>| !values.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_compiles() {
        assert!(ADVICE.is_some());
    }
}
