//! The cause in general, where no near miss was recognised.

use super::facts::Facts;
use super::show::{list, literal};
use super::side::Side;
use jwtspec_types::words::Reason;

/// A cause, on which side it lies, and the remedies.
pub(super) struct Cause {
    pub(super) text: String,
    pub(super) side: Side,
    pub(super) advice: Vec<String>,
}

/// The cause that a reason names by itself.
pub(super) fn general_cause(reason: Option<Reason>, message: &str, facts: &Facts<'_>) -> Cause {
    let message = sentence(message);
    let cause = |side: Side, text: String, advice: &[&str]| Cause {
        text,
        side,
        advice: advice.iter().map(ToString::to_string).collect(),
    };
    match reason {
        Some(Reason::IssuerUnknown) => {
            let iss = facts.text("iss").unwrap_or_default();
            let backend = match facts.convex {
                true => {
                    " This backend then answers \"No auth provider found matching the given \
                     token\", the same as for a wrong audience."
                }
                false => "",
            };
            let text = format!(
                "The verifier trusts no issuer that is called {}. It trusts {}.{backend}",
                literal(iss),
                facts.issuers()
            );
            let line = facts.issuer_line(iss);
            let add = format!("If you trust that issuer, add a provider with {line}.");
            let other = "Otherwise get a token from an issuer that the verifier trusts.";
            cause(Side::Verifier, text, &[&add, other])
        }
        Some(Reason::AudienceMismatch) => {
            let wanted = facts.likely_provider().map(|it| list(&it.audiences));
            let received = facts.audiences();
            let line = facts.audience_line(received.first().copied().unwrap_or_default());
            let text = format!(
                "The token is for {}, and the verifier answers to {}.",
                list(received),
                wanted.as_deref().unwrap_or("another audience")
            );
            let wanted = wanted.as_deref().unwrap_or("that is configured");
            let ask = format!("Ask the issuer for a token with the audience {wanted}.");
            let configure =
                format!("Or, if this service is meant, configure the verifier with {line}.");
            cause(Side::Token, text, &[&ask, &configure])
        }
        Some(Reason::KeysUnavailable) => cause(
            Side::Issuer,
            format!("The keys of the issuer could not be had. {message}"),
            &["Look at what was fetched, above, and have the issuer serve it as it should."],
        ),
        Some(Reason::Malformed) => cause(
            Side::Token,
            format!("The token is not a JWT in the form that verifiers take. {message}"),
            &[
                "Copy the token again, whole, and without anything that does not belong to it.",
                "If it is minted like this, have the issuer use a library for JWTs.",
            ],
        ),
        Some(Reason::Expired | Reason::NotYetValid | Reason::TokenMissing) => {
            cause(Side::Token, message, &["Get a fresh token from the issuer."])
        }
        Some(Reason::TypeMismatch) => {
            cause(Side::Token, message, &["Send a token of the kind that this verifier expects."])
        }
        _ => cause(
            Side::Issuer,
            message,
            &["Have the issuer mint its tokens as this check expects them."],
        ),
    }
}

/// A message, which is a fragment, as a sentence.
pub(super) fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}
