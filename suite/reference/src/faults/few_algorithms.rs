//! Faults in knowing too little: of algorithms, of key sizes, and of keys that say little about
//! themselves.

use serde_json::Value;

use super::kids::keeping;
use super::{Fault, as_before, changed, with_keys, wrong_check};
use crate::{Check, Objection};
use jwtspec_jose::Material;
use jwtspec_types::words::{Algorithm, Reason};

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("rs256-only", "verifies RS256 and no other algorithm", RS256_ONLY).caught_by(&[
        "algorithm/eddsa",
        "algorithm/eddsa-key-with-odd-x",
        "algorithm/es256",
        "algorithm/es384",
        "algorithm/es512",
        "algorithm/hs256",
        "algorithm/hs384",
        "algorithm/hs512",
        "algorithm/ps256",
        "algorithm/ps384",
        "algorithm/ps512",
        "algorithm/rs384",
        "algorithm/rs512",
    ]),
    wrong_check("pkcs1-refused", "takes RSA signatures with PSS padding only", PSS_ONLY)
        .caught_by(&["algorithm/rs256", "algorithm/rs384", "algorithm/rs512"])
        .proving_only(&["algorithm"]),
    wrong_check("fails-on-algorithm", "fails on an `alg` that it has no function for", NO_FUNCTION)
        .told_none()
        .caught_by(&[
            "algorithm/ed25519-name",
            "algorithm/none-configured",
            "algorithm/none-configured-with-signature",
        ]),
    wrong_check("key-alg-not-looked-for", "fails on a key without `alg`", KEY_ALG)
        .caught_by(&["algorithm/unpinned-key-signs-ps256", "jwks/alg-absent"]),
    wrong_check("key-use-needed", "passes over keys without `use`", KEY_USE)
        .caught_by(&["jwks/key-ops-verify", "jwks/use-absent"]),
    wrong_check("rsa-of-2048-bits", "verifies with RSA keys of 2048 bits only", BITS_2048)
        .caught_by(&["jwks/modulus-of-3072-bits", "jwks/modulus-of-4096-bits"]),
];

const RS256_ONLY: Check = changed("algorithm-known", |it| {
    as_before("algorithm-known", it)?;
    match it.algorithm()? {
        Algorithm::Rs256 => Ok(()),
        _ => Err(Objection::because(Reason::AlgorithmNotAllowed, "the `alg` is not RS256")),
    }
});

const PSS_ONLY: Check = changed("algorithm-known", |it| {
    as_before("algorithm-known", it)?;
    match it.algorithm()? {
        Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 => {
            Err(Objection::because(Reason::AlgorithmNotAllowed, "the padding is outdated"))
        }
        _ => Ok(()),
    }
});

const NO_FUNCTION: Check = changed("algorithm-known", |it| {
    let named = it.header()?.get("alg").and_then(Value::as_str);
    let has_function =
        |name: &str| name.parse().is_ok_and(|algorithm: Algorithm| algorithm != Algorithm::None);
    assert!(named.is_none_or(has_function), "no such function, as this fault wants it");
    as_before("algorithm-known", it)
});

const KEY_ALG: Check = with_keys("key", |it| {
    as_before("key", it)?;
    let all = it.candidates()?.iter().all(|key| key.jwk.contains_key("alg"));
    assert!(all, "a key without `alg`, as this fault wants it");
    Ok(())
});

const KEY_USE: Check = with_keys("key", |it| keeping(it, |key| key.jwk.contains_key("use")));

const BITS_2048: Check = with_keys("key", |it| {
    keeping(it, |key| match &key.material {
        Ok(Material::Rsa { modulus, .. }) => modulus.len() == 256,
        _ => true,
    })
});
