//! Checks of the header's members that need no key.

use serde_json::Value;

use super::check::{Check, Examination, Objection};
use super::crypto;
use super::provider_limits::key_id_needed;
use jwtspec_jose::{kind, quoted};
use jwtspec_types::words::{Algorithm, Reason};

pub(super) const CHECKS: [Check; 5] = [
    Check::new("algorithm-known", algorithm_known)
        .about("is `alg` an algorithm that can be verified? (RFC 7515 section 4.1.1)"),
    Check::new("not-encrypted", not_encrypted)
        .about("is there no sign of encryption in the header? (RFC 7516 section 9)"),
    Check::new("critical", critical)
        .about("does `crit` ask for nothing that is not understood? (RFC 7515 section 4.1.11)"),
    Check::new("not-nested", not_nested)
        .about("does `cty` not announce a token within the token? (RFC 7519 section 5.2)"),
    Check::new("key-id", key_id)
        .about("is `kid` a string, if it is there? (RFC 7515 section 4.1.4)"),
];

fn algorithm_known(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let refuse = |message: String| Err(Objection::because(Reason::AlgorithmNotAllowed, message));
    let name = match examination.header()?.get("alg") {
        Some(Value::String(name)) => name,
        Some(other) => {
            return refuse(format!(
                "the header's `alg` should be a string, but is {}",
                kind(other)
            ));
        }
        None => {
            return refuse(
                "the header has no `alg`; it must name the signature's algorithm".into(),
            );
        }
    };
    match name.parse::<Algorithm>() {
        Ok(Algorithm::None) => refuse(
            "the header's `alg` is `none`: the token is unsigned; sign it, for only signed ones are \
             accepted"
                .into(),
        ),
        Ok(algorithm) => {
            examination.algorithm = Some(algorithm);
            Ok(())
        }
        Err(_) => {
            let near = crypto::supported()
                .find(|known| known.as_str().eq_ignore_ascii_case(name))
                .map(|known| format!("; names are case-sensitive, write `{known}`"));
            refuse(format!(
                "the header's `alg` is {}, which is no supported algorithm{}",
                quoted(name),
                near.unwrap_or_default()
            ))
        }
    }
}

fn not_encrypted(examination: &mut Examination<'_>) -> Result<(), Objection> {
    if examination.header()?.contains_key("enc") {
        return Err(Objection::because(
            Reason::Malformed,
            "the header has `enc`, which is for encrypted tokens, but the token has the three \
             segments of a signed one",
        ));
    }
    Ok(())
}

fn critical(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let refuse = |message: String| Err(Objection::because(Reason::CriticalHeader, message));
    let header = examination.header()?;
    let names = match header.get("crit") {
        None if header.get("b64") == Some(&Value::Bool(false)) => {
            return refuse(
                "the header has `b64` of false; the payload of a JWT must be encoded (RFC 7797)"
                    .into(),
            );
        }
        None => return Ok(()),
        Some(Value::Array(names)) => names,
        Some(other) => {
            return refuse(format!(
                "the header's `crit` should be an array of strings, but is {}",
                kind(other)
            ));
        }
    };
    match names.first() {
        None => refuse("the header's `crit` is empty; leave it out".into()),
        Some(Value::String(name)) if header.contains_key(name) => refuse(format!(
            "the header's `crit` demands {}, which this verifier does not support; have the issuer \
             leave that out",
            quoted(name)
        )),
        Some(Value::String(name)) => refuse(format!(
            "the header's `crit` demands {}, which the header does not contain",
            quoted(name)
        )),
        Some(other) => refuse(format!(
            "the header's `crit` should be an array of strings, but holds {}",
            kind(other)
        )),
    }
}

fn not_nested(examination: &mut Examination<'_>) -> Result<(), Objection> {
    match examination.header()?.get("cty") {
        Some(Value::String(cty)) if media_type(cty) == "application/jwt" => {
            Err(Objection::because(
                Reason::TypeMismatch,
                "the header's `cty` says that the payload is another JWT; nested tokens are not \
                 supported, so send the inner one",
            ))
        }
        _ => Ok(()),
    }
}

fn key_id(examination: &mut Examination<'_>) -> Result<(), Objection> {
    match examination.header()?.get("kid") {
        None if examination.trust.profile.key_id().is_some() => key_id_needed(examination),
        None | Some(Value::String(_)) => Ok(()),
        Some(other) => Err(Objection::because(
            Reason::Malformed,
            format!("the header's `kid` should be a string, but is {}", kind(other)),
        )),
    }
}

/// A media type for comparison: in small letters, and with the `application/` that may be left
/// out (RFC 7515 section 4.1.9).
pub(super) fn media_type(text: &str) -> String {
    let small = text.to_ascii_lowercase();
    if small.contains('/') { small } else { format!("application/{small}") }
}
