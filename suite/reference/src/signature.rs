//! Checks that need keys: the choice of the key, and its signature.

use super::check::{Check, Examination, Objection};
use super::crypto;
use super::signature_fault::SignatureFault;
use jwtspec_jose::PublishedKey;
use jwtspec_jose::quoted;
use jwtspec_types::words::{Algorithm, Family, Reason};

/// The most keys that are tried for one token. Each costs a signature verification, which anyone
/// can ask for (RFC 7515 appendix D).
const MOST_CANDIDATES: usize = 8;

pub(super) const CHECKS: [Check; 2] = [
    Check::new("key", key)
        .with_keys()
        .about("does the issuer publish a key for this `kid` and `alg`? (RFC 7515 section 6)"),
    Check::new("signature", signature)
        .about("is the signature one of that key over these segments? (RFC 7515 section 5.2)"),
];

/// True if a key set may hold the key that a token asks for; if not, the issuer may have a newer set.
pub(super) fn may_hold(keys: &[PublishedKey], kid: Option<&str>, algorithm: Algorithm) -> bool {
    match kid {
        Some(kid) => keys.iter().any(|key| key.kid.as_deref() == Some(kid)),
        None => keys.iter().any(|key| key.fit(algorithm).is_ok()),
    }
}

fn key(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let algorithm = examination.algorithm()?;
    // A key that is configured as text has no `kid`.
    let is_text = examination.provider()?.key_text.is_some();
    let kid = examination.kid().filter(|_| !is_text);
    let keys = examination.keys()?;
    let named: Vec<&PublishedKey> =
        keys.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid).collect();
    let fitting: Vec<&PublishedKey> =
        named.iter().copied().filter(|key| key.fit(algorithm).is_ok()).collect();
    match (kid, fitting.len()) {
        (Some(kid), 0) => {
            return Err(match named.first().map(|key| key.fit(algorithm)) {
                Some(Err(why)) => Objection::because(
                    Reason::KeyUnusable,
                    format!("the key that `kid` {} names {why}", quoted(kid)),
                ),
                _ => Objection::because(
                    Reason::KeyNotFound,
                    format!(
                        "the header's `kid` is {}, and the issuer publishes no such key{}; publish \
                     it, or sign with a published one",
                        quoted(kid),
                        trouble(examination)
                    ),
                ),
            });
        }
        (None, 0) => return Err(without_kid(&named, algorithm, &trouble(examination))),
        (_, count) if count > MOST_CANDIDATES => {
            return Err(Objection::because(
                Reason::KeyNotFound,
                format!(
                    "{count} of the issuer's keys would fit, more than the {MOST_CANDIDATES} that \
                     are tried; name one by a `kid` that is its alone"
                ),
            ));
        }
        _ => {}
    }
    examination.candidates = Some(fitting.into_iter().cloned().collect());
    Ok(())
}

/// The objection where no key fits a token without `kid`.
fn without_kid(keys: &[&PublishedKey], algorithm: Algorithm, trouble: &str) -> Objection {
    match keys {
        [only] => Objection::because(
            Reason::KeyUnusable,
            match only.fit(algorithm) {
                Err(why) => format!("the issuer's only key {why}"),
                Ok(_) => "the issuer's only key cannot be used".to_owned(),
            },
        ),
        _ => Objection::because(
            Reason::KeyNotFound,
            format!(
                "the header has no `kid`, and the issuer publishes no key for \
                 `{algorithm}`{trouble}"
            ),
        ),
    }
}

fn trouble(examination: &Examination<'_>) -> String {
    match &examination.keys_trouble {
        Some(why) => format!(" (fetching its keys anew failed: {why})"),
        None => String::new(),
    }
}

fn signature(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let fault = signature_fault(examination)?;
    examination.signature_fault.clone_from(&fault);
    fault.map_or(Ok(()), |fault| {
        Err(Objection::because(Reason::SignatureInvalid, fault.to_string()))
    })
}

/// The fault of the token's signature; nothing if a candidate verifies it.
fn signature_fault(examination: &Examination<'_>) -> Result<Option<SignatureFault>, Objection> {
    let algorithm = examination.algorithm()?;
    let candidates = examination.candidates()?;
    let [_, _, signature] = examination.decoded()?;
    if signature.is_empty() {
        return Ok(Some(SignatureFault::Empty(algorithm)));
    }
    let Some((message, _)) = examination.token.rsplit_once('.') else {
        return Err(Objection::Unasked("the segments are not known"));
    };
    let mut wrong_length = None;
    for key in candidates {
        let Ok(material) = key.fit(algorithm) else { continue };
        let expected = material.signature_bytes(algorithm);
        if signature.len() != expected {
            wrong_length = Some(expected);
        } else if crypto::verifies(algorithm, material, message.as_bytes(), signature) {
            return Ok(None);
        }
    }
    Ok(Some(match wrong_length {
        Some(expected) if candidates.len() == 1 => SignatureFault::Length {
            bytes: signature.len(),
            expected,
            algorithm,
            is_der: signature.first() == Some(&0x30) && algorithm.family() == Family::Ec,
        },
        _ => SignatureFault::Differs {
            key: match examination.kid() {
                Some(kid) => format!("the key {}", quoted(kid)),
                None => "any fitting key of the issuer".to_owned(),
            },
            algorithm,
        },
    }))
}
