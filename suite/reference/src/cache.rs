//! The trait through which the keys of a token's issuer are obtained, and its implementation: the
//! key sets of all providers.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::check::{Examination, Objection};
use super::clock::Timestamp;
use super::fetch::Source;
use super::fetcher::KeyFetcher;
use super::keys::{CacheLimits, Obtained, ProviderKeys};
use super::signature;
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Reason;

/// Obtains the keys that a token is verified with, and keeps them.
pub(crate) trait KeyCache: Send + Sync {
    /// Returns the keys of the token's issuer, fetched anew if need be.
    ///
    /// # Errors
    ///
    /// If they cannot be had, or the issuer is not known yet.
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a>;
}

/// The keys of a token's issuer, once they are awaited.
pub(crate) type Obtaining<'a> = BoxFuture<'a, Result<Obtained, Objection>>;

/// The key sets of all providers of a trust.
pub(super) struct CachedKeys {
    /// With the issuer of each.
    providers: Vec<(String, ProviderKeys)>,
}

impl CachedKeys {
    /// The key sets of a trust, kept as long as it says.
    pub(super) fn new(trust: &Trust, fetcher: &Arc<dyn KeyFetcher>) -> Self {
        Self::within(trust.cache.into(), trust, fetcher)
    }

    /// The key sets of a trust, kept within limits of the caller's.
    pub(super) fn within(
        limits: CacheLimits,
        trust: &Trust,
        fetcher: &Arc<dyn KeyFetcher>,
    ) -> Self {
        let providers = trust.providers.iter().map(|provider| {
            let (issuer, keys) = (provider.issuer.clone(), provider.keys.clone());
            let source = Source::new(issuer.clone(), keys, Arc::clone(fetcher));
            let limits_of_profile = trust.profile.limits();
            let source = match limits_of_profile.is_some_and(|limits| limits.key_sets_labelled) {
                true => source.labelled(),
                false => source,
            };
            (issuer, ProviderKeys::new(source, limits))
        });
        Self { providers: providers.collect() }
    }

    /// Returns the key set of the token's issuer.
    pub(super) fn of_issuer(
        &self,
        examination: &Examination<'_>,
    ) -> Result<&ProviderKeys, Objection> {
        let issuer = &examination.provider()?.issuer;
        let found = self.providers.iter().find(|(known, _)| known == issuer);
        found.map(|(_, keys)| keys).ok_or(Objection::Unasked("the issuer is not known"))
    }

    /// The key set of every provider.
    pub(super) fn of_all(&self) -> impl Iterator<Item = &ProviderKeys> {
        self.providers.iter().map(|(_, keys)| keys)
    }
}

impl KeyCache for CachedKeys {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            let keys = self.of_issuer(examination)?;
            let (kid, algorithm) = (examination.kid(), examination.algorithm()?);
            let obtained = keys.obtain(now, |keys| signature::may_hold(keys, kid, algorithm)).await;
            obtained.map_err(|why| unavailable(&why))
        }
        .boxed()
    }
}

/// The objection to a token whose keys cannot be had.
pub(super) fn unavailable(why: &str) -> Objection {
    Objection::because(
        Reason::KeysUnavailable,
        format!(
            "the issuer's keys could not be obtained: {why}; this is not the token's fault, so \
             try again later"
        ),
    )
}
