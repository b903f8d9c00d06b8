//! Faults in comparing times.

use serde_json::Value;

use super::{Fault, as_before, changed, fault, wrong_check};
use crate::claims::judge_expiry;
use crate::{Check, Examination, Objection};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("expiry-as-text", "compares `exp` with the time digit by digit", EXPIRY_AS_TEXT)
        .caught_by(&["expiry/eleven-digits", "expiry/nine-digits", "expiry/one-digit"]),
    wrong_check("expiry-rounded-down", "leaves out the fraction of `exp`", EXPIRY_DOWN)
        .caught_by(&["expiry/future-with-half-a-second"]),
    wrong_check("expiry-guessed", "takes a large `exp` for milliseconds", EXPIRY_GUESSED)
        .caught_by(&["expiry/twelve-digits"]),
    wrong_check("not-before-as-text", "compares `nbf` with the time digit by digit", BEGIN_AS_TEXT)
        .caught_by(&["not-before/eleven-digits", "not-before/nine-digits", "not-before/one-digit"]),
    wrong_check("not-before-rounded-down", "leaves out the fraction of `nbf`", BEGIN_DOWN)
        .caught_by(&["not-before/future-with-half-a-second"]),
    wrong_check("not-before-guessed", "takes a large `nbf` for milliseconds", BEGIN_GUESSED)
        .caught_by(&["not-before/milliseconds", "not-before/twelve-digits"]),
    wrong_check("expiry-in-32-bits", "keeps 32 bits of `exp`", EXPIRY_CUT)
        .caught_by(&["expiry/beyond-32-bits", "expiry/below-32-bits"]),
    wrong_check("not-before-reversed", "takes `nbf` for the time until which it holds", REVERSED)
        .caught_by(&["not-before/past", "not-before/zero", "not-before/minus-one"]),
    wrong_check("not-before-exclusive", "refuses a token in the second of its `nbf`", EXCLUSIVE)
        .caught_by(&["not-before/this-second"]),
    fault("leeway-subtracted", "takes leeway off where it is to be granted", |it| {
        it.replacing(EXPIRY_EARLY).replacing(BEGIN_LATE)
    })
    .caught_by(&["expiry/leeway-does-not-shorten", "not-before/leeway-does-not-delay"]),
    fault("times-whole-seconds-only", "reads `iat` and `nbf` as integers", |it| {
        it.replacing(changed("issued-at", |it| whole(it, "iat", "issued-at")))
            .replacing(changed("not-before", |it| whole(it, "nbf", "not-before")))
    })
    .caught_by(&[
        "issued-at/with-fraction",
        "not-before/past-with-fraction",
        "not-before/past-with-exponent",
    ]),
    wrong_check("age-without-direction", "takes an hour's age for an hour ahead", DISTANCE)
        .caught_by(&["issued-at/day-old"]),
];

const EXPIRY_AS_TEXT: Check =
    changed("expiry", |examination| match (number(examination, "exp")?, now(examination)) {
        (Some(exp), now) if exp.to_string() > now => Ok(()),
        (Some(_), _) => Err(Objection::because(Reason::Expired, "the token expired")),
        (None, _) => as_before("expiry", examination),
    });

const EXPIRY_DOWN: Check = changed("expiry", |examination| match number(examination, "exp")? {
    Some(exp) => judge_expiry(examination, exp.floor()),
    None => as_before("expiry", examination),
});

const EXPIRY_GUESSED: Check = changed("expiry", |examination| match number(examination, "exp")? {
    Some(exp) if exp > 1e11 => judge_expiry(examination, exp / 1000.0),
    _ => as_before("expiry", examination),
});

const BEGIN_AS_TEXT: Check =
    changed("not-before", |examination| match (number(examination, "nbf")?, now(examination)) {
        (Some(nbf), now) if nbf.to_string() <= now => Ok(()),
        (Some(_), _) => Err(early()),
        (None, _) => as_before("not-before", examination),
    });

const BEGIN_DOWN: Check = changed("not-before", |examination| match number(examination, "nbf")? {
    Some(nbf) if nbf.floor() <= examination.now.as_secs_f64() => Ok(()),
    _ => as_before("not-before", examination),
});

const EXPIRY_CUT: Check = changed("expiry", |examination| match number(examination, "exp")? {
    #[expect(clippy::cast_possible_truncation, reason = "this is the fault")]
    Some(exp) => judge_expiry(examination, f64::from(exp as i64 as i32)),
    None => as_before("expiry", examination),
});

const REVERSED: Check = changed("not-before", |examination| match number(examination, "nbf")? {
    Some(nbf) if nbf < examination.now.as_secs_f64() => Err(early()),
    _ => as_before("not-before", examination),
});

const EXCLUSIVE: Check = changed("not-before", |examination| match number(examination, "nbf")? {
    Some(nbf) if nbf == examination.now.as_secs_f64() => Err(early()),
    _ => as_before("not-before", examination),
});

const EXPIRY_EARLY: Check = changed("expiry", |examination| match number(examination, "exp")? {
    Some(exp) => judge_expiry(examination, exp - 2.0 * examination.trust.leeway_seconds as f64),
    None => as_before("expiry", examination),
});

const BEGIN_LATE: Check = changed("not-before", |examination| {
    let leeway = examination.trust.leeway_seconds as f64;
    match number(examination, "nbf")? {
        Some(nbf) if nbf + leeway > examination.now.as_secs_f64() => Err(early()),
        _ => as_before("not-before", examination),
    }
});

const DISTANCE: Check = changed("issued-at", |examination| match number(examination, "iat")? {
    Some(iat) if (iat - examination.now.as_secs_f64()).abs() > 3600.0 => {
        Err(Objection::because(Reason::IssuedInFuture, "the token was issued in the future"))
    }
    _ => as_before("issued-at", examination),
});

/// Refuses a number that is not written as an integer.
fn whole(examination: &mut Examination<'_>, name: &str, check: &str) -> Result<(), Objection> {
    match examination.claims()?.get(name) {
        Some(Value::Number(seconds)) if seconds.is_f64() => {
            Err(Objection::because(Reason::ClaimInvalid, "a time is no integer"))
        }
        _ => as_before(check, examination),
    }
}

const BEGIN_GUESSED: Check =
    changed("not-before", |examination| match number(examination, "nbf")? {
        Some(nbf) if nbf > 1e11 && nbf / 1000.0 <= examination.now.as_secs_f64() => Ok(()),
        _ => as_before("not-before", examination),
    });

pub(super) fn number(examination: &Examination<'_>, name: &str) -> Result<Option<f64>, Objection> {
    Ok(examination.claims()?.get(name).and_then(Value::as_f64))
}

fn now(examination: &Examination<'_>) -> String {
    examination.now.as_secs().to_string()
}

fn early() -> Objection {
    Objection::because(Reason::NotYetValid, "the token is not valid yet")
}
