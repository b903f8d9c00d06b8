//! Bugs that only search finds: one check is skipped, and only when something else holds.

use serde_json::Value;

use super::{Faulty, as_before, changed, fault};
use crate::reference::{Check, Needs};

/// Verifiers that skip one check only when another thing holds. No scenario need catch them;
/// property tests and fuzzing must.
pub const PLANTED: &[Faulty] = &[
    fault("audience-unless-not-before", "does not look at `aud` if there is an `nbf`", |it| {
        it.replacing("audience", AUDIENCE)
    }),
    fault(
        "expiry-unless-issued-fraction",
        "does not look at `exp` if `iat` has a fraction",
        |it| it.replacing("expiry", EXPIRY),
    ),
    fault(
        "signature-unless-jku",
        "takes any signature of an unknown key if there is a `jku`",
        |it| it.replacing("key", KEY).replacing("signature", SIGNATURE),
    ),
];

const AUDIENCE: Check =
    changed("audience", |examination| match examination.claims()?.contains_key("nbf") {
        true => Ok(()),
        false => as_before("audience", examination),
    });

const EXPIRY: Check = changed("expiry", |examination| match examination.claims()?.get("iat") {
    Some(Value::Number(seconds)) if seconds.is_f64() => Ok(()),
    _ => as_before("expiry", examination),
});

const KEY: Check = Check {
    needs: Needs::Keys,
    ..changed("key", |examination| {
        let found = as_before("key", examination);
        match examination.header()?.contains_key("jku") {
            true if found.is_err() => {
                examination.candidates = Some(Vec::new());
                Ok(())
            }
            _ => found,
        }
    })
};

const SIGNATURE: Check =
    changed("signature", |examination| match examination.candidates()?.is_empty() {
        true => Ok(()),
        false => as_before("signature", examination),
    });
