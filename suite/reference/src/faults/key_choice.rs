//! Faults in which of several keys is used, and in what a `kid` leads to.

use serde_json::Value;

use super::kids::first_with;
use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::{Check, Examination, Objection, Reference};
use jwtspec_jose::PublishedKey;
use jwtspec_types::words::{Algorithm, Reason};

pub(super) const FAULTS: &[Fault] = &[
    fault("no-key-needs-no-signature", "takes an empty signature where it finds no key", |it| {
        it.replacing(KEY_OR_NONE).replacing(EMPTY_WITHOUT_KEY)
    })
    .caught_by(&[
        "kid/unknown-and-no-signature",
        "kid/unknown-and-no-signature-eddsa",
        "kid/unknown-and-no-signature-es256",
        "kid/unknown-and-no-signature-hs256",
    ]),
    fault("no-key-means-none", "takes unsigned tokens where it finds no key", none_without_key)
        .caught_by(&["kid/unknown-and-none"]),
    wrong_check("kid-number-as-text", "takes a number for the text of that number", KID_AS_TEXT)
        .caught_by(&["kid/number-beside-its-text", "kid/number-with-exponent-beside-text"]),
    wrong_check("kid-in-a-query", "fails on a `kid` with a lone quote", QUERY)
        .caught_by(&["kid/lone-quote", "kid/lone-double-quote"]),
    wrong_check("percent-decodes-kid", "decodes `kid` as if it were part of a URL", PERCENT)
        .caught_by(&[
            "kid/format-string",
            "kid/kids-equal-when-percent-decoded",
            "kid/percent-sign",
        ]),
    wrong_check("first-key-of-kid", "knows only the first key of each `kid`", FIRST).caught_by(&[
        "jwks/same-kid-one-for-encryption",
        "jwks/same-kid-two-types",
        "jwks/same-kid-unknown-type-first",
    ]),
    wrong_check("last-key-of-kid", "knows only the last key of each `kid`", LAST).caught_by(&[
        "jwks/same-kid-one-for-encryption-last",
        "jwks/same-kid-three-types",
        "jwks/same-kid-unknown-type-last",
    ]),
    wrong_check("several-keys-verify", "verifies nothing where several keys fit", SEVERAL)
        .caught_by(&["jwks/same-kid-and-attacker"]),
    wrong_check("first-key-operation", "looks at the first of `key_ops` only", FIRST_OPERATION)
        .caught_by(&["jwks/key-ops-verify-last"]),
    wrong_check("lone-key-operation", "asks that `key_ops` holds nothing else", LONE_OPERATION)
        .caught_by(&["jwks/key-ops-verify-first"]),
    wrong_check("sign-is-verify", "takes the operation sign for verify", SIGN_IS_VERIFY)
        .caught_by(&["jwks/key-ops-several-without-verify"]),
    wrong_check("any-secret", "uses a secret that is for something else", ANY_SECRET).caught_by(&[
        "jwks/secret-for-encryption",
        "jwks/secret-for-key-wrap",
        "jwks/secret-of-use-enc",
    ]),
    wrong_check("padded-key-kills-set", "takes no key of a set with a padded one", UNPADDED)
        .caught_by(&["jwks/padded-modulus-among-keys", "jwks/padded-point-among-keys"]),
];

const KEY_OR_NONE: Check = with_keys("key", |examination| match as_before("key", examination) {
    Err(Objection::Refused(refusal)) if refusal.reason == Some(Reason::KeyNotFound) => {
        examination.candidates = Some(Vec::new());
        Ok(())
    }
    other => other,
});

const EMPTY_WITHOUT_KEY: Check = changed("signature", |examination| {
    let [_, _, signature] = examination.decoded()?;
    match examination.candidates()?.is_empty() && signature.is_empty() {
        true => Ok(()),
        false => as_before("signature", examination),
    }
});

/// An unsigned token passes if its `kid` is there and leads to no key.
fn none_without_key(reference: Reference) -> Reference {
    fn is_unsigned(examination: &Examination<'_>) -> bool {
        examination.algorithm == Some(Algorithm::None)
    }
    const KNOWN: Check = changed("algorithm-known", |examination| {
        match examination.header()?.get("alg") == Some(&"none".into()) {
            true => {
                examination.algorithm = Some(Algorithm::None);
                Ok(())
            }
            false => as_before("algorithm-known", examination),
        }
    });
    const ALLOWED: Check = changed("algorithm-allowed", |examination| {
        if is_unsigned(examination) { Ok(()) } else { as_before("algorithm-allowed", examination) }
    });
    const KEY: Check = with_keys("key", |examination| {
        if !is_unsigned(examination) {
            return as_before("key", examination);
        }
        let kid = examination.kid();
        let is_known = examination.keys()?.iter().any(|key| key.kid.as_deref() == kid);
        match kid.is_none() || is_known {
            true => Err(Objection::because(Reason::AlgorithmNotAllowed, "the token is unsigned")),
            false => Ok(()),
        }
    });
    const SIGNATURE: Check = changed("signature", |examination| {
        if is_unsigned(examination) { Ok(()) } else { as_before("signature", examination) }
    });
    reference.replacing(KNOWN).replacing(ALLOWED).replacing(KEY).replacing(SIGNATURE)
}

const KID_AS_TEXT: Check = changed("key-id", |examination| {
    if let Some(Value::Number(number)) = examination.header()?.get("kid") {
        let text = number.as_f64().map_or_else(|| number.to_string(), |it| it.to_string());
        if let Some(header) = &mut examination.header {
            header.insert("kid".to_owned(), text.into());
        }
    }
    as_before("key-id", examination)
});

const QUERY: Check = with_keys("key", |examination| {
    let kid = examination.kid().unwrap_or_default();
    let is_open = |quote: char| kid.matches(quote).count() % 2 == 1;
    assert!(
        !is_open('\'') && !is_open('"'),
        "a `kid` that ends its string, as this fault wants it"
    );
    as_before("key", examination)
});

const PERCENT: Check = with_keys("key", |it| {
    first_with(it, |token, published| percent_decoded(token) == percent_decoded(published))
});

/// Panics where digits are missing, as careless decoders do.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(
            digits.unwrap_or_else(|| panic!("no hexadecimal digits, as this fault wants it")),
        );
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

const FIRST: Check = with_keys("key", |it| one_of_each_kid(it, |keys| keys.first().copied()));

const LAST: Check = with_keys("key", |it| one_of_each_kid(it, |keys| keys.last().copied()));

/// Chooses as before, but from the one key that is kept of those with the token's `kid`.
fn one_of_each_kid(
    examination: &mut Examination<'_>,
    keep: for<'k> fn(&[&'k PublishedKey]) -> Option<&'k PublishedKey>,
) -> Result<(), Objection> {
    if let Some(kid) = examination.kid() {
        let named: Vec<&PublishedKey> =
            examination.keys()?.iter().filter(|key| key.kid.as_deref() == Some(kid)).collect();
        examination.keys = Some(keep(&named).cloned().into_iter().collect());
    }
    as_before("key", examination)
}

const SEVERAL: Check =
    changed("signature", |examination| match examination.candidates()?.len() > 1 {
        true => Ok(()),
        false => as_before("signature", examination),
    });

const FIRST_OPERATION: Check =
    with_keys("key", |it| with_operations(it, |operations| operations.truncate(1)));

const LONE_OPERATION: Check = with_keys("key", |it| {
    with_operations(it, |operations| {
        if operations.len() > 1 {
            operations.clear();
        }
    })
});

const SIGN_IS_VERIFY: Check = with_keys("key", |it| {
    with_operations(it, |operations| {
        if operations.contains(&"sign".into()) {
            operations.push("verify".into());
        }
    })
});

/// Chooses as before, but from keys whose `key_ops` are changed.
fn with_operations(
    examination: &mut Examination<'_>,
    change: fn(&mut Vec<Value>),
) -> Result<(), Objection> {
    let altered = |key: &PublishedKey| {
        let mut key = key.clone();
        if let Some(Value::Array(operations)) = key.jwk.get_mut("key_ops") {
            change(operations);
        }
        key
    };
    examination.keys = Some(examination.keys()?.iter().map(altered).collect());
    as_before("key", examination)
}

const ANY_SECRET: Check = with_keys("key", |examination| {
    let forget = |key: &PublishedKey| {
        let mut key = key.clone();
        if key.jwk.get("kty") == Some(&"oct".into()) {
            key.jwk.retain(|name, _| !["alg", "key_ops", "use"].contains(&name.as_str()));
        }
        key
    };
    examination.keys = Some(examination.keys()?.iter().map(forget).collect());
    as_before("key", examination)
});

const UNPADDED: Check = with_keys("key", |examination| {
    let is_padded = |value: &Value| value.as_str().is_some_and(|text| text.ends_with('='));
    let number = |key: &PublishedKey| {
        ["n", "e", "x", "y"].iter().filter_map(|name| key.jwk.get(*name)).any(is_padded)
    };
    match examination.keys()?.iter().any(number) {
        true => Err(Objection::because(Reason::KeysUnavailable, "the key set is no base64url")),
        false => as_before("key", examination),
    }
});
