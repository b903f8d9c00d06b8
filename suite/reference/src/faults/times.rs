//! Faults in comparing times.

use serde_json::Value;

use super::{Fault, as_before, changed, wrong_check};
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
        .caught_by(&["not-before/eleven-digits", "not-before/one-digit"]),
    wrong_check("not-before-rounded-down", "leaves out the fraction of `nbf`", BEGIN_DOWN)
        .caught_by(&["not-before/future-with-half-a-second"]),
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

fn number(examination: &Examination<'_>, name: &str) -> Result<Option<f64>, Objection> {
    Ok(examination.claims()?.get(name).and_then(Value::as_f64))
}

fn now(examination: &Examination<'_>) -> String {
    examination.now.as_secs().to_string()
}

fn early() -> Objection {
    Objection::because(Reason::NotYetValid, "the token is not valid yet")
}
