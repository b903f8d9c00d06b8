//! The cause in general, where no near miss was recognised.

use super::facts::Facts;
use super::near_misses::{NearMiss, near_miss};
use super::show::{list, literal};
use super::side::Side;
use jwtspec_types::words::Reason;

/// The cause that a reason names by itself, in the form of a near miss.
pub(super) fn general_cause(
    reason: Option<Reason>,
    message: &str,
    facts: &Facts<'_>,
) -> Option<NearMiss> {
    const ID: &str = "general";
    let message = sentence(message);
    match reason {
        Some(Reason::IssuerUnknown) => {
            let iss = facts.text("iss").unwrap_or_default();
            let (backend, line) = (facts.no_provider_found("audience"), facts.issuer_line(iss));
            let (iss, trusted) = (literal(iss), facts.issuers());
            near_miss! { ID => [], Side::Verifier;
                "The verifier trusts no issuer that is called {iss}. It trusts {trusted}.{backend}",
                "If you trust that issuer, add a provider with {line}.",
                "Otherwise get a token from an issuer that the verifier trusts.",
            }
        }
        Some(Reason::AudienceMismatch) => {
            let wanted = facts.likely_provider().map(|it| list(&it.audiences));
            let received = facts.audiences();
            let line = facts.audience_line(received.first().copied().unwrap_or_default());
            let received = list(received);
            let answers_to = wanted.as_deref().unwrap_or("another audience");
            let wanted = wanted.as_deref().unwrap_or("that is configured");
            near_miss! { ID => [], Side::Token;
                "The token is for {received}, and the verifier answers to {answers_to}.",
                "Ask the issuer for a token with the audience {wanted}.",
                "Or, if this service is meant, configure the verifier with {line}.",
            }
        }
        Some(Reason::KeysUnavailable) => near_miss! { ID => [], Side::Issuer;
            "The keys of the issuer could not be had. {message}",
            "Look at what was fetched, above, and have the issuer serve it as it should.",
        },
        Some(Reason::Malformed) => near_miss! { ID => [], Side::Token;
            "The token is not a JWT in the form that verifiers take. {message}",
            "Copy the token again, whole, and without anything that does not belong to it.",
            "If it is minted like this, have the issuer use a library for JWTs.",
        },
        Some(Reason::Expired | Reason::NotYetValid | Reason::TokenMissing) => {
            near_miss! { ID => [], Side::Token; "{message}", "Get a fresh token from the issuer." }
        }
        Some(Reason::TypeMismatch) => near_miss! { ID => [], Side::Token;
            "{message}", "Send a token of the kind that this verifier expects.",
        },
        _ => near_miss! { ID => [], Side::Issuer;
            "{message}", "Have the issuer mint its tokens as this check expects them.",
        },
    }
}

/// A message, which is a fragment, as a sentence.
pub(super) fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}
