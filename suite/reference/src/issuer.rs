//! Checks that find the provider a token names, and hold the token to that provider's rules.

use serde_json::Value;

use super::check::{Check, Examination, Objection};
use jwtspec_jose::{kind, quoted};
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Reason;

pub(super) const CHECKS: [Check; 2] = [
    Check::new("issuer", issuer)
        .about("is `iss` a configured issuer, character for character? (RFC 8725 section 3.8)"),
    Check::new("algorithm-allowed", algorithm_allowed)
        .about("may this issuer's tokens use that algorithm? (RFC 8725 section 3.1)"),
];

fn issuer(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let trust = examination.trust;
    let received = received(examination)?;
    let found = trust.providers.iter().find(|provider| provider.issuer == received);
    let Some(provider) = found else {
        return Err(unknown(received, trust));
    };
    examination.provider = Some(provider);
    Ok(())
}

/// The `iss` of the token.
pub(super) fn received<'e>(examination: &'e Examination<'_>) -> Result<&'e str, Objection> {
    match examination.claims()?.get("iss") {
        Some(Value::String(issuer)) => Ok(issuer),
        Some(other) => Err(Objection::because(
            Reason::ClaimInvalid,
            format!("the claim `iss` should be a string, but is {}", kind(other)),
        )),
        None => Err(Objection::because(
            Reason::IssuerMissing,
            "the token has no `iss`; it must name the issuer that minted it",
        )),
    }
}

pub(super) fn unknown(received: &str, trust: &Trust) -> Objection {
    let near = trust.providers.iter().find_map(|provider| nearness(received, &provider.issuer));
    Objection::because(
        Reason::IssuerUnknown,
        match near {
            Some(difference) => format!(
                "the claim `iss` is {}, which differs {difference} from a configured issuer; \
                 both must be the same, character for character",
                quoted(received)
            ),
            None => {
                format!(
                    "the claim `iss` is {}, which is not a configured issuer; use a token of one that \
                 is, or add this one to the configuration",
                    quoted(received)
                )
            }
        },
    )
}

/// The mistakes people make. The signature has not been verified yet, so the configured issuer
/// itself is not told: a client that does not know it learns nothing but that it is close.
fn nearness(received: &str, configured: &str) -> Option<&'static str> {
    let slashless = |text: &'static str, a: &str, b: &str| {
        (a.strip_suffix('/') == Some(b) || b.strip_suffix('/') == Some(a)).then_some(text)
    };
    let after_scheme = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
    if let Some(text) = slashless("only in a trailing slash", received, configured) {
        return Some(text);
    }
    if received.trim() == configured {
        return Some("only in surrounding white space");
    }
    if received.eq_ignore_ascii_case(configured) {
        return Some("only in upper and lower case");
    }
    match (after_scheme(received), after_scheme(configured)) {
        (Some(a), Some(b)) if a == b => Some("only in its scheme"),
        (None, Some(b)) if received == b => Some("only in lacking a scheme"),
        _ => None,
    }
}

fn algorithm_allowed(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let algorithm = examination.algorithm()?;
    if examination.provider()?.algorithms.contains(&algorithm) {
        return Ok(());
    }
    Err(Objection::because(
        Reason::AlgorithmNotAllowed,
        format!(
            "the header's `alg` is `{algorithm}`, which is not among the algorithms allowed for \
             this issuer; sign with one of those, or allow `{algorithm}` in the configuration"
        ),
    ))
}
