//! Faults in keeping keys: for how long, and when they are fetched anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use reqwest::header::{AGE, CACHE_CONTROL, EXPIRES, HeaderValue};
use serde_json::Value;

use super::fetching::{changing_responses, with_body};
use super::{Fault, fault};
use crate::Examination;
use crate::cache::{CachedKeys, KeyCache, Obtaining, unavailable};
use crate::clock::Timestamp;
use crate::fetcher::{Fetching, HttpFetcher, KEY_SET, KeyFetcher, Request, Response};
use crate::keys::{CacheLimits, Turn};
use crate::signature::may_hold;
use jwtspec_jose::{Duplicates, object};

pub(super) const FAULTS: &[Fault] = &[
    fault("never-caches", "fetches keys for every token", |it| {
        changing_responses(it, |_, mut response| {
            response.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        })
    })
    .caught_by(&["cache/known-key-is-not-refetched"]),
    fault("caches-for-ever", "keeps a key set until a key is missing", |it| {
        changing_responses(it, without_lifetime).with_cache(|trust, fetcher| {
            let limits = CacheLimits { max_age: Duration::MAX, ..trust.cache.into() };
            Arc::new(CachedKeys::within(limits, trust, fetcher))
        })
    })
    .caught_by(&["rotation/key-revoked"]),
    fault("ignores-cache-control", "keeps a key set for longer than its issuer allows", |it| {
        changing_responses(it, without_lifetime)
    })
    .caught_by(&["cache/max-age-to-the-second", "cache/no-cache", "cache/short-max-age"]),
    fault("keeps-removed-keys", "adds new keys to the old ones", |it| {
        it.with_fetcher(|trust| {
            let inner = HttpFetcher::new(trust)?;
            Ok(Arc::new(KeepsRemoved { inner, seen: Arc::default() }))
        })
    })
    .caught_by(&["rotation/key-removed-as-another-comes", "rotation/key-replaced"]),
    fault("never-refetches", "does not look for a key that it does not hold", |it| {
        it.with_cache(|trust, fetcher| Arc::new(NeverRefetches(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["rotation/key-added"]),
    fault("refetches-on-every-kid", "fetches keys anew for each unknown `kid`", |it| {
        it.with_cache(|trust, fetcher| {
            let limits = CacheLimits { unknown_key_cooldown: Duration::ZERO, ..trust.cache.into() };
            Arc::new(CachedKeys::within(limits, trust, fetcher))
        })
    })
    .caught_by(&["cache/hundred-invented-kids", "cache/one-unknown-kid-many-times"]),
    fault("thundering-herd", "fetches once for each request that waits", |it| {
        it.with_cache(|trust, fetcher| Arc::new(ThunderingHerd(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["cache/cold-start-of-fifty-few-fetches"]),
];

/// The response of an issuer that does not say how long it may be kept.
fn without_lifetime(_: &Request<'_>, mut response: Response) -> Response {
    for name in [AGE, CACHE_CONTROL, EXPIRES] {
        response.headers.remove(name);
    }
    response
}

/// Adds the keys of earlier sets, by URL, that a new set lacks.
struct KeepsRemoved {
    inner: HttpFetcher,
    seen: Arc<Mutex<HashMap<String, Vec<Value>>>>,
}

impl KeyFetcher for KeepsRemoved {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        async move {
            let response = self.inner.fetch(request).await?;
            if request.what != KEY_SET || !response.status.is_success() {
                return Ok(response);
            }
            let (url, all) = (request.url.to_string(), Arc::clone(&self.seen));
            Ok(with_body(response, move |bytes| {
                let Ok(mut set) = object(&bytes, Duplicates::TakeLast) else { return Ok(bytes) };
                if let Some(Value::Array(keys)) = set.get_mut("keys") {
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    let seen = all.entry(url).or_default();
                    seen.retain(|old| !keys.iter().any(|new| new.get("kid") == old.get("kid")));
                    keys.append(seen);
                    seen.clone_from(keys);
                }
                Ok(Value::Object(set).to_string().into_bytes())
            }))
        }
        .boxed()
    }
}

/// Whatever is held suffices.
struct NeverRefetches(CachedKeys);

impl KeyCache for NeverRefetches {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let obtained = self.0.of_issuer(examination)?.obtain(now, |_| true).await;
            obtained.map_err(|why| unavailable(&why))
        }
        .boxed()
    }
}

/// A caller waits for no other's fetch.
struct ThunderingHerd(CachedKeys);

impl KeyCache for ThunderingHerd {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let keys = self.0.of_issuer(examination)?;
            let (kid, algorithm) = (examination.kid(), examination.algorithm()?);
            let at_hand = keys.at_hand(now, &|keys| may_hold(keys, kid, algorithm), Turn::NotYet);
            let obtained = match at_hand {
                Some(obtained) => obtained,
                None => keys.fetch(now).await,
            };
            obtained.map_err(|why| unavailable(&why))
        }
        .boxed()
    }
}
