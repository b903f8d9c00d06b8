//! The cause in general, where no near miss was recognised.

use super::facts::Facts;
use super::show::{list, literal};
use super::side::Side;
use jwtspec_types::words::Reason;

/// A cause, on which side it lies, and what to do.
pub(super) struct Cause {
    pub(super) text: String,
    pub(super) side: Side,
    pub(super) advice: Vec<String>,
}

/// What a reason says by itself.
pub(super) fn of(reason: Option<Reason>, message: &str, facts: &Facts<'_>) -> Cause {
    let message = sentence(message);
    let provider = facts.likely();
    let issuers = list(facts.trust.providers.iter().map(|it| it.issuer.as_str()));
    let cause =
        |side: Side, text: String, advice: &[String]| Cause { text, side, advice: advice.to_vec() };
    match reason {
        Some(Reason::IssuerUnknown) => {
            let iss = facts.text("iss").unwrap_or_default();
            cause(
                Side::Verifier,
                format!(
                    "The verifier trusts no issuer that is called {}. It trusts {issuers}.{}",
                    literal(iss),
                    match facts.convex {
                        true => {
                            " This backend then answers \"No auth provider found matching the given \
                             token\", the same as for a wrong audience."
                        }
                        false => "",
                    }
                ),
                &[
                    format!(
                        "If you trust that issuer, add a provider with \"{}\": {}.",
                        facts.issuer_key(),
                        literal(iss)
                    ),
                    "Otherwise get a token from an issuer that the verifier trusts.".to_owned(),
                ],
            )
        }
        Some(Reason::AudienceMismatch) => {
            let wanted = provider.map(|it| list(it.audiences.iter().map(String::as_str)));
            cause(
                Side::Token,
                format!(
                    "The token is for {}, and the verifier answers to {}.",
                    list(facts.audiences()),
                    wanted.clone().unwrap_or_else(|| "another audience".to_owned())
                ),
                &[
                    format!(
                        "Ask the issuer for a token with the audience {}.",
                        wanted.unwrap_or_else(|| "that is configured".to_owned())
                    ),
                    format!(
                        "Or, if this service is meant, configure the verifier with {}.",
                        facts.audience_line(facts.audiences().first().copied().unwrap_or_default())
                    ),
                ],
            )
        }
        Some(Reason::KeysUnavailable) => cause(
            Side::Issuer,
            format!("The keys of the issuer could not be had. {message}"),
            &["Look at what was fetched, above, and have the issuer serve it as it should."
                .to_owned()],
        ),
        Some(Reason::Malformed) => cause(
            Side::Token,
            format!("The token is not a JWT in the form that verifiers take. {message}"),
            &[
                "Copy the token again, whole, and without anything that does not belong to it."
                    .to_owned(),
                "If it is minted like this, have the issuer use a library for JWTs.".to_owned(),
            ],
        ),
        Some(Reason::Expired | Reason::NotYetValid | Reason::TokenMissing) => {
            cause(Side::Token, message, &["Get a fresh token from the issuer.".to_owned()])
        }
        Some(Reason::TypeMismatch) => cause(
            Side::Token,
            message,
            &["Send a token of the kind that this verifier expects.".to_owned()],
        ),
        _ => cause(
            Side::Issuer,
            message,
            &["Have the issuer mint its tokens as this check expects them.".to_owned()],
        ),
    }
}

/// A message, which is a fragment, as a sentence.
pub(super) fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}
