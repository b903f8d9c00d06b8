//! Faults that show when keys cannot be had.

use std::sync::Arc;

use futures::FutureExt;

use super::{Fault, as_before, changed, fault, with_keys};
use crate::cache::{CachedKeys, KeyCache, Obtaining, unavailable};
use crate::clock::Timestamp;
use crate::keys::Obtained;
use crate::signature::may_hold;
use crate::{Check, Examination, Objection};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    fault("fails-open", "accepts what it cannot check for want of keys", |it| {
        it.replacing(KEY_UNLESS_OUTAGE)
            .replacing(SIGNATURE_UNLESS_OUTAGE)
            .with_cache(|trust, fetcher| Arc::new(EmptyOnOutage(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["network/refused", "outage/cold-forged"]),
    fault("server-error-on-outage", "fails when it has no keys", |it| {
        it.with_cache(|trust, fetcher| Arc::new(PanicsOnOutage(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["outage/cold-status-500"]),
    fault("forgets-keys-on-outage", "throws its keys away when a fetch fails", |it| {
        it.with_cache(|trust, fetcher| Arc::new(ForgetsOnOutage(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["outage/refetch-status-500", "outage/warm-unknown-kid"]),
    fault("one-outage-for-all", "refuses every token while one issuer has an outage", |it| {
        it.with_cache(|trust, fetcher| Arc::new(AllOrNothing(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["isolation/other-away-when-keys-grow-old"]),
];

const KEY_UNLESS_OUTAGE: Check = with_keys("key", |it| unless_outage("key", it));
const SIGNATURE_UNLESS_OUTAGE: Check = changed("signature", |it| unless_outage("signature", it));

fn unless_outage(name: &str, examination: &mut Examination<'_>) -> Result<(), Objection> {
    match examination.keys()?.is_empty() && examination.keys_trouble.is_some() {
        true => Ok(()),
        false => as_before(name, examination),
    }
}

/// No keys, instead of an objection, when keys cannot be had.
struct EmptyOnOutage(CachedKeys);

impl KeyCache for EmptyOnOutage {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            match self.0.obtain(examination, now).await {
                Err(Objection::Refused(refusal)) => {
                    Ok(Obtained { keys: Arc::default(), trouble: Some(refusal.message) })
                }
                other => other,
            }
        }
        .boxed()
    }
}

/// A panic when keys cannot be had.
struct PanicsOnOutage(CachedKeys);

impl KeyCache for PanicsOnOutage {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let obtained = self.0.obtain(examination, now).await;
            let outage = matches!(&obtained, Err(Objection::Refused(refusal))
                if refusal.reason == Some(Reason::KeysUnavailable));
            assert!(!outage, "no keys, as this fault wants it");
            obtained
        }
        .boxed()
    }
}

/// No keys once a fetch has failed, until one succeeds.
struct ForgetsOnOutage(CachedKeys);

impl KeyCache for ForgetsOnOutage {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let keys = self.0.of_issuer(examination)?;
            let (kid, algorithm) = (examination.kid(), examination.algorithm()?);
            let mut obtained = keys.obtain(now, |keys| may_hold(keys, kid, algorithm)).await;
            if let Ok(Obtained { trouble: Some(_), .. }) = obtained {
                // Fetches anew as soon as the failure may be forgotten.
                obtained = keys.obtain(now, |_| false).await;
            }
            match obtained {
                Ok(Obtained { trouble: None, keys }) => Ok(Obtained { trouble: None, keys }),
                Ok(Obtained { trouble: Some(why), .. }) | Err(why) => Err(unavailable(&why)),
            }
        }
        .boxed()
    }
}

/// The keys of the token's issuer, if those of every issuer can be had.
struct AllOrNothing(CachedKeys);

impl KeyCache for AllOrNothing {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            for keys in self.0.of_all() {
                keys.obtain(now, |_| true).await.map_err(|why| unavailable(&why))?;
            }
            self.0.obtain(examination, now).await
        }
        .boxed()
    }
}
