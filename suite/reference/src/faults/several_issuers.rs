//! Faults in holding a token to its issuer's rules: those of another are taken, or those of one
//! issuer for all; and in reading what the configuration says of one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use reqwest::Url;

use super::{Fault, as_before, changed, fault, wrong_check};
use crate::cache::{CachedKeys, KeyCache, Obtaining};
use crate::claims::audiences;
use crate::clock::Timestamp;
use crate::issuer::{received, unknown};
use crate::keys::Obtained;
use crate::{Check, Examination, Objection};
use jwtspec_jose::PublishedKey;
use jwtspec_types::words::Reason;
use serde_json::Value;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("origin-as-issuer", "expects the origin of the configured issuer as `iss`", ORIGIN)
        .caught_by(&["issuer-host/host-name", "issuer/exact"])
        .proving_only(&["issuer", "issuer-host"]),
    wrong_check("configured-slash-cut", "cuts a slash off the configured issuer", CUT)
        .caught_by(&["issuer/slash-kept"]),
    wrong_check("first-issuer-only", "knows the first of its issuers only", FIRST).caught_by(&[
        "isolation/three-issuers-any-order",
        "issuer/two-trusted",
        "issuer/two-trusted-same-kid",
    ]),
    wrong_check("audience-of-first-issuer", "expects one audience of every issuer", AUDIENCE)
        .caught_by(&["isolation/audience-of-each"]),
    wrong_check("algorithms-of-first-issuer", "allows every issuer those of the first", ALGORITHMS)
        .caught_by(&["isolation/algorithm-of-each"]),
    fault("kid-of-first-issuer", "takes a `kid` for that of the issuer that had it first", |it| {
        it.with_cache(|trust, fetcher| {
            let kid = |key: &PublishedKey| key.kid.clone();
            let clash = |first: &PublishedKey| Some(first.clone());
            Arc::new(FirstOwner::new(CachedKeys::new(trust, fetcher), kid, clash))
        })
    })
    .caught_by(&["issuer/two-trusted-same-kid"]),
    fault("key-of-one-issuer", "lets a key belong to the issuer alone that had it first", |it| {
        it.with_cache(|trust, fetcher| {
            let number = |key: &PublishedKey| {
                let number = ["n", "x"].into_iter().find_map(|name| key.jwk.get(name)?.as_str());
                number.map(str::to_owned)
            };
            Arc::new(FirstOwner::new(CachedKeys::new(trust, fetcher), number, |_| None))
        })
    })
    .caught_by(&["isolation/shared-key"]),
    wrong_check("first-audience-only", "takes the first of its audiences, if any", FIRST_AUDIENCE)
        .caught_by(&[
            "audience/none-expected",
            "audience/second-of-two-expected",
            "convex/no-application-id",
            "convex/no-application-id-any-audience",
        ]),
    wrong_check("audience-array-only", "refuses an `aud` that is a string", ARRAY_ONLY)
        .caught_by(&["audience/string"])
        .proving_only(&["audience"]),
];

const ORIGIN: Check = changed("issuer", |it| {
    find_as(it, |configured| {
        let url = Url::parse(configured);
        url.map_or_else(|_| configured.to_owned(), |url| url.origin().ascii_serialization())
    })
});

const CUT: Check =
    changed("issuer", |it| find_as(it, |configured| configured.trim_end_matches('/').to_owned()));

/// Finds the provider whose issuer, read in this way, is the token's.
fn find_as(examination: &mut Examination<'_>, read: fn(&str) -> String) -> Result<(), Objection> {
    let (trust, issuer) = (examination.trust, received(examination)?);
    let found = trust.providers.iter().find(|provider| read(&provider.issuer) == issuer);
    examination.provider = Some(found.ok_or_else(|| unknown(issuer, trust))?);
    Ok(())
}

const FIRST: Check = changed("issuer", |examination| {
    let (trust, issuer) = (examination.trust, received(examination)?);
    let first = trust.providers.first().filter(|provider| provider.issuer == issuer);
    examination.provider = Some(first.ok_or_else(|| unknown(issuer, trust))?);
    Ok(())
});

const AUDIENCE: Check = changed("audience", |it| by_first_issuer("audience", it));

const ALGORITHMS: Check =
    changed("algorithm-allowed", |it| by_first_issuer("algorithm-allowed", it));

fn by_first_issuer(name: &str, examination: &mut Examination<'_>) -> Result<(), Objection> {
    let own = examination.provider;
    examination.provider = examination.trust.providers.first();
    let judged = as_before(name, examination);
    examination.provider = own;
    judged
}

const FIRST_AUDIENCE: Check = changed("audience", |examination| {
    let expected = examination.provider()?.audiences.first();
    let expected = expected.unwrap_or_else(|| panic!("no audience, as this fault wants it"));
    as_before("audience", examination)?;
    match examination.claims()?.get("aud").map(audiences).transpose()? {
        Some(received) if received.contains(&expected.as_str()) => Ok(()),
        _ => Err(Objection::because(Reason::AudienceMismatch, "the `aud` is another")),
    }
});

const ARRAY_ONLY: Check =
    changed("audience", |examination| match examination.claims()?.get("aud") {
        Some(Value::String(_)) => Err(Objection::because(
            Reason::ClaimInvalid,
            "the claim `aud` should be an array, but is a string",
        )),
        _ => as_before("audience", examination),
    });

/// Keys with an owner: the issuer at which they were seen first.
struct FirstOwner {
    cached: CachedKeys,
    /// By what a key is known again.
    name: fn(&PublishedKey) -> Option<String>,
    /// What another issuer's key of this name is taken for, given the first.
    clash: fn(&PublishedKey) -> Option<PublishedKey>,
    owners: Mutex<HashMap<String, (String, PublishedKey)>>,
}

impl FirstOwner {
    fn new(
        cached: CachedKeys,
        name: fn(&PublishedKey) -> Option<String>,
        clash: fn(&PublishedKey) -> Option<PublishedKey>,
    ) -> Self {
        Self { cached, name, clash, owners: Mutex::default() }
    }

    fn owned(&self, key: &PublishedKey, issuer: &str) -> Option<PublishedKey> {
        let Some(name) = (self.name)(key) else { return Some(key.clone()) };
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = owners.entry(name).or_insert_with(|| (issuer.to_owned(), key.clone()));
        match owner.0 == issuer {
            true => {
                owner.1 = key.clone();
                Some(key.clone())
            }
            false => (self.clash)(&owner.1),
        }
    }
}

impl KeyCache for FirstOwner {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let issuer = &examination.provider()?.issuer;
            let Obtained { keys, trouble } = self.cached.obtain(examination, now).await?;
            let keys = keys.iter().filter_map(|key| self.owned(key, issuer)).collect();
            Ok(Obtained { keys, trouble })
        }
        .boxed()
    }
}
