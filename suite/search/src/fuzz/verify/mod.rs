//! `verify`: a verifier accepts what a trusted key signed and the model agrees to, nothing else.

pub mod fixed;
mod linked;
pub(crate) mod signed;

use serde_json::Value;

use super::disagreement::differing;
use super::{Disagreement, DisputedToken, LONGEST_INPUT, LinkedVerifier, Part};
use jwtspec_engine::scenario::Expect;
use jwtspec_mint::context::MintContext;
use jwtspec_oracle::{Expected, Signed};
use jwtspec_types::words::Level;

pub use linked::Linked;

/// Has each verifier judge the bytes, and holds it to what is known of their signature and to
/// the model.
///
/// # Panics
///
/// If a verifier panics; if it accepts a token that no trusted key signed or that the model
/// refuses, or refuses one that the model accepts, for no reason that it lists; if the claims it
/// hands over are not those that were signed.
pub fn verify(data: &[u8], verifiers: &[&Linked]) {
    if data.len() > LONGEST_INPUT || !data.iter().all(u8::is_ascii_graphic) {
        // No HTTP server hands anything else over, or takes it for one credential.
        return;
    }
    let Ok(token) = std::str::from_utf8(data) else { return };
    for verifier in verifiers {
        let now = verifier.now();
        let verdict = verifier.verify(token);
        let signed = signed_by(token, verifier.mint_context());
        let expected = verifier.oracle.expected(token, &signed, now);
        let text;
        let disagreement = match (&verdict, &expected.expect) {
            (Ok(_), Expect::Reject(_)) => {
                text = because(&expected);
                Disagreement::Takes(&text)
            }
            // Should the model ever forget to check the signature, this does not.
            (Ok(_), _) if signed == Signed::Invalid => {
                Disagreement::Takes("no trusted key made the signature")
            }
            (Ok(claims), _) => {
                let Some(name) = first_differing(claims, token) else { continue };
                text = name;
                Disagreement::Reads(Part::Claims, &text)
            }
            (Err(words), Expect::Accept) => Disagreement::Refuses(words),
            (Err(_), _) => continue,
        };
        let disputed = DisputedToken::new(token, disagreement);
        disputed.must_be_known(verifier.known(), || headline(verifier.name(), disagreement));
    }
}

/// Returns the key of the context's issuers that made a token's signature, if one of them did.
pub(super) fn signed_by(token: &str, mint_context: &MintContext) -> Signed {
    let Some((message, bytes)) = signed::signed_parts(token) else { return Signed::Invalid };
    // The key that the header names comes first, for it mostly is the one.
    let mut keys: Vec<_> = mint_context.issuers.values().flat_map(|facts| &facts.keys).collect();
    if let Some(kid) = kid(token) {
        keys.sort_by_key(|published| published.key.name() != kid);
    }
    let pairs = keys.iter().map(|published| (published.key, published.key.algorithm()));
    match signed::signer(message.as_bytes(), &bytes, pairs) {
        Some((key, algorithm)) => Signed::By { key: key.public_jwk(), algorithm },
        None => Signed::Invalid,
    }
}

fn kid(token: &str) -> Option<String> {
    let disputed = DisputedToken::new(token, Disagreement::Takes(""));
    disputed.header("kid")?.as_str().map(str::to_owned)
}

fn because(expected: &Expected) -> String {
    let said =
        expected.because.iter().filter(|because| because.level != Level::May).map(|because| {
            format!("{} ({}, {})", because.what, because.level, because.requirement)
        });
    said.collect::<Vec<_>>().join("; ")
}

/// The first claim that was not handed over as it was signed.
fn first_differing(claims: &Value, token: &str) -> Option<String> {
    let disputed = DisputedToken::new(token, Disagreement::Takes(""));
    let signed = disputed.members(Part::Claims)?;
    let Value::Object(claims) = claims else { return Some(String::new()) };
    differing(&signed, claims).next().map(str::to_owned)
}

fn headline(name: &str, disagreement: Disagreement<'_>) -> String {
    match disagreement {
        Disagreement::Takes(why) => format!("`{name}` accepts a token in spite of this: {why}"),
        Disagreement::Refuses(words) => format!("`{name}` refuses a valid token: {words}"),
        Disagreement::Reads(_, claim) => {
            format!("`{name}` hands over another `{claim}` than was signed")
        }
    }
}

#[cfg(test)]
mod tests;
