//! Faults in choosing the key, in fetching it, and in speaking of it.

use serde_json::Value;

use super::{as_before, changed};
use crate::reference::parts::{Origin, PublishedKey};
use crate::reference::{Check, Examination, Needs, Objection};
use crate::words::Reason;

/// A faulty choice of key from the issuer's own.
const fn choosing(run: fn(&mut Examination<'_>) -> Result<(), Objection>) -> Check {
    Check { needs: Needs::Keys, ..changed("key", run) }
}

pub(super) const EMBEDDED: Check = choosing(|examination| {
    let Some(Value::Object(jwk)) = examination.header()?.get("jwk") else {
        return as_before("key", examination);
    };
    let key = PublishedKey::read(jwk, Origin::Published);
    examination.candidates = Some(vec![key]);
    Ok(())
});

pub(super) const ANY_KEY: Check = Check {
    needs: Needs::EveryKey,
    ..choosing(|examination| {
        let algorithm = examination.algorithm()?;
        let fitting = examination.keys()?.iter().filter(|key| key.fit(algorithm).is_ok());
        examination.candidates = Some(fitting.cloned().collect());
        Ok(())
    })
};

pub(super) const ANY_ISSUER: Check =
    Check { needs: Needs::EveryKey, ..choosing(|examination| as_before("key", examination)) };

pub(super) const OF_JKU: Check =
    Check { needs: Needs::KeysOfJku, ..choosing(|examination| as_before("key", examination)) };

/// Whoever does not know yet whose token it is can only fetch the keys of all.
pub(super) const BEFORE_READING: Check = Check {
    needs: Needs::EveryKey,
    ..changed("size", |examination| as_before("size", examination))
};

pub(super) const CASELESS: Check = choosing(|examination| {
    let Some(kid) = examination.kid().map(str::to_owned) else {
        return as_before("key", examination);
    };
    // The first match in either case wins, so two keys that differ in case are taken for one.
    let found = examination.keys()?.iter().find(|key| {
        key.kid.as_deref().is_some_and(|published| published.eq_ignore_ascii_case(&kid))
    });
    match found.cloned() {
        Some(key) => {
            examination.candidates = Some(vec![key]);
            Ok(())
        }
        None => as_before("key", examination),
    }
});

pub(super) const ANY_USE: Check = choosing(|it| forgetting(it, &["use", "key_ops"]));

pub(super) const ANY_ALG: Check = choosing(|it| forgetting(it, &["alg"]));

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

pub(super) const REQUIRED: Check = changed("key-id", |examination| match examination.kid() {
    Some(_) => Ok(()),
    None => Err(Objection::because(Reason::KeyNotFound, "the header has no `kid`")),
});

pub(super) const PANICKING: Check = changed("key-id", |examination| {
    let kid = examination.header()?.get("kid");
    assert!(kid.is_none_or(Value::is_string), "a `kid` that is no string, as this fault wants it");
    Ok(())
});

pub(super) const LEAKING: Check = changed("signature", |examination| {
    as_before("signature", examination).map_err(|_| {
        Objection::because(
            Reason::SignatureInvalid,
            format!("the signature of {} is wrong", examination.token),
        )
    })
});
