//! Faults in judging claims.

use serde_json::Value;

use super::{Fault, as_before, changed, fault, wrong_check};
use crate::claims::{audiences, judge_expiry};
use crate::{Check, Objection};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    fault("ignores-audience", "does not look at `aud`", |it| it.without("audience"))
        .caught_by(&["audience/*"]),
    wrong_check("missing-audience-accepted", "takes a token without `aud`", OPTIONAL_AUDIENCE)
        .caught_by(&["audience/missing"]),
    wrong_check(
        "audience-substring",
        "takes an `aud` that contains the expected text",
        AUDIENCE_SUBSTRING,
    )
    .caught_by(&["audience/expected-and-more", "audience/expected-at-the-end"]),
    wrong_check("audience-string-only", "refuses an `aud` that is an array", AUDIENCE_STRING_ONLY)
        .caught_by(&["audience/array-of-one"]),
    wrong_check(
        "audience-blamed-on-issuer",
        "says issuer where it means audience",
        AUDIENCE_MISNAMED,
    )
    .caught_by(&["audience/other"]),
    fault("ignores-expiry", "does not look at `exp`", |it| it.without("expiry"))
        .caught_by(&["expiry/*"]),
    wrong_check("expiry-string-accepted", "takes an `exp` that is a text of digits", EXPIRY_STRING)
        .caught_by(&["expiry/text"]),
    wrong_check("ignores-odd-expiry", "takes an `exp` that is no number for none", EXPIRY_ODD)
        .caught_by(&["expiry/array", "expiry/null", "expiry/text"]),
    wrong_check("expiry-a-day-late", "allows a day of leeway", EXPIRY_LATE)
        .caught_by(&["expiry/past", "expiry/beyond-leeway"]),
    wrong_check("expiry-whole-seconds-only", "refuses an `exp` with a fraction", EXPIRY_WHOLE)
        .caught_by(&["expiry/future-with-fraction"]),
    fault("ignores-not-before", "does not look at `nbf`", |it| it.without("not-before"))
        .caught_by(&["not-before/*"]),
    fault("ignores-odd-issued-at", "does not look at `iat`", |it| it.without("issued-at"))
        .caught_by(&["issued-at/*"]),
    fault("ignores-odd-subject", "takes any type for `sub`", |it| it.without("text-claims"))
        .caught_by(&["claim-types/sub-*"]),
    fault("ignores-required-claims", "does not miss a claim", |it| it.without("required-claims"))
        .caught_by(&["expiry/missing-though-required"]),
];

const DAY: f64 = 24.0 * 3600.0;

const OPTIONAL_AUDIENCE: Check =
    changed("audience", |examination| match examination.claims()?.contains_key("aud") {
        true => as_before("audience", examination),
        false => Ok(()),
    });

const AUDIENCE_SUBSTRING: Check = changed("audience", |examination| {
    let expected = &examination.provider()?.audiences;
    if let Some(aud) = examination.claims()?.get("aud") {
        let received = audiences(aud)?;
        if received.iter().any(|it| expected.iter().any(|known| it.contains(known.as_str()))) {
            return Ok(());
        }
    }
    as_before("audience", examination)
});

const AUDIENCE_STRING_ONLY: Check =
    changed("audience", |examination| match examination.claims()?.get("aud") {
        Some(Value::Array(_)) => Err(Objection::because(
            Reason::ClaimInvalid,
            "the claim `aud` should be a string, but is an array",
        )),
        _ => as_before("audience", examination),
    });

const AUDIENCE_MISNAMED: Check = changed("audience", |examination| {
    as_before("audience", examination).map_err(|_| {
        Objection::because(Reason::IssuerUnknown, "the claim `iss` is of no configured issuer")
    })
});

const EXPIRY_STRING: Check = changed("expiry", |examination| {
    match examination.claims()?.get("exp").and_then(Value::as_str).map(str::parse) {
        Some(Ok(seconds)) => judge_expiry(examination, seconds),
        _ => as_before("expiry", examination),
    }
});

const EXPIRY_ODD: Check = changed("expiry", |examination| {
    match examination.claims()?.get("exp").and_then(Value::as_f64) {
        Some(seconds) => judge_expiry(examination, seconds),
        None => Ok(()),
    }
});

const EXPIRY_LATE: Check = changed("expiry", |examination| {
    match examination.claims()?.get("exp").and_then(Value::as_f64) {
        Some(seconds) => judge_expiry(examination, seconds + DAY),
        None => as_before("expiry", examination),
    }
});

const EXPIRY_WHOLE: Check =
    changed("expiry", |examination| match examination.claims()?.get("exp") {
        Some(Value::Number(seconds)) if seconds.is_f64() => Err(Objection::because(
            Reason::ClaimInvalid,
            "the claim `exp` should be an integer, but has a fraction",
        )),
        _ => as_before("expiry", examination),
    });
