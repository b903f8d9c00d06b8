//! Errors that no code of a verifier handles: it answers with a fault where a verdict is due.
//!
//! Each stands for an exception of another language, or for an arithmetic overflow.

use serde_json::Value;

use super::json_syntax::{numbers, within_double};
use super::times::number;
use super::{Fault, as_before, changed, fault, wrong_check};
use crate::{Examination, Objection, Reference};
use jwtspec_jose::{Compact, Limit, excess};

/// A check that ends in such an error where something holds.
macro_rules! failing {
    ($check:literal, |$it:ident| $holds:expr) => {
        changed($check, |$it| {
            if $holds {
                unhandled($check);
            }
            as_before($check, $it)
        })
    };
}

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "segment-count-unhandled",
        "fails with an unhandled error where there are not three segments",
        failing!("segments", |it| Compact::new(it.token).count() != 3),
    )
    .caught_by(&["compact/one-segment", "compact/word-without-period", "compact/periods-only"]),
    wrong_check(
        "base64-unhandled",
        "fails with an unhandled error where a segment is not base64url",
        failing!("base64url", |it| as_before("base64url", it).is_err()),
    )
    .caught_by(&[
        "encoding/trailing-bits-in-*",
        "compact/one-letter-segments",
        "compact/three-words",
    ]),
    wrong_check(
        "json-unhandled",
        "fails with an unhandled error where header or claims are not JSON",
        failing!("header-json", |it| {
            let [header, claims, _] = it.decoded()?;
            [header, claims].iter().any(|it| serde_json::from_slice::<Value>(it).is_err())
        }),
    )
    .caught_by(&[
        "compact/all-segments-empty",
        "compact/empty-claims",
        "critical/b64-false-detached",
    ]),
    wrong_check(
        "depth-unhandled",
        "reads nested JSON by recursion, until its stack ends",
        failing!("header-json", |it| is_beyond(it, |it| matches!(it, Limit::Depth(_)))?),
    )
    .caught_by(&["json/deep-*"]),
    wrong_check(
        "surrogate-unhandled",
        "fails with an unhandled error at half a surrogate pair",
        failing!("header-json", |it| is_beyond(it, |it| matches!(it, Limit::LoneSurrogate(_)))?),
    )
    .caught_by(&["json/escaped-lone-surrogate"]),
    wrong_check(
        "number-unhandled",
        "fails with an unhandled error at a number beyond 64 bits",
        failing!("header-json", |it| {
            let [_, claims, _] = it.decoded()?;
            numbers(claims).iter().any(|number| number.abs() >= 2_f64.powi(64))
        }),
    )
    .caught_by(&[
        "json/huge-number",
        "json/thousand-digits",
        "claim-types/integer-beyond-64-bits",
    ]),
    wrong_check(
        "long-token-unhandled",
        "reads a token into 8 KiB, and writes behind them",
        failing!("size", |it| it.token.len() > 8 << 10),
    )
    .caught_by(&["json/claims-of-*", "header/header-of-16-kb"]),
    wrong_check(
        "prototype-unhandled",
        "makes claims the members of an object that has methods, and calls them",
        failing!("required-claims", |it| {
            let claims = it.claims()?;
            let has = |name: &&str| claims.contains_key(*name);
            ["__proto__", "constructor", "hasOwnProperty", "toString"].iter().any(has)
        }),
    )
    .caught_by(&["json/proto-claim", "claim-types/claims-named-like-methods"]),
    wrong_check(
        "jti-unhandled",
        "fails with an unhandled error at a `jti` that is no string",
        failing!("text-claims", |it| it.claims()?.get("jti").is_some_and(|jti| !jti.is_string())),
    )
    .caught_by(&["claim-types/jti-number", "claim-types/jti-null", "claim-types/jti-array"]),
    wrong_check(
        "missing-times-unhandled",
        "fails with an unhandled error where `exp` or `iat` is not there",
        failing!("required-claims", |it| {
            let claims = it.claims()?;
            !["exp", "iat"].iter().all(|name| claims.contains_key(*name))
        }),
    )
    .caught_by(&["expiry/missing", "issued-at/missing"]),
    wrong_check(
        "crit-unhandled",
        "fails with an unhandled error at a `crit`, which it does not support",
        failing!("claims-json", |it| it.header()?.contains_key("crit")),
    )
    .caught_by(&[
        "critical/vector-of-rfc-7515",
        "critical/empty",
        "critical/registered-name",
        "critical/known-extension-*",
        "critical/b64-true",
    ]),
    wrong_check(
        "b64-without-crit-unhandled",
        "fails with an unhandled error where it looks for `b64` in a `crit` that is not there",
        failing!("critical", |it| {
            let header = it.header()?;
            header.contains_key("b64") && !header.contains_key("crit")
        }),
    )
    .caught_by(&[
        "critical/b64-true-without-crit",
        "critical/b64-false-without-crit-signed-as-usual",
    ]),
    wrong_check(
        "typ-unhandled",
        "fails with an unhandled error at a `typ` that is no string",
        failing!("type", |it| it.header()?.get("typ").is_some_and(|typ| !typ.is_string())),
    )
    .caught_by(&["header/typ-number"]),
    wrong_check(
        "header-keys-unhandled",
        "fails with an unhandled error at a key in the header, which it does not support",
        failing!("critical", |it| {
            let header = it.header()?;
            ["jwk", "jku", "x5c", "x5u"].iter().any(|name| header.contains_key(*name))
        }),
    )
    .caught_by(&[
        "header-keys/jwk-of-published-key",
        "header-keys/x5c-of-published-key",
        "header-keys/jku-of-issuer",
    ]),
    fault(
        "dates-unhandled",
        "makes a date of each time, in a calendar that has none before 1970 or after 9999",
        dates,
    )
    .caught_by(&[
        "expiry/beyond-exact-integers",
        "expiry/largest-64-bit*",
        "expiry/beyond-64-bits",
        "expiry/*infinite",
        "expiry/thousand-digits",
        "expiry/milliseconds*",
        "issued-at/minus-one",
        "issued-at/smallest-64-bit",
        "issued-at/beyond-exact-integers",
        "*/infinite",
        "not-before/minus-one",
    ]),
    wrong_check(
        "lifetime-without-sign",
        "counts the seconds that a token has left without a sign",
        failing!("expiry", |it| {
            let leeway = it.trust.leeway_seconds as f64;
            let left = number(it, "exp")?.map(|exp| exp - it.now.as_secs_f64());
            left.is_some_and(|left| left < 0.0 && left + leeway >= 0.0)
        }),
    )
    .caught_by(&["expiry/within-leeway", "time/last-second-of-leeway", "time/edge-of-leeway"]),
    wrong_check(
        "age-without-sign",
        "counts the seconds since `iat` and `nbf` without a sign",
        failing!("issued-at", |it| {
            let now = Some(it.now.as_secs_f64());
            number(it, "iat")? > now || number(it, "nbf")? > now
        }),
    )
    .caught_by(&[
        "issued-at/future",
        "issued-at/few-seconds-ahead",
        "not-before/within-leeway",
        "time/edge-of-leeway-before-the-beginning",
        "time/issued-in-a-second",
    ]),
];

/// Ends in an error that only the server around the verifier notices.
pub(super) fn unhandled(what: &str) -> ! {
    panic!("an error of `{what}` that is not handled, as this fault wants it")
}

fn is_beyond(examination: &Examination<'_>, is: fn(&Limit) -> bool) -> Result<bool, Objection> {
    let [header, claims, _] = examination.decoded()?;
    Ok([header, claims].iter().any(|part| excess(part).is_some_and(|it| is(&it.limit))))
}

fn dates(reference: Reference) -> Reference {
    const CALENDAR: std::ops::Range<f64> = 0.0..253_402_300_800.0;
    let dated = failing!("expiry", |it| {
        let mut beyond = false;
        for name in ["exp", "nbf", "iat"] {
            beyond |= number(it, name)?.is_some_and(|time| !CALENDAR.contains(&time));
        }
        beyond
    });
    reference.replacing(changed("base64url", within_double)).replacing(dated)
}
