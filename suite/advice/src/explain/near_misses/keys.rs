//! Keys that are not there or do not fit, and signatures that are not theirs.

use serde_json::{Map, Value};

use super::{Detector, NearMiss};
use crate::explain::facts::{Facts, segment};
use crate::explain::show::{list, literal, value};
use crate::explain::side::Side;
use crate::explain::time::length;
use crate::explain::trust::Kind;
use jwtspec_jose::{Compact, Origin, Part, PublishedKey};
use jwtspec_reference::parts::verifies;
use jwtspec_reference::{KEY_SET, SignatureFault};
use jwtspec_types::words::Algorithm;

pub(super) const DETECTORS: &[Detector] = &[
    empty_set,
    kid_not_text,
    kid_missing,
    kid_misspelt,
    kid_unknown,
    private_key,
    secret_key,
    unfit,
    unsigned,
    signed_by_another,
    signature_wrong,
];

const KEY: [&str; 1] = ["key"];
const SIGNATURE: [&str; 1] = ["signature"];

fn kids(keys: &[Map<String, Value>]) -> Vec<&str> {
    keys.iter().filter_map(|key| key.get("kid")?.as_str()).collect()
}

/// The published kids, as a phrase.
fn published(keys: &[Map<String, Value>]) -> String {
    match kids(keys).as_slice() {
        [] => format!("{} without `kid`", keys.len()),
        kids => list(kids),
    }
}

fn empty_set(facts: &Facts<'_>) -> Option<NearMiss> {
    near_miss! { "key-set-empty" => KEY, Side::Issuer, if facts.keys()?.is_empty();
        "The issuer's key set is empty: `{{\"keys\": []}}`. Nothing can be verified with it.",
        "Have the issuer publish the public half of the key with which it signs.",
        "If keys are made at the first use (or kept in memory), look whether the server that \
         answers here is the one that signs.",
    }
}

fn kid_not_text(facts: &Facts<'_>) -> Option<NearMiss> {
    let kid = value(facts.header("kid").filter(|kid| !kid.is_string())?);
    near_miss! { "kid-not-text" => ["key-id"], Side::Issuer;
        "The header's `kid` is {kid}, and must be a string.",
        "Have the issuer write it in quotes, and publish the key under the same string.",
    }
}

fn kid_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let header = facts.header?;
    let needed = facts.backend == Some(Kind::CustomJwt);
    let keys = facts.keys().unwrap_or_default();
    let harmless = !needed && keys.len() < 2 && facts.refusal("key").is_none();
    let why = match needed {
        true => "This backend chooses the key by it and refuses the token",
        false => "A verifier can then only try one key after the other, and many refuse that",
    };
    let (there, remedy) = match kids(&keys).first() {
        Some(kid) => (
            format!(" The issuer publishes {}.", published(&keys)),
            format!(
                "Have the issuer write the `kid` of its key into the header, such as \"kid\": {}.",
                literal(kid)
            ),
        ),
        None => (
            String::new(),
            "Have the issuer give its key a `kid`, in the key set and in the header of its tokens."
                .to_owned(),
        ),
    };
    near_miss! { "kid-missing" => ["key-id", "key"], Side::Issuer,
        if !harmless && !header.contains_key("kid") && header.contains_key("alg");
        "The header has no `kid`, so it does not say which key signed. {why}.{there}",
        "{remedy}",
    }
}

fn kid_misspelt(facts: &Facts<'_>) -> Option<NearMiss> {
    let kid = facts.kid()?;
    let keys = facts.keys()?;
    let all = kids(&keys);
    let plain = |text: &str| text.trim().trim_end_matches('=').to_lowercase();
    let near = all.iter().find(|other| plain(other) == plain(kid))?;
    let (shown, near) = (literal(kid), literal(near));
    near_miss! { "kid-spelling" => KEY, Side::Issuer, if !all.contains(&kid);
        "The header's `kid` is {shown}, and the issuer publishes {near}. They differ only in case, \
         white space or padding.",
        "Have the issuer write \"kid\": {near} into the header.",
    }
}

fn kid_unknown(facts: &Facts<'_>) -> Option<NearMiss> {
    let kid = facts.kid()?;
    let keys = facts.keys()?;
    if keys.is_empty() || kids(&keys).contains(&kid) {
        return None;
    }
    let (kid, published) = (literal(kid), published(&keys));
    let age = facts.number("iat").map(|iat| facts.now - iat).filter(|age| *age < 1e11);
    if let Some(age) = age.filter(|age| *age >= 3600.0).map(length) {
        return near_miss! { "kid-rotated" => KEY, Side::Token;
            "The header's `kid` is {kid}, and the issuer publishes {published}. The token is {age} \
             old: the key was most likely replaced since then.",
            "Get a fresh token; it will be signed with a key that is published now.",
            "Have the issuer go on publishing an old key for as long as tokens that it signed are \
             valid.",
        };
    }
    let fresh = match facts.last_exchange(KEY_SET).is_none_or(|exchange| exchange.given) {
        true => {
            "If the key set that was read is a copy, get it anew: it may be older than the key."
        }
        false => {
            "The key set was fetched just now, so no old copy is to blame here. A verifier that \
             keeps an older one may still need a restart."
        }
    };
    near_miss! { "kid-not-published" => KEY, Side::Issuer;
        "The header's `kid` is {kid}, and the issuer publishes {published}. The token is fresh, so \
         either the issuer does not publish the key with which it signs, or the token comes from \
         another environment that has other keys.",
        "Have the issuer publish the key {kid}, before it signs with it.",
        "Compare the environments: tokens of production against a development configuration, or \
         the reverse, fail just like this.",
        "{fresh}",
    }
}

fn private_key(facts: &Facts<'_>) -> Option<NearMiss> {
    let keys = facts.keys()?;
    let key = keys.iter().find(|key| key.contains_key("d"))?;
    let named = key.get("kid").and_then(Value::as_str);
    let which = named.map(|kid| format!(" {}", literal(kid))).unwrap_or_default();
    let concerns = facts.kid().is_none() || named == facts.kid();
    let checks: &[&'static str] = if concerns { &KEY } else { &[] };
    near_miss! { "key-set-private" => checks, Side::Issuer;
        "The published key{which} contains its private half (`d`). Anyone who reads the key set \
         can sign tokens as this issuer.",
        "Replace this key at once: make a new pair, and stop accepting the old one.",
        "Publish the public members only: `kty`, `n`, `e` (RSA) or `kty`, `crv`, `x`, `y` (EC), \
         with `kid`, `alg` and `use`.",
    }
}

fn secret_key(facts: &Facts<'_>) -> Option<NearMiss> {
    facts.last_exchange(KEY_SET)?;
    let keys = facts.keys()?;
    keys.iter().find(|key| key.get("kty").and_then(Value::as_str) == Some("oct"))?;
    near_miss! { "key-set-secret" => KEY, Side::Issuer;
        "The key set contains a shared secret (`kty` of `oct`). It is public now, so anyone can \
         sign with it.",
        "Replace the secret, and sign with a pair of keys: publish the public half only.",
    }
}

fn unfit(facts: &Facts<'_>) -> Option<NearMiss> {
    let why = facts.refusal("key").filter(|why| !why.is_empty())?;
    let mut keys = facts.keys()?;
    let named = facts.kid().and_then(|kid| facts.key_named(kid));
    let key = named.or_else(|| keys.pop().filter(|_| keys.is_empty()))?;
    let member = |name: &str| key.get(name).and_then(Value::as_str);
    let alg = facts.alg()?;
    // An algorithm that is not even allowed is another matter.
    if key.contains_key("d") || facts.refusal("algorithm-allowed").is_some() {
        return None;
    }
    if let Some(purpose) = member("use").filter(|purpose| *purpose != "sig").map(literal) {
        return near_miss! { "key-use" => KEY, Side::Issuer;
            "The key that `kid` names is published with `use` of {purpose}, so it is not for \
             signatures.",
            "Have the issuer publish it with \"use\": \"sig\", or sign with another key.",
        };
    }
    match member("alg").filter(|stated| *stated != alg).map(literal) {
        Some(stated) => near_miss! { "key-type-mismatch" => KEY, Side::Issuer;
            "The token says `{alg}`, and the key that its `kid` names is for {stated}.",
            "Have the issuer write into the header what it really uses, or give each of its keys \
             a `kid` of its own. To use this key: \"alg\": {stated}.",
        },
        None => near_miss! { "key-unusable" => KEY, Side::Issuer;
            "The key that is named cannot verify this token: {why}.",
            "Have the issuer publish a key that suits its algorithm: RSA of 2048 bits or more for \
             RS256, P-256 for ES256.",
        },
    }
}

fn unsigned(facts: &Facts<'_>) -> Option<NearMiss> {
    let empty = facts.segments() == 3 && facts.token.ends_with('.');
    let none = facts.alg().is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
    near_miss! { "signature-absent" => SIGNATURE, Side::Token, if empty && !none;
        "The signature is empty: there is nothing after the second period.",
        "Copy the token again, whole; logs often leave the signature out on purpose.",
    }
}

/// Verifies under another of the published keys.
fn signed_by_another(facts: &Facts<'_>) -> Option<NearMiss> {
    let algorithm: Algorithm = facts.alg()?.parse().ok()?;
    let (message, _) = Compact::new(facts.token).signing_input()?;
    let signature = segment(facts.token, Part::Signature)?;
    facts.refusal("signature")?;
    let keys = facts.keys()?;
    let signer = keys.iter().find(|key| {
        let key = PublishedKey::parse(key, Origin::Published);
        key.fit(algorithm)
            .is_ok_and(|material| verifies(algorithm, material, message.as_bytes(), &signature))
    })?;
    let kid = signer.get("kid").and_then(Value::as_str);
    let signed_with = kid.map_or("without `kid`".to_owned(), literal);
    let (kid, stated) =
        (literal(kid.unwrap_or_default()), literal(facts.kid().unwrap_or_default()));
    near_miss! { "signature-of-another-kid" => SIGNATURE, Side::Issuer;
        "The token was signed with the published key {signed_with}, but its header says \"kid\": \
         {stated}.",
        "Have the issuer write \"kid\": {kid} into the header, or sign with the key that it names.",
    }
}

fn signature_wrong(facts: &Facts<'_>) -> Option<NearMiss> {
    match facts.signature_fault? {
        SignatureFault::Length { is_der: true, .. } => {
            return near_miss! { "signature-der" => SIGNATURE, Side::Issuer;
                "The signature is in DER, as OpenSSL and most key services make it. A JWT has the \
                 two numbers R and S, one behind the other.",
                "Have the issuer convert it, or use a JWT library for signing (in Node: \
                 `dsaEncoding: \"ieee-p1363\"`).",
            };
        }
        why @ SignatureFault::Length { .. } => {
            return near_miss! { "signature-cut" => SIGNATURE, Side::Token;
                "The signature is not whole: {why}.",
                "Copy the token again, to its very end.",
                "If it is stored, look at the size of the field: it may be too short.",
            };
        }
        _ => {}
    }
    let key = match facts.kid() {
        Some(kid) => format!("the key {}, which the issuer does publish", literal(kid)),
        None => "any key of the issuer".to_owned(),
    };
    near_miss! { "signature-differs" => SIGNATURE, Side::Issuer;
        "The signature is not one of {key}. Either the issuer signs with another key under \
         the same name, or the text of the token was changed after it was signed.",
        "Compare the published key with the one that signs: two environments, or a key that was \
         replaced under its old `kid`, look just like this. Give a new key a new `kid`.",
        "Look whether anything decodes the token and encodes it again: a signature holds for the \
         very characters that were signed.",
        "Get a fresh token. If that fails too, it is not this copy of the token.",
    }
}
