//! Bugs that only search finds: one check is skipped, and only when something else holds.

use serde_json::Value;

use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::Check;

/// Verifiers that skip one check only when another thing holds. No scenario need catch them;
/// property tests and fuzzing must.
pub const PLANTED: &[Fault] = &[
    wrong_check(
        "audience-unless-not-before",
        "does not look at `aud` if there is an `nbf`",
        AUDIENCE,
    )
    .uncaught(SEARCH),
    wrong_check(
        "expiry-unless-issued-fraction",
        "does not look at `exp` if `iat` has a fraction",
        EXPIRY,
    )
    .uncaught(SEARCH),
    fault(
        "signature-unless-jku",
        "takes any signature of an unknown key if there is a `jku`",
        |it| it.replacing(KEY).replacing(SIGNATURE),
    )
    .uncaught(SEARCH),
];

const SEARCH: &str = "search finds it";

const AUDIENCE: Check =
    changed("audience", |examination| match examination.claims()?.contains_key("nbf") {
        true => Ok(()),
        false => as_before("audience", examination),
    });

const EXPIRY: Check = changed("expiry", |examination| match examination.claims()?.get("iat") {
    Some(Value::Number(seconds)) if seconds.is_f64() => Ok(()),
    _ => as_before("expiry", examination),
});

const KEY: Check = with_keys("key", |examination| {
    let found = as_before("key", examination);
    match examination.header()?.contains_key("jku") {
        true if found.is_err() => {
            examination.candidates = Some(Vec::new());
            Ok(())
        }
        _ => found,
    }
});

const SIGNATURE: Check =
    changed("signature", |examination| match examination.candidates()?.is_empty() {
        true => Ok(()),
        false => as_before("signature", examination),
    });
