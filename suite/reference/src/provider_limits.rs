//! Checks for the limits of a profile's providers, beyond the specifications.

use serde_json::Value;

use super::check::{Examination, Objection};
use jwtspec_types::words::Reason;

/// Refuses several audiences.
pub fn one_audience(examination: &Examination<'_>) -> Result<(), Objection> {
    match examination.claims()?.get("aud") {
        Some(Value::Array(list)) if list.len() > 1 => Err(Objection::because(
            Reason::AudienceMismatch,
            format!(
                "the claim `aud` names {} audiences, and one is allowed; ask the issuer for a \
                 token for this one alone",
                list.len()
            ),
        )),
        _ => Ok(()),
    }
}

/// Refuses a token without `kid`, where the key is chosen by it.
pub fn key_id_needed(examination: &Examination<'_>) -> Result<(), Objection> {
    match examination.header()?.get("kid") {
        Some(_) => Ok(()),
        None => Err(Objection::because(
            Reason::KeyNotFound,
            "the header has no `kid`, and the key is chosen by it; have the issuer add the `kid` \
             of its key",
        )),
    }
}

/// Returns true for the content types of a key set.
pub fn is_json(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence.eq_ignore_ascii_case("application/jwk-set+json")
}
