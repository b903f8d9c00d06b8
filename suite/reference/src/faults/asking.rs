//! Faults in asking for documents: at another place, at another time, with other means.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::Value;

use super::fetching::{read_by, with_body};
use super::{Fault, as_before, fault, with_keys};
use crate::cache::{CachedKeys, KeyCache, Obtaining, unavailable};
use crate::client::build;
use crate::clock::Timestamp;
use crate::fetch::{Source, is_loopback};
use crate::fetcher::{DISCOVERY, Fetching, HttpFetcher, KEY_SET, KeyFetcher, Request};
use crate::keys::{Obtained, Turn};
use crate::signature::may_hold;
use crate::{Check, Examination};
use jwtspec_jose::{Duplicates, object};
use jwtspec_types::trust::KeySource;

pub(super) const FAULTS: &[Fault] = &[
    fault("well-known-as-link", "looks for metadata beside the issuer, as a link would", |it| {
        it.with_fetcher(|trust| Ok(Arc::new(Elsewhere(HttpFetcher::new(trust)?, beside))))
    })
    .caught_by(&["discovery/appended"]),
    fault("well-known-behind-slash", "appends to an issuer that ends in a slash as it is", |it| {
        it.with_fetcher(|trust| Ok(Arc::new(Elsewhere(HttpFetcher::new(trust)?, behind_slash))))
    })
    .caught_by(&["discovery/slash-at-the-end"]),
    fault("place-of-keys-pinned", "fails where metadata names another place for the keys", |it| {
        it.with_fetcher(|trust| {
            let inner = HttpFetcher::new(trust)?;
            Ok(Arc::new(PinsPlace { inner, places: Arc::default() }))
        })
    })
    .caught_by(&["rotation/jwks-uri-moved", "rotation/jwks-uri-moved-without-the-old-key"]),
    fault("client-of-another-service", "asks for keys with credentials of its own", |it| {
        it.with_fetcher(|trust| {
            let credentials = (AUTHORIZATION, HeaderValue::from_static("Bearer of-this-service"));
            let client = build(trust.ca_pem.as_deref(), |builder| {
                builder.default_headers(HeaderMap::from_iter([credentials]))
            });
            Ok(Arc::new(HttpFetcher::with_client(client)))
        })
    })
    .caught_by(&["network/no-credentials"]),
    fault("system-authorities-only", "trusts no authority that it is told", |it| {
        it.with_fetcher(|_| Ok(Arc::new(HttpFetcher::with_client(build(None, |it| it)))))
    })
    .caught_by(&["tls/valid", "tls/valid-discovery"]),
    fault("impatient", "waits for keys for a quarter of a second", |it| {
        it.with_fetcher(|trust| Ok(Arc::new(Impatient(HttpFetcher::new(trust)?))))
    })
    .caught_by(&["network/third-of-a-second"]),
    fault("one-read-only", "takes what comes at first for the whole document", |it| {
        it.with_fetcher(|trust| Ok(Arc::new(ReadsOnce(HttpFetcher::new(trust)?))))
    })
    .caught_by(&["network/in-small-pieces"]),
    fault("follows-x5u", "asks for the certificate where the header's `x5u` says", |it| {
        it.with_cache(|trust, fetcher| {
            Arc::new(AsksX5u(CachedKeys::new(trust, fetcher), Arc::clone(fetcher)))
        })
    })
    .caught_by(&["network/x5u-of-valid-token-not-asked-for"]),
    fault("fetches-first", "fetches keys anew for whatever comes, before it is read", |it| {
        it.replacing(BEFORE_READING)
            .with_cache(|trust, fetcher| Arc::new(FetchesFirst(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["cache/malformed-tokens-cause-no-fetch"]),
    fault("refuses-while-fetching", "refuses tokens while it fetches keys for another", |it| {
        it.with_cache(|trust, fetcher| {
            let cached = CachedKeys::new(trust, fetcher);
            Arc::new(RefusesMeanwhile { cached, is_fetching: AtomicBool::new(false) })
        })
    })
    .caught_by(&["cache/cold-start-of-fifty", "rotation/key-added-under-load"]),
];

/// Asks for metadata at another place, which its function tells from the right one.
struct Elsewhere(HttpFetcher, fn(&str) -> Option<Url>);

impl KeyFetcher for Elsewhere {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        async move {
            let elsewhere = (self.1)(request.issuer).filter(|_| request.what == DISCOVERY);
            let url = elsewhere.unwrap_or_else(|| request.url.clone());
            self.0.fetch(&Request { url, ..*request }).await
        }
        .boxed()
    }
}

const WELL_KNOWN: &str = ".well-known/openid-configuration";

fn beside(issuer: &str) -> Option<Url> {
    Url::parse(issuer).ok()?.join(WELL_KNOWN).ok()
}

fn behind_slash(issuer: &str) -> Option<Url> {
    Url::parse(&format!("{issuer}/{WELL_KNOWN}")).ok()
}

/// Remembers the `jwks_uri` of each issuer, and knows no other.
struct PinsPlace {
    inner: HttpFetcher,
    places: Arc<Mutex<HashMap<String, Value>>>,
}

impl KeyFetcher for PinsPlace {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        async move {
            let response = self.inner.fetch(request).await?;
            if request.what != DISCOVERY {
                return Ok(response);
            }
            let (issuer, places) = (request.issuer.to_owned(), Arc::clone(&self.places));
            Ok(with_body(response, move |bytes| {
                let metadata = object(&bytes, Duplicates::TakeLast).unwrap_or_default();
                if let Some(place) = metadata.get("jwks_uri") {
                    let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
                    let known = places.entry(issuer).or_insert_with(|| place.clone());
                    assert!(known == place, "another place, as this fault wants it");
                }
                Ok(bytes)
            }))
        }
        .boxed()
    }
}

struct Impatient(HttpFetcher);

impl KeyFetcher for Impatient {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        self.0.fetch(request)
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(250)
    }
}

struct ReadsOnce(HttpFetcher);

impl KeyFetcher for ReadsOnce {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        read_by(&self.0, request, |mut response, _| {
            async move {
                let first = response.chunk().await.ok().flatten();
                Ok(first.map(Vec::from).unwrap_or_default())
            }
            .boxed()
        })
        .boxed()
    }
}

/// Asks where the header says, on this machine only, and does nothing with the answer.
struct AsksX5u(CachedKeys, Arc<dyn KeyFetcher>);

impl KeyCache for AsksX5u {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let x5u = examination.header()?.get("x5u").and_then(Value::as_str);
            let is_near = |url: &&str| Url::parse(url).is_ok_and(|url| is_loopback(&url));
            if let Some(x5u) = x5u.filter(is_near) {
                let place = KeySource::JwksUri(x5u.to_owned());
                let source = Source::new(String::new(), place, Arc::clone(&self.1));
                source.look(x5u, KEY_SET, now.wall).await;
            }
            self.0.obtain(examination, now).await
        }
        .boxed()
    }
}

/// A verifier that does not know yet whose token it is can only fetch the keys of all.
const BEFORE_READING: Check = with_keys("size", |examination| as_before("size", examination));

/// Fetches the keys of every issuer, and then obtains them as before.
struct FetchesFirst(CachedKeys);

impl KeyCache for FetchesFirst {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            if examination.provider.is_some() {
                return self.0.obtain(examination, now).await;
            }
            for keys in self.0.of_all() {
                // An outage shows when the keys are needed.
                let _ = keys.fetch(now).await;
            }
            Ok(Obtained { keys: Arc::default(), trouble: None })
        }
        .boxed()
    }
}

/// One caller fetches, and the others are sent away.
struct RefusesMeanwhile {
    cached: CachedKeys,
    is_fetching: AtomicBool,
}

impl KeyCache for RefusesMeanwhile {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let keys = self.cached.of_issuer(examination)?;
            let (kid, algorithm) = (examination.kid(), examination.algorithm()?);
            let suffices = |keys: &[_]| may_hold(keys, kid, algorithm);
            if let Some(obtained) = keys.at_hand(now, &suffices, Turn::Mine) {
                return obtained.map_err(|why| unavailable(&why));
            }
            if self.is_fetching.swap(true, Ordering::AcqRel) {
                return Err(unavailable("they are being fetched"));
            }
            let obtained = keys.fetch(now).await;
            self.is_fetching.store(false, Ordering::Release);
            obtained.map_err(|why| unavailable(&why))
        }
        .boxed()
    }
}
