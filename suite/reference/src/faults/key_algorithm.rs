//! Faults in which the key says how to verify, and the header only has to name what is allowed.

use serde_json::Value;

use super::ecdsa::Halves;
use super::lax::or_else;
use super::{Fault, as_before, changed, fault, with_keys};
use crate::crypto::verifies;
use crate::{Check, Examination, Objection, Reference};
use jwtspec_jose::{KeyType, Material, PublishedKey};
use jwtspec_types::words::Algorithm;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "verifies-by-key-algorithm",
        "verifies with the algorithm of the key, whichever allowed one the header names",
        |it| it.replacing(KEY).replacing(BY_KEY),
    )
    .caught_by(&["key-algorithm/says-*"]),
    fault(
        "verifies-der-by-key-type",
        "lets the type of the key decide how to verify, and reads DER as its library does",
        by_type,
    )
    .caught_by(&["ecdsa/der-called-rs256", "ecdsa/der-called-ps256"]),
];

/// The keys of this `kid`, whatever they are for.
const KEY: Check = with_keys("key", |examination| {
    let kid = examination.kid();
    let named = |key: &&PublishedKey| kid.is_none() || key.kid.as_deref() == kid;
    let keys: Vec<PublishedKey> = examination.keys()?.iter().filter(named).cloned().collect();
    if keys.is_empty() {
        return as_before("key", examination);
    }
    examination.candidates = Some(keys);
    Ok(())
});

const BY_KEY: Check = changed("signature", |examination| {
    let of_key = |key: &PublishedKey| {
        let stated = key.jwk.get("alg").and_then(Value::as_str).and_then(|alg| alg.parse().ok());
        let first = |key: &Material| {
            Algorithm::ALL
                .iter()
                .copied()
                .find(|alg| KeyType::for_algorithm(*alg) == Some(key.key_type()))
        };
        let material = key.material.as_ref().ok()?;
        Some((stated.or_else(|| first(material))?, material.clone()))
    };
    let [_, _, signature] = examination.decoded()?;
    let (message, _) = examination.token.rsplit_once('.').unwrap_or_default();
    let mut keys = examination.candidates()?.iter().filter_map(of_key);
    if keys.any(|(algorithm, key)| verifies(algorithm, &key, message.as_bytes(), signature)) {
        return Ok(());
    }
    refuse(examination)
});

fn by_type(reference: Reference) -> Reference {
    const SIGNATURE: Check =
        changed("signature", |it| or_else(it, |attempt| Halves::in_der(attempt)?.verify(attempt)));
    reference.replacing(KEY).replacing(SIGNATURE)
}

fn refuse(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let reason = jwtspec_types::words::Reason::SignatureInvalid;
    let algorithm = examination.algorithm()?;
    Err(Objection::because(reason, format!("no key made this `{algorithm}` signature")))
}
