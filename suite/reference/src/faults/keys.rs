//! Faults in choosing the key, and in using it.

use serde_json::Value;

use super::kids::first_with;
use super::lax::{Attempt, or_else};
use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::crypto::verifies;
use crate::{Check, Examination, Objection};
use jwtspec_jose::{Compact, KeyType, Material, Origin, Part, PublishedKey, Tolerance, encode};
use jwtspec_types::words::{Algorithm, Family, Reason};

pub(super) const FAULTS: &[Fault] = &[
    fault("ignores-signature", "does not verify the signature", |it| it.without("signature"))
        .caught_by(&["signature/*"]),
    wrong_check("trusts-embedded-jwk", "verifies with the key that the header holds", EMBEDDED)
        .caught_by(&["header-keys/jwk"]),
    wrong_check("case-insensitive-kid", "compares `kid` without regard to case", CASELESS)
        .caught_by(&["jwks/kids-that-differ-in-case"]),
    wrong_check("ignores-key-use", "verifies with a key that is for encryption", ANY_USE)
        .caught_by(&[
            "jwks/for-encryption",
            "jwks/key-ops-without-verify",
            "jwks/ec-for-encryption",
            "jwks/ec-key-ops-without-verify",
            "jwks/okp-for-encryption",
        ]),
    wrong_check("ignores-key-alg", "uses a key for another algorithm than its own", ANY_ALG)
        .caught_by(&[
            "jwks/alg-for-encryption",
            "jwks/unknown-alg",
            "algorithm/key-pinned-*",
            "key-algorithm/carries-out-*",
            "jwks/ec-alg-of-another-curve",
            "jwks/ec-unknown-alg",
        ]),
    wrong_check(
        "header-members-unsigned",
        "verifies the header as it would have written it, with the members that it knows",
        changed("signature", |it| or_else(it, header_as_known)),
    )
    .caught_by(&[
        "signature/header-changed",
        "signature/ecdsa-header-changed",
        "signature/eddsa-header-changed",
        "signature/hmac-header-changed",
        "signature/pss-header-changed",
    ]),
    wrong_check(
        "longer-hashes-unverified",
        "verifies no signature under the algorithms of longer hashes",
        changed("signature", |it| or_else(it, |it| Some(has_longer_hash(it.algorithm)))),
    )
    .caught_by(&[
        "signature/es384-*",
        "signature/es512-*",
        "signature/hs384-*",
        "signature/hs512-*",
        "signature/ps384-*",
        "signature/ps512-*",
        "signature/rs384-*",
        "signature/rs512-*",
    ]),
    wrong_check(
        "empty-pss-unverified",
        "takes an empty signature under RSA-PSS",
        changed("signature", |it| {
            or_else(it, |it| Some(it.signature.is_empty() && it.is_family(Family::RsaPss)))
        }),
    )
    .caught_by(&["signature/ps256-stripped"]),
    wrong_check("key-type-of-algorithm", "guesses the type of a key from the algorithm", GUESSED)
        .caught_by(&["jwks/ec-as-rsa", "jwks/p-256-as-p-384", "jwks/rsa-as-ec"]),
    fault("short-secret-accepted", "keys an HMAC with a secret of any length", |it| {
        it.replacing(ANY_SECRET).replacing(changed("signature", |it| {
            or_else(it, |it| Some(verifies(it.algorithm, it.key, it.message, it.signature)))
        }))
    })
    .caught_by(&[
        "algorithm/hs256-secret-of-16-octets",
        "algorithm/hs256-secret-of-31-octets",
        "algorithm/hs256-secret-of-no-octets",
        "algorithm/hs384-secret-of-47-octets",
        "algorithm/hs512-secret-of-32-octets",
        "algorithm/hs512-secret-of-63-octets",
    ]),
    wrong_check("long-secret-cut", "uses no more of a secret than its hash has octets", CUT_SECRET)
        .caught_by(&[
            "algorithm/hs256-secret-of-200-octets",
            "algorithm/hs384-secret-of-200-octets",
            "algorithm/hs512-secret-of-200-octets",
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

fn has_longer_hash(algorithm: Algorithm) -> bool {
    algorithm.family() != Family::Ed && algorithm.hash_octets() > 32
}

/// Verifies another text than the one that was received.
fn header_as_known(attempt: &Attempt<'_>) -> Option<bool> {
    let message = std::str::from_utf8(attempt.message).ok()?;
    let (_, claims) = message.split_once('.')?;
    let mut header = Compact::new(message).members(Part::Header, Tolerance::NONE)?;
    header.retain(|name, _| ["alg", "typ", "kid"].contains(&name.as_str()));
    let message = format!("{}.{claims}", encode(Value::Object(header).to_string()));
    Some(verifies(attempt.algorithm, attempt.key, message.as_bytes(), attempt.signature))
}

const GUESSED: Check = with_keys("key", |examination| {
    let (kty, crv) = match KeyType::for_algorithm(examination.algorithm()?) {
        Some(KeyType::Rsa) => ("RSA", None),
        Some(KeyType::Ec(curve)) => ("EC", Some(curve.name())),
        Some(KeyType::Ed25519) => ("OKP", Some("Ed25519")),
        Some(KeyType::Secret) | None => return as_before("key", examination),
    };
    let guess = |key: &PublishedKey| {
        let mut jwk = key.jwk.clone();
        jwk.insert("kty".to_owned(), kty.into());
        if let Some(crv) = crv {
            jwk.insert("crv".to_owned(), crv.into());
        }
        PublishedKey::parse(&jwk, Origin::Published)
    };
    examination.keys = Some(examination.keys()?.iter().map(guess).collect());
    as_before("key", examination)
});

/// The secrets among the issuer's keys with the token's `kid`, under HMAC.
fn secrets(examination: &Examination<'_>) -> Result<Vec<PublishedKey>, Objection> {
    let is_hmac = examination.algorithm()?.family() == Family::Hmac;
    let kid = examination.kid();
    let is_named = |key: &&PublishedKey| {
        is_hmac && key.kid.as_deref() == kid && matches!(key.material, Ok(Material::Secret(_)))
    };
    Ok(examination.keys()?.iter().filter(is_named).cloned().collect())
}

const ANY_SECRET: Check = with_keys("key", |examination| match secrets(examination)? {
    none if none.is_empty() => as_before("key", examination),
    named => {
        examination.candidates = Some(named);
        Ok(())
    }
});

const CUT_SECRET: Check = with_keys("key", |examination| {
    let length = examination.algorithm()?.hash_octets();
    let mut named = secrets(examination)?;
    for key in &mut named {
        if let Ok(Material::Secret(secret)) = &mut key.material {
            secret.truncate(length);
        }
    }
    if named.is_empty() {
        return as_before("key", examination);
    }
    examination.candidates = Some(named);
    Ok(())
});
