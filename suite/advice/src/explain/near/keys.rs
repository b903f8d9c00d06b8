//! Keys that are not there or do not fit, and signatures that are not theirs.

use serde_json::{Map, Value};

use super::{Look, NearMiss};
use crate::explain::facts::{Facts, segment};
use crate::explain::show::{list, literal, value};
use crate::explain::side::Side;
use crate::explain::time::length;
use crate::explain::trust::Kind;
use jwtspec_jose::{Compact, Origin, Part, PublishedKey};
use jwtspec_reference::parts::verifies;
use jwtspec_types::words::Algorithm;

pub(super) const LOOKS: [Look; 11] = [
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
        kids => list(kids.iter().copied()),
    }
}

fn empty_set(facts: &Facts<'_>) -> Option<NearMiss> {
    facts.keys()?.is_empty().then(|| {
        NearMiss::new(
            "key-set-empty",
            &KEY,
            Side::Issuer,
            "The issuer's key set is empty: `{\"keys\": []}`. Nothing can be verified with it.",
        )
        .advise("Have the issuer publish the public half of the key with which it signs.")
        .advise(
            "If keys are made at the first use (or kept in memory), look whether the server that \
             answers here is the one that signs.",
        )
    })
}

fn kid_not_text(facts: &Facts<'_>) -> Option<NearMiss> {
    let kid = facts.header("kid").filter(|kid| !kid.is_string())?;
    Some(
        NearMiss::new(
            "kid-not-text",
            &["key-id"],
            Side::Issuer,
            format!("The header's `kid` is {}, and must be a string.", value(kid)),
        )
        .advise("Have the issuer write it in quotes, and publish the key under the same string."),
    )
}

fn kid_missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let header = facts.header?;
    if header.contains_key("kid") || !header.contains_key("alg") {
        return None;
    }
    let needed = facts.backend == Some(Kind::CustomJwt);
    let keys = facts.keys().unwrap_or_default();
    if !needed && keys.len() < 2 && !facts.fails("key") {
        return None;
    }
    let there = match kids(&keys).first() {
        Some(_) => format!(" The issuer publishes {}.", published(&keys)),
        None => String::new(),
    };
    let why = match needed {
        true => "This backend chooses the key by it and refuses the token",
        false => "A verifier can then only try one key after the other, and many refuse that",
    };
    let miss = NearMiss::new(
        "kid-missing",
        &["key-id", "key"],
        Side::Issuer,
        format!("The header has no `kid`, so it does not say which key signed. {why}.{there}"),
    );
    Some(match kids(&keys).first() {
        Some(kid) => miss.advise(format!(
            "Have the issuer write the `kid` of its key into the header, such as \"kid\": {}.",
            literal(kid)
        )),
        None => miss.advise(
            "Have the issuer give its key a `kid`, in the key set and in the header of its tokens.",
        ),
    })
}

fn kid_misspelt(facts: &Facts<'_>) -> Option<NearMiss> {
    let kid = facts.kid()?;
    let keys = facts.keys()?;
    let all = kids(&keys);
    let same = |other: &&&str| {
        let plain = |text: &str| text.trim().trim_end_matches('=').to_lowercase();
        **other != kid && plain(other) == plain(kid)
    };
    let near = all.iter().find(same).filter(|_| !all.contains(&kid))?;
    Some(
        NearMiss::new(
            "kid-spelling",
            &KEY,
            Side::Issuer,
            format!(
                "The header's `kid` is {}, and the issuer publishes {}. They differ only in case, \
                 white space or padding.",
                literal(kid),
                literal(near)
            ),
        )
        .advise(format!("Have the issuer write \"kid\": {} into the header.", literal(near))),
    )
}

fn kid_unknown(facts: &Facts<'_>) -> Option<NearMiss> {
    let kid = facts.kid()?;
    let keys = facts.keys()?;
    if keys.is_empty() || kids(&keys).contains(&kid) {
        return None;
    }
    let age = facts.number("iat").map(|iat| facts.now - iat).filter(|age| *age < 1e11);
    let old = age.filter(|age| *age >= 3600.0);
    let text = format!(
        "The header's `kid` is {}, and the issuer publishes {}.",
        literal(kid),
        published(&keys)
    );
    let given = facts.key_set_exchange().is_none_or(|exchange| exchange.given);
    let fresh = if given {
        "If the key set that was read is a copy, get it anew: it may be older than the key."
    } else {
        "The key set was fetched just now, so no old copy is to blame here. A verifier that keeps an \
         older one may still need a restart."
    };
    Some(match old {
        Some(age) => NearMiss::new(
            "kid-rotated",
            &KEY,
            Side::Token,
            format!(
                "{text} The token is {} old: the key was most likely replaced since then.",
                length(age)
            ),
        )
        .advise("Get a fresh token; it will be signed with a key that is published now.")
        .advise(
            "Have the issuer go on publishing an old key for as long as tokens that it signed are \
             valid.",
        ),
        None => NearMiss::new(
            "kid-not-published",
            &KEY,
            Side::Issuer,
            format!(
                "{text} The token is fresh, so either the issuer does not publish the key with which \
                 it signs, or the token comes from another environment that has other keys."
            ),
        )
        .advise(format!("Have the issuer publish the key {}, before it signs with it.", literal(kid)))
        .advise(
            "Compare the environments: tokens of production against a development configuration, or \
             the reverse, fail just like this.",
        )
        .advise(fresh),
    })
}

fn private_key(facts: &Facts<'_>) -> Option<NearMiss> {
    let keys = facts.keys()?;
    let key = keys.iter().find(|key| key.contains_key("d"))?;
    let named = key.get("kid").and_then(Value::as_str);
    let which = named.map(|kid| format!(" {}", literal(kid))).unwrap_or_default();
    let concerns = facts.kid().is_none() || named == facts.kid();
    let checks: &[&'static str] = if concerns { &KEY } else { &[] };
    Some(
        NearMiss::new(
            "key-set-private",
            checks,
            Side::Issuer,
            format!(
                "The published key{which} contains its private half (`d`). Whoever reads the key set \
                 can sign tokens as this issuer."
            ),
        )
        .advise("Replace this key at once: make a new pair, and stop accepting the old one.")
        .advise(
            "Publish the public members only: `kty`, `n`, `e` (RSA) or `kty`, `crv`, `x`, `y` (EC), \
             with `kid`, `alg` and `use`.",
        ),
    )
}

fn secret_key(facts: &Facts<'_>) -> Option<NearMiss> {
    facts.key_set_exchange()?;
    let keys = facts.keys()?;
    keys.iter().find(|key| key.get("kty").and_then(Value::as_str) == Some("oct"))?;
    Some(
        NearMiss::new(
            "key-set-secret",
            &KEY,
            Side::Issuer,
            "The key set contains a shared secret (`kty` of `oct`). It is public now, so anyone can \
             sign with it.",
        )
        .advise("Replace the secret, and sign with a pair of keys: publish the public half only."),
    )
}

fn unfit(facts: &Facts<'_>) -> Option<NearMiss> {
    let why = facts.message("key");
    let key = facts.kid().and_then(|kid| facts.key_named(kid));
    let keys = facts.keys()?;
    let key = key.or_else(|| (keys.len() == 1).then(|| keys.first().cloned()).flatten())?;
    let member = |name: &str| key.get(name).and_then(Value::as_str);
    let alg = facts.alg()?;
    // An algorithm that is not even allowed is another matter.
    if why.is_empty() || key.contains_key("d") || facts.fails("algorithm-allowed") {
        return None;
    }
    let stated = member("alg").filter(|stated| *stated != alg);
    let purpose = member("use").filter(|purpose| *purpose != "sig");
    let (id, text, advice) = match (stated, purpose) {
        (_, Some(purpose)) => (
            "key-use",
            format!(
                "The key that `kid` names is published with `use` of {}, so it is not for signatures.",
                literal(purpose)
            ),
            "Have the issuer publish it with \"use\": \"sig\", or sign with another key."
                .to_owned(),
        ),
        (Some(stated), _) => (
            "key-type-mismatch",
            format!(
                "The token says `{alg}`, and the key that its `kid` names is for {}.",
                literal(stated)
            ),
            format!(
                "Have the issuer write into the header what it really uses, or give each of its keys \
                 a `kid` of its own. To use this key: \"alg\": {}.",
                literal(stated)
            ),
        ),
        _ => (
            "key-unusable",
            format!("The key that is named cannot verify this token: {why}."),
            "Have the issuer publish a key that suits its algorithm: RSA of 2048 bits or more for \
             RS256, P-256 for ES256."
                .to_owned(),
        ),
    };
    Some(NearMiss::new(id, &KEY, Side::Issuer, text).advise(advice))
}

fn unsigned(facts: &Facts<'_>) -> Option<NearMiss> {
    let empty = facts.segments() == 3 && facts.core.ends_with('.');
    let none = facts.alg().is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
    (empty && !none).then(|| {
        NearMiss::new(
            "signature-absent",
            &SIGNATURE,
            Side::Token,
            "The signature is empty: nothing stands behind the second period.",
        )
        .advise("Copy the token again, whole; logs often leave the signature out on purpose.")
    })
}

/// Verifies under another of the published keys.
fn signed_by_another(facts: &Facts<'_>) -> Option<NearMiss> {
    let algorithm: Algorithm = facts.alg()?.parse().ok()?;
    let (message, _) = Compact::new(facts.core).signing_input()?;
    let signature = segment(facts.core, Part::Signature)?;
    if !facts.fails("signature") {
        return None;
    }
    let keys = facts.keys()?;
    let signer = keys.iter().find(|key| {
        let key = PublishedKey::parse(key, Origin::Published);
        key.fit(algorithm)
            .is_ok_and(|material| verifies(algorithm, material, message.as_bytes(), &signature))
    })?;
    let kid = signer.get("kid").and_then(Value::as_str);
    Some(
        NearMiss::new(
            "signature-of-another-kid",
            &SIGNATURE,
            Side::Issuer,
            format!(
                "The token was signed with the published key {}, but its header says \"kid\": {}.",
                kid.map_or("without `kid`".to_owned(), literal),
                literal(facts.kid().unwrap_or_default())
            ),
        )
        .advise(format!(
            "Have the issuer write \"kid\": {} into the header, or sign with the key that it names.",
            literal(kid.unwrap_or_default())
        )),
    )
}

fn signature_wrong(facts: &Facts<'_>) -> Option<NearMiss> {
    if !facts.fails("signature") {
        return None;
    }
    let why = facts.message("signature");
    if why.contains("looks like DER") {
        return Some(
            NearMiss::new(
                "signature-der",
                &SIGNATURE,
                Side::Issuer,
                "The signature is in DER, as OpenSSL and most key services make it. A JWT has the two \
                 numbers R and S, one behind the other.",
            )
            .advise(
                "Have the issuer convert it, or use a JWT library for signing (in Node: \
                 `dsaEncoding: \"ieee-p1363\"`).",
            ),
        );
    }
    if why.contains("octets, but") {
        return Some(
            NearMiss::new(
                "signature-cut",
                &SIGNATURE,
                Side::Token,
                format!("The signature is not whole: {why}."),
            )
            .advise("Copy the token again, to its very end.")
            .advise("If it is stored, look at the size of the field: it may be too short."),
        );
    }
    let key = match facts.kid() {
        Some(kid) => format!("the key {}, which the issuer does publish", literal(kid)),
        None => "any key of the issuer".to_owned(),
    };
    Some(
        NearMiss::new(
            "signature-differs",
            &SIGNATURE,
            Side::Issuer,
            format!(
                "The signature is not one of {key}. Either the issuer signs with another key under \
                 the same name, or the text of the token was changed after it was signed."
            ),
        )
        .advise(
            "Compare the published key with the one that signs: two environments, or a key that was \
             replaced under its old `kid`, look just like this. Give a new key a new `kid`.",
        )
        .advise(
            "Look whether anything decodes the token and encodes it again: a signature holds for the \
             very characters that were signed.",
        )
        .advise("Get a fresh token. If that fails too, it is not this copy of the token."),
    )
}
