//! Faults in choosing the key, and in using it.

use serde_json::Value;

use super::kids::first_with;
use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::{Check, Examination, Objection};
use jwtspec_jose::{Origin, PublishedKey};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    fault("ignores-signature", "does not verify the signature", |it| it.without("signature"))
        .caught_by(&["signature/*"]),
    wrong_check("trusts-embedded-jwk", "verifies with the key that the header holds", EMBEDDED)
        .caught_by(&["header-keys/jwk"]),
    wrong_check("case-insensitive-kid", "compares `kid` without regard to case", CASELESS)
        .caught_by(&["jwks/kids-that-differ-in-case"]),
    wrong_check("ignores-key-use", "verifies with a key that is for encryption", ANY_USE)
        .caught_by(&["jwks/for-encryption", "jwks/key-ops-without-verify"]),
    wrong_check("ignores-key-alg", "uses a key for another algorithm than its own", ANY_ALG)
        .caught_by(&[
            "jwks/alg-for-encryption",
            "jwks/unknown-alg",
            "algorithm/key-pinned-*",
            "key-algorithm/carries-out-*",
        ]),
    wrong_check("requires-kid", "refuses a token without `kid`", REQUIRED)
        .uncaught("RFC 7515 appendix D leaves the choice"),
];

const EMBEDDED: Check = with_keys("key", |examination| {
    let Some(Value::Object(jwk)) = examination.header()?.get("jwk") else {
        return as_before("key", examination);
    };
    let key = PublishedKey::parse(jwk, Origin::Published);
    examination.candidates = Some(vec![key]);
    Ok(())
});

// The first match in either case wins, so two keys that differ in case are taken for one.
const CASELESS: Check =
    with_keys("key", |it| first_with(it, |token, published| token.eq_ignore_ascii_case(published)));

const ANY_USE: Check = with_keys("key", |it| forgetting(it, &["use", "key_ops"]));

const ANY_ALG: Check = with_keys("key", |it| forgetting(it, &["alg"]));

/// Chooses as before, but from keys that lack these members.
fn forgetting(examination: &mut Examination<'_>, members: &[&str]) -> Result<(), Objection> {
    let forget = |key: &PublishedKey| {
        let mut key = key.clone();
        key.jwk.retain(|name, _| !members.contains(&name.as_str()));
        key
    };
    examination.keys = Some(examination.keys()?.iter().map(forget).collect());
    as_before("key", examination)
}

const REQUIRED: Check = changed("key-id", |examination| match examination.kid() {
    Some(_) => Ok(()),
    None => Err(Objection::because(Reason::KeyNotFound, "the header has no `kid`")),
});
