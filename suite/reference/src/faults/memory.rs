//! Faults in remembering: a verdict that is taken for another token's, or for longer than it
//! holds, and claims of another caller.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::unhandled::unhandled;
use super::{Fault, as_before, verified, with_keys, wrapping, wrong_check};
use crate::Check;
use jwtspec_driver::{Refusal, Verifier};
use jwtspec_jose::{Compact, Part, PublishedKey, Tolerance};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    wrapping("remembers-beginning", "knows a token again by all but its last letters", |it| {
        remember(
            it,
            |token| token.get(..token.len().saturating_sub(4)).map(str::to_owned),
            ACCEPTED,
        )
    })
    .caught_by(&["memory/last-bit-of-signature*"]),
    wrapping("remembers-signed-part", "knows a token again by header and claims", |it| {
        remember(it, signed_part, ACCEPTED)
    })
    .caught_by(&["memory/last-bit-of-signature", "memory/without-signature"]),
    wrapping("remembers-signature", "knows a token again by its signature", |it| {
        let key = |token: &str| Some(Compact::new(token).last().to_owned());
        remember(it, key, ACCEPTED)
    })
    .caught_by(&["memory/other-claims-under-its-signature"]),
    wrapping("remembers-jti", "knows a token again by its `jti`", |it| {
        remember(it, |token| claim(token, "jti"), ACCEPTED)
    })
    .caught_by(&[
        "memory/forged-under-its-jti",
        "memory/two-issuers-one-jti",
        "memory/two-users-one-jti",
    ]),
    wrapping("remembers-user", "knows a token again by its `sub`", |it| {
        remember(it, |token| claim(token, "sub"), ACCEPTED)
    })
    .caught_by(&["memory/two-tokens-of-one-user"]),
    wrapping("remembers-for-ever", "asks nothing of a token that it accepted before", |it| {
        remember(it, |token| Some(token.to_owned()), ACCEPTED)
    })
    .caught_by(&["time/ends-while-in-use"]),
    wrapping("remembers-refusals", "refuses what it refused before", |it| {
        remember(it, |token| Some(token.to_owned()), REFUSED)
    })
    .caught_by(&["memory/refused-until-it-begins"]),
    wrapping("remembers-refused-claims", "refuses header and claims it refused before", |it| {
        remember(it, signed_part, REFUSED)
    })
    .caught_by(&["memory/valid-after-forged"]),
    wrapping("remembers-refused-jti", "refuses a `jti` that it refused before", |it| {
        remember(it, |token| claim(token, "jti"), REFUSED)
    })
    .caught_by(&["memory/valid-after-forged-under-its-jti"]),
    wrapping("accepts-once", "refuses a token that it accepted before", |it| {
        remember(it, |token| Some(token.to_owned()), Rule { again: Again::Refuse, ..ACCEPTED })
    })
    .caught_by(&["memory/same-token-ten-times", "memory/same-token-ten-times-at-once"]),
    wrapping("repeated-jti-unhandled", "fails with an unhandled error at a `jti` twice", |it| {
        remember(it, |token| claim(token, "jti"), Rule { again: Again::Fail, ..ACCEPTED })
    })
    .caught_by(&["claim-types/jti-twice"]),
    wrapping("remembers-no-claims", "hands over no claims the second time", |it| {
        remember(it, |token| Some(token.to_owned()), Rule { again: Again::Empty, ..ACCEPTED })
    })
    .caught_by(&["memory/same-token-same-claims"]),
    wrapping("claims-of-first-caller", "hands over the claims of the first caller", |it| {
        let key = |token: &str| claim(token, "iss");
        remember(it, key, Rule { unseen: true, ..ACCEPTED })
    })
    .caught_by(&["memory/two-users-in-turn"]),
    wrapping("remembers-across-verifiers", "accepts what any verifier of the process did", |it| {
        remember_in(&ACCEPTED_ANYWHERE, it, |token| Some(token.to_owned()), ACCEPTED)
    })
    .caught_by(&[
        "memory/accepted-for-another-audience",
        "memory/accepted-of-another-issuer",
        "memory/accepted-under-another-algorithm",
    ]),
    wrapping(
        "refuses-across-verifiers",
        "refuses what any verifier of the process refused",
        |it| remember_in(&REFUSED_ANYWHERE, it, |token| Some(token.to_owned()), REFUSED),
    )
    .caught_by(&["memory/refused-for-another-audience"]),
    wrong_check("long-kid-unique", "keeps keys by `kid` for all verifiers of a process", BY_KID)
        .caught_by(&["memory/forged-under-the-kid-of-another-verifier"]),
    wrapping("claims-in-one-place", "keeps all callers' claims in one place", |inner| {
        Arc::new(OnePlace { inner, place: Mutex::default() })
    })
    .caught_by(&["memory/twenty-users-at-once"]),
];

/// By what a token is known again.
type Key = fn(&str) -> Option<String>;

/// Which verdicts are remembered, and what they come to.
#[derive(Clone, Copy)]
struct Rule {
    accepted: bool,
    again: Again,
    /// True if each token is verified all the same.
    unseen: bool,
}

#[derive(Clone, Copy)]
enum Again {
    Same,
    Refuse,
    /// Accepted, without claims.
    Empty,
    /// An error that is not handled, as of a table that has each key once.
    Fail,
}

const ACCEPTED: Rule = Rule { accepted: true, again: Again::Same, unseen: false };
const REFUSED: Rule = Rule { accepted: false, ..ACCEPTED };

/// A verifier that knows tokens again.
struct Remembers {
    inner: Arc<dyn Verifier>,
    key: Key,
    rule: Rule,
    seen: Arc<Seen>,
}

/// Verdicts that are remembered.
type Seen = Mutex<HashMap<String, Result<Value, Refusal>>>;

static ACCEPTED_ANYWHERE: LazyLock<Arc<Seen>> = LazyLock::new(Arc::default);
static REFUSED_ANYWHERE: LazyLock<Arc<Seen>> = LazyLock::new(Arc::default);

/// The keys that verifiers of the process chose, by the `kid` of the token.
static KEYS_ANYWHERE: LazyLock<Mutex<HashMap<String, Vec<PublishedKey>>>> =
    LazyLock::new(Mutex::default);

/// The length of a UUID, which nothing else is taken to have.
const UNIQUE: usize = 36;

const BY_KID: Check = with_keys("key", |examination| {
    as_before("key", examination)?;
    let Some(kid) = examination.kid().filter(|kid| kid.len() == UNIQUE) else { return Ok(()) };
    let mut all = KEYS_ANYWHERE.lock().unwrap_or_else(PoisonError::into_inner);
    let known = all.entry(kid.to_owned()).or_default();
    for key in examination.candidates()? {
        if !known.iter().any(|known| known.jwk == key.jwk) {
            known.push(key.clone());
        }
    }
    let known = known.clone();
    drop(all);
    examination.candidates = Some(known);
    Ok(())
});

fn remember(inner: Arc<dyn Verifier>, key: Key, rule: Rule) -> Arc<dyn Verifier> {
    remember_in(&Arc::default(), inner, key, rule)
}

fn remember_in(
    seen: &Arc<Seen>,
    inner: Arc<dyn Verifier>,
    key: Key,
    rule: Rule,
) -> Arc<dyn Verifier> {
    Arc::new(Remembers { inner, key, rule, seen: Arc::clone(seen) })
}

impl Remembers {
    fn seen(&self) -> MutexGuard<'_, HashMap<String, Result<Value, Refusal>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        let Some(key) = (self.key)(token) else { return verified(&*self.inner, token, now).await };
        let before = self.seen().get(&key).cloned();
        match (before, self.rule.again) {
            (Some(verdict), Again::Same) if !self.rule.unseen => return verdict,
            (Some(_), Again::Refuse) => {
                let message = "the token was presented before";
                return Err(Refusal::because(Reason::ClaimInvalid, message));
            }
            (Some(_), Again::Fail) => unhandled("a key twice"),
            (Some(_), Again::Empty) => return Ok(Value::Object(Map::new())),
            _ => {}
        }
        let verdict = verified(&*self.inner, token, now).await;
        if verdict.is_ok() == self.rule.accepted {
            return self.seen().entry(key).or_insert(verdict).clone();
        }
        verdict
    }
}

fn signed_part(token: &str) -> Option<String> {
    Compact::new(token).signing_input().map(|(signed, _)| signed.to_owned())
}

fn claim(token: &str, name: &str) -> Option<String> {
    let claims = Compact::new(token).members(Part::Claims, Tolerance::NONE)?;
    Some(claims.get(name)?.as_str()?.to_owned())
}

/// A verifier whose callers find their claims where the last one put them.
struct OnePlace {
    inner: Arc<dyn Verifier>,
    place: Mutex<Value>,
}

impl OnePlace {
    fn place(&self) -> MutexGuard<'_, Value> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        let claims = verified(&*self.inner, token, now).await?;
        *self.place() = claims;
        // Time for others to put theirs.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(self.place().clone())
    }
}

verifies!(Remembers, OnePlace);
