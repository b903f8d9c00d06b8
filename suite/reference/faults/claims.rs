//! Faults in judging claims.

use serde_json::Value;

use super::{as_before, changed};
use crate::reference::parts::{audiences, judge_expiry};
use crate::reference::{Check, Objection};
use crate::words::Reason;

const DAY: f64 = 24.0 * 3600.0;

pub(super) const OPTIONAL_AUDIENCE: Check =
    changed("audience", |examination| match examination.claims()?.contains_key("aud") {
        true => as_before("audience", examination),
        false => Ok(()),
    });

pub(super) const AUDIENCE_SUBSTRING: Check = changed("audience", |examination| {
    let expected = &examination.provider()?.audiences;
    if let Some(aud) = examination.claims()?.get("aud") {
        let received = audiences(aud)?;
        if received.iter().any(|it| expected.iter().any(|known| it.contains(known.as_str()))) {
            return Ok(());
        }
    }
    as_before("audience", examination)
});

pub(super) const AUDIENCE_STRING_ONLY: Check =
    changed("audience", |examination| match examination.claims()?.get("aud") {
        Some(Value::Array(_)) => Err(Objection::because(
            Reason::ClaimInvalid,
            "the claim `aud` should be a string, but is an array",
        )),
        _ => as_before("audience", examination),
    });

pub(super) const AUDIENCE_MISNAMED: Check = changed("audience", |examination| {
    as_before("audience", examination).map_err(|_| {
        Objection::because(Reason::IssuerUnknown, "the claim `iss` is of no configured issuer")
    })
});

pub(super) const EXPIRY_STRING: Check = changed("expiry", |examination| {
    match examination.claims()?.get("exp").and_then(Value::as_str).map(str::parse) {
        Some(Ok(seconds)) => judge_expiry(examination, seconds),
        _ => as_before("expiry", examination),
    }
});

pub(super) const EXPIRY_ODD: Check = changed("expiry", |examination| {
    match examination.claims()?.get("exp").and_then(Value::as_f64) {
        Some(seconds) => judge_expiry(examination, seconds),
        None => Ok(()),
    }
});

pub(super) const EXPIRY_LATE: Check = changed("expiry", |examination| {
    match examination.claims()?.get("exp").and_then(Value::as_f64) {
        Some(seconds) => judge_expiry(examination, seconds + DAY),
        None => as_before("expiry", examination),
    }
});

pub(super) const EXPIRY_WHOLE: Check =
    changed("expiry", |examination| match examination.claims()?.get("exp") {
        Some(Value::Number(seconds)) if seconds.is_f64() => Err(Objection::because(
            Reason::ClaimInvalid,
            "the claim `exp` should be an integer, but has a fraction",
        )),
        _ => as_before("expiry", examination),
    });
