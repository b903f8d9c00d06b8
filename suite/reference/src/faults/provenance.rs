//! Faults in whose keys are asked for, and when: key caches that ask other sources than the
//! token's issuer, or ask before the token is known to deserve it.
//!
//! A token makes them ask any server, but on this machine only.

use std::sync::Arc;

use futures::FutureExt;
use reqwest::Url;
use serde_json::Value;

use super::{Fault, as_before, fault, with_keys};
use crate::cache::{CachedKeys, KeyCache, Obtaining, unavailable};
use crate::clock::Timestamp;
use crate::fetch::{Source, is_loopback};
use crate::fetcher::KeyFetcher;
use crate::keys::Obtained;
use crate::{Check, Examination, Objection};
use jwtspec_types::trust::KeySource;

pub(super) const FAULTS: &[Fault] = &[
    fault("ignores-kid", "tries every key of every issuer", |it| {
        it.replacing(ANY_KEY)
            .with_cache(|trust, fetcher| Arc::new(OfEveryIssuer(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["isolation/key-of-other-*", "issuer/key-of-other-trusted"]),
    fault("keys-of-any-issuer", "looks `kid` up among the keys of all issuers", |it| {
        it.with_cache(|trust, fetcher| Arc::new(OfEveryIssuer(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["isolation/key-of-other-*"]),
    fault("follows-jku", "fetches keys where the header's `jku` says", |it| {
        it.with_cache(|trust, fetcher| {
            Arc::new(OfJku { sound: CachedKeys::new(trust, fetcher), fetcher: Arc::clone(fetcher) })
        })
    })
    .caught_by(&["header-keys/jku", "header-keys/jku-not-fetched"]),
    fault("fetches-before-reading", "fetches keys also for what is no token", |it| {
        it.replacing(BEFORE_READING)
            .with_cache(|trust, fetcher| Arc::new(BeforeReading(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["cache/malformed-tokens-after-the-cache-age"]),
    fault(
        "fetches-for-any-issuer",
        "asks the issuer that `iss` names before it knows the name",
        |it| {
            it.replacing(ASKED_FIRST).with_cache(|trust, fetcher| {
                let sound = CachedKeys::new(trust, fetcher);
                Arc::new(OfNamedIssuer { sound, fetcher: Arc::clone(fetcher) })
            })
        },
    )
    .caught_by(&["cache/unknown-issuers-cause-few-fetches", "discovery/stranger-not-asked"]),
];

const ANY_KEY: Check = with_keys("key", |examination| {
    let algorithm = examination.algorithm()?;
    let fitting = examination.keys()?.iter().filter(|key| key.fit(algorithm).is_ok());
    examination.candidates = Some(fitting.cloned().collect());
    Ok(())
});

/// A verifier that does not know yet whose token it is can only fetch the keys of all.
const BEFORE_READING: Check = with_keys("size", |examination| as_before("size", examination));

/// The token is refused all the same, but by then it has chosen which server was asked.
const ASKED_FIRST: Check = with_keys("issuer", |examination| as_before("issuer", examination));

/// The keys of every configured issuer, as far as they can be had.
struct OfEveryIssuer(CachedKeys);

impl KeyCache for OfEveryIssuer {
    fn obtain<'a>(&'a self, _: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        of_every_issuer(&self.0, now).boxed()
    }
}

async fn of_every_issuer(cached: &CachedKeys, now: Timestamp) -> Result<Obtained, Objection> {
    let (mut all, mut outage) = (Vec::new(), None);
    for keys in cached.of_all() {
        match keys.obtain(now, |_| true).await {
            Ok(obtained) => all.extend(obtained.keys.iter().cloned()),
            Err(why) => outage = Some(why),
        }
    }
    match outage {
        Some(why) if all.is_empty() => Err(unavailable(&why)),
        _ => Ok(Obtained { keys: all.into(), trouble: None }),
    }
}

/// The keys of every issuer while the token's is not known.
struct BeforeReading(CachedKeys);

impl KeyCache for BeforeReading {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        match examination.provider {
            Some(_) => self.0.obtain(examination, now),
            None => of_every_issuer(&self.0, now).boxed(),
        }
    }
}

fn is_on_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_loopback(&url))
}

/// The keys where the header's `jku` says.
struct OfJku {
    sound: CachedKeys,
    fetcher: Arc<dyn KeyFetcher>,
}

impl KeyCache for OfJku {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let Some(jku) = examination.header()?.get("jku").and_then(Value::as_str) else {
                return self.sound.obtain(examination, now).await;
            };
            if !is_on_loopback(jku) {
                return Err(unavailable("this fault stays on this machine"));
            }
            let source = KeySource::JwksUri(jku.to_owned());
            let source = Source::new(String::new(), source, Arc::clone(&self.fetcher));
            let fetched = source.fetch(None, now.wall).await;
            let keys = fetched.map_err(|error| unavailable(&error.why))?.keys;
            Ok(Obtained { keys, trouble: None })
        }
        .boxed()
    }
}

/// The keys of the issuer that the token names, configured or not.
struct OfNamedIssuer {
    sound: CachedKeys,
    fetcher: Arc<dyn KeyFetcher>,
}

impl KeyCache for OfNamedIssuer {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            if examination.provider.is_some() {
                return self.sound.obtain(examination, now).await;
            }
            let named = examination.claims()?.get("iss").and_then(Value::as_str);
            let strange = |issuer: &&str| {
                let known = examination.trust.providers.iter().any(|it| it.issuer == **issuer);
                !known && is_on_loopback(issuer)
            };
            let mut keys = Arc::default();
            if let Some(issuer) = named.filter(strange) {
                let (issuer, fetcher) = (issuer.to_owned(), Arc::clone(&self.fetcher));
                let source = Source::new(issuer, KeySource::Discovery(true), fetcher);
                if let Ok(set) = source.fetch(None, now.wall).await {
                    keys = set.keys;
                }
            }
            Ok(Obtained { keys, trouble: None })
        }
        .boxed()
    }
}
