//! Faults in choosing the algorithm. Each is one mistake, though it shows in several checks.

use serde_json::Value;

use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::crypto::verifies;
use crate::{Check, Examination, Objection, Reference};
use jwtspec_fixtures::Key;
use jwtspec_jose::{Material, PublishedKey};
use jwtspec_types::words::{Algorithm, Family};

pub(super) const FAULTS: &[Fault] = &[
    fault("accepts-none", "takes unsigned tokens", accept_none)
        .caught_by(&["algorithm/none", "algorithm/none-in-capitals"]),
    wrong_check("case-insensitive-alg", "takes `rs256` for `RS256`", CASELESS)
        .caught_by(&["algorithm/small-letters"]),
    fault("skips-algorithm-allowlist", "uses whatever algorithm the header names", |it| {
        it.without("algorithm-allowed")
    })
    .caught_by(&["algorithm/not-allowed"]),
    fault("hmac-with-public-key", "takes a public key for a shared secret", confuse)
        .caught_by(&["key-confusion/*", "key-confusion/*-hs256-allowed"]),
];

const CASELESS: Check = changed("algorithm-known", |examination| {
    let named = examination.header()?.get("alg").and_then(Value::as_str).unwrap_or_default();
    let known = Algorithm::ALL.iter().find(|known| known.as_str().eq_ignore_ascii_case(named));
    match known {
        Some(algorithm) if *algorithm != Algorithm::None => {
            examination.algorithm = Some(*algorithm);
            Ok(())
        }
        _ => as_before("algorithm-known", examination),
    }
});

/// Unsigned tokens, under any spelling of `none`, pass the checks that need a signature.
fn accept_none(reference: Reference) -> Reference {
    const KNOWN: Check = changed("algorithm-known", |examination| {
        let named = examination.header()?.get("alg").and_then(Value::as_str).unwrap_or_default();
        if named.eq_ignore_ascii_case("none") {
            examination.algorithm = Some(Algorithm::None);
            return Ok(());
        }
        as_before("algorithm-known", examination)
    });
    const ALLOWED: Check =
        changed("algorithm-allowed", |it| unless_unsigned("algorithm-allowed", it));
    const KEY: Check = with_keys("key", |it| unless_unsigned("key", it));
    const SIGNATURE: Check = changed("signature", |it| unless_unsigned("signature", it));
    reference.replacing(KNOWN).replacing(ALLOWED).replacing(KEY).replacing(SIGNATURE)
}

fn unless_unsigned(name: &str, examination: &mut Examination<'_>) -> Result<(), Objection> {
    match examination.algorithm()? {
        Algorithm::None => Ok(()),
        _ => as_before(name, examination),
    }
}

/// The header says HMAC, and the key that was meant for a signature becomes its secret.
fn confuse(reference: Reference) -> Reference {
    const ALLOWED: Check =
        changed("algorithm-allowed", |examination| match examination.algorithm()?.family() {
            Family::Hmac => Ok(()),
            _ => as_before("algorithm-allowed", examination),
        });
    const KEY: Check = with_keys("key", |examination| {
        if examination.algorithm()?.family() != Family::Hmac {
            return as_before("key", examination);
        }
        let kid = examination.kid();
        let named = |key: &&PublishedKey| kid.is_none() || key.kid.as_deref() == kid;
        examination.candidates = Some(examination.keys()?.iter().filter(named).cloned().collect());
        Ok(())
    });
    const SIGNATURE: Check = changed("signature", |examination| {
        let algorithm = examination.algorithm()?;
        let [_, _, signature] = examination.decoded()?;
        let (message, _) = examination.token.rsplit_once('.').unwrap_or_default();
        let confused = algorithm.family() == Family::Hmac
            && examination.candidates()?.iter().flat_map(public_forms).any(|secret| {
                verifies(algorithm, &Material::Secret(secret), message.as_bytes(), signature)
            });
        if confused { Ok(()) } else { as_before("signature", examination) }
    });
    reference.replacing(ALLOWED).replacing(KEY).replacing(SIGNATURE)
}

/// The forms in which a public key is handed to a library. They are the fixtures' own: this
/// verifier need only be confused by keys that tokens can be minted with.
fn public_forms(key: &PublishedKey) -> Vec<Vec<u8>> {
    let same = |fixture: &Key| {
        ["n", "x"].into_iter().any(|member| {
            let published = key.jwk.get(member).and_then(Value::as_str);
            published.is_some() && published == fixture.text(member)
        })
    };
    let Some(fixture) = Key::all().find(same) else {
        return Vec::new();
    };
    let mut forms: Vec<Vec<u8>> = Vec::new();
    for kind in ["spki.pem", "pkcs1.pem", "cert.pem", "ssh.pub"] {
        if let Some(text) = fixture.file(kind) {
            forms.push(text.to_vec());
            forms.push(text.trim_ascii_end().to_vec());
            forms.push([b"\n", text.trim_ascii_end()].concat());
            forms.push([b"\n", text].concat());
            forms.push([text.trim_ascii_end(), b"\n"].concat());
        }
    }
    forms.extend(["spki.pem", "pkcs1.pem"].into_iter().filter_map(|kind| fixture.der(kind)));
    let jwk = Value::Object(fixture.public_jwk());
    forms.push(serde_json::json!({ "keys": [jwk] }).to_string().into_bytes());
    forms.push(jwk.to_string().into_bytes());
    forms.extend(["n", "x"].into_iter().filter_map(|member| fixture.bytes(member)));
    if let (Some(x), Some(y)) = (fixture.bytes("x"), fixture.bytes("y")) {
        forms.push([vec![4], x, y].concat());
    }
    forms
}
