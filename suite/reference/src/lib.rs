//! The reference verifier: an ordered list of named checks, strict and readable.
//!
//! ring does the cryptography; everything else is spelled out here. The list is data. So an explanation is the list run to its end on one token
//! ([`ConfiguredVerifier::examine`]).
//!
//! Checks do no input or output. Between them, [`ConfiguredVerifier`] obtains what the next one
//! [needs](Needs) from a `KeyCache`, which asks a `KeyFetcher`. Nothing is fetched for a token that
//! is malformed or of an unknown issuer, and never from where a token says (`jku`, `x5u`, `jwk`,
//! `x5c`).
//!
//! There is no fault here. Each of the [`faults`] replaces a check, the fetcher or the cache.

mod cache;
mod check;
mod claims;
mod client;
mod clock;
mod configured;
mod crypto;
mod decrypt;
mod document;
pub mod faults;
mod fetch;
mod fetch_policy;
mod fetcher;
mod form;
mod freshness;
mod header;
mod issuer;
mod keys;
mod provider_limits;
mod signature;
mod signature_fault;

use std::sync::Arc;
use std::time::Duration;

use jwtspec_driver::{Capabilities, Description, Driver, KeyDelivery, Unsupported, Verifier};
use jwtspec_jose::read_key_text;
use jwtspec_types::timing::Timing;
use jwtspec_types::trust::{KeySource, Trust};
use jwtspec_types::words::{Algorithm, KeyForm};

use cache::{CachedKeys, KeyCache};
use fetch_policy::RestrictedFetcher;
use fetcher::{HttpFetcher, KeyFetcher};

pub use check::{Check, Examination, Judged, Judgement, Needs, Objection};
pub use client::TransportFault;
pub use clock::Clock;
pub use configured::{ConfiguredVerifier, Examined};
pub use fetch::DiscoveryError;
pub use fetch_policy::{Exchange, FetchPolicy, Reach};
pub use fetcher::{DISCOVERY, KEY_SET};
pub use signature_fault::SignatureFault;

/// The parts by which issuers and tokens are judged elsewhere.
pub mod parts {
    pub use super::client::{certificate_fault, choose_cryptography};
    pub use super::clock::system_clock;
    pub use super::crypto::{verifies, verifies_on};
    pub use super::fetch::{discovered, is_loopback};
    pub use super::freshness::{date, lifetime};
    pub use super::provider_limits::{is_json, key_id_needed, one_audience};
}

/// Makes the fetcher of a verifier with this trust.
type MakeFetcher = Arc<dyn Fn(&Trust) -> Result<Arc<dyn KeyFetcher>, Unsupported> + Send + Sync>;

/// Makes the key cache of a verifier with this trust.
type MakeCache = Arc<dyn Fn(&Trust, &Arc<dyn KeyFetcher>) -> Arc<dyn KeyCache> + Send + Sync>;

/// The reference verifier, or a variation on it.
#[derive(Clone)]
pub struct Reference {
    name: &'static str,
    checks: Vec<Check>,
    clock: Clock,
    fetcher: MakeFetcher,
    cache: MakeCache,
    decryption: decrypt::Rules,
}

impl Default for Reference {
    /// Every check, in order, and the system's clock.
    fn default() -> Self {
        let checks = [
            form::CHECKS.as_slice(),
            &header::CHECKS,
            &issuer::CHECKS,
            &signature::CHECKS,
            &claims::CHECKS,
        ]
        .concat();
        Self {
            name: "reference",
            checks,
            clock: clock::system_clock(),
            fetcher: Arc::new(|trust| Ok(Arc::new(HttpFetcher::new(trust)?))),
            cache: Arc::new(|trust, fetcher| Arc::new(CachedKeys::new(trust, fetcher))),
            decryption: decrypt::Rules::default(),
        }
    }
}

impl Reference {
    /// The checks, in the order in which they are asked.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The same under another name.
    #[must_use]
    pub fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same with another clock for claims. Key sets age by the monotonic clock all the same.
    ///
    /// A time that comes with a token ([`Verifier::verify_at`]) counts for both.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The same under a fetch policy, which restricts and records what is fetched.
    #[must_use]
    pub fn with_fetch_policy(self, policy: FetchPolicy) -> Self {
        self.with_fetcher(move |trust| {
            let (policy, inner) = (policy.clone(), HttpFetcher::new(trust)?);
            Ok(Arc::new(RestrictedFetcher { policy, inner }))
        })
    }

    /// The same with another fetcher.
    #[must_use]
    fn with_fetcher(
        self,
        make: impl Fn(&Trust) -> Result<Arc<dyn KeyFetcher>, Unsupported> + Send + Sync + 'static,
    ) -> Self {
        Self { fetcher: Arc::new(make), ..self }
    }

    /// The same with another key cache.
    #[must_use]
    fn with_cache(
        self,
        make: impl Fn(&Trust, &Arc<dyn KeyFetcher>) -> Arc<dyn KeyCache> + Send + Sync + 'static,
    ) -> Self {
        Self { cache: Arc::new(make), ..self }
    }

    /// The same with other rules for decryption.
    #[must_use]
    fn with_decryption(self, decryption: decrypt::Rules) -> Self {
        Self { decryption, ..self }
    }

    /// The same without the check of this name.
    ///
    /// # Panics
    ///
    /// If there is none: a fault that changes nothing would prove nothing.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let place = self.place(name);
        self.checks.remove(place);
        self
    }

    /// The same with this check in the place of the one of its name.
    ///
    /// # Panics
    ///
    /// If there is none: a fault that changes nothing would prove nothing.
    #[must_use]
    pub fn replacing(mut self, check: Check) -> Self {
        let place = self.place(check.name);
        self.checks[place] = check;
        self
    }

    /// The same with one check more, at the end.
    #[must_use]
    pub fn with(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// The same without any check: it accepts everything.
    #[must_use]
    pub fn without_checks(self) -> Self {
        Self { checks: Vec::new(), ..self }
    }

    fn place(&self, name: &str) -> usize {
        self.checks
            .iter()
            .position(|check| check.name == name)
            .unwrap_or_else(|| panic!("the reference verifier has no check `{name}`"))
    }

    /// A verifier for a trust, with the means to explain itself.
    ///
    /// # Errors
    ///
    /// If the trust asks for what no sound verifier does.
    pub fn configured(&self, trust: &Trust) -> Result<ConfiguredVerifier, Unsupported> {
        let trust = &with_read_keys(trust)?;
        for (place, provider) in trust.providers.iter().enumerate() {
            fetch::check_source(provider).map_err(Unsupported)?;
            if provider.algorithms.contains(&Algorithm::None) {
                return Err(Unsupported("unsecured tokens (`none`) are never accepted".to_owned()));
            }
            let issuer = &provider.issuer;
            if trust.providers[..place].iter().any(|earlier| earlier.issuer == *issuer) {
                return Err(Unsupported("several providers have the same issuer".to_owned()));
            }
        }
        ConfiguredVerifier::new(self, trust)
    }
}

/// The trust with the keys that it has as texts.
fn with_read_keys(trust: &Trust) -> Result<Trust, Unsupported> {
    let mut trust = trust.clone();
    for provider in &mut trust.providers {
        if let Some(text) = &provider.key_text {
            let set = read_key_text(text).map_err(|why| Unsupported(format!("the key {why}")))?;
            provider.keys = KeySource::Jwks(set);
        }
    }
    Ok(trust)
}

impl Driver for Reference {
    fn describe(&self) -> Description {
        let capabilities = Capabilities::default()
            .keys([KeyDelivery::JwksUri, KeyDelivery::Discovery, KeyDelivery::Inline])
            .key_forms(KeyForm::TOLD)
            .decrypts(decrypt::ALGORITHMS.map(|it| it.to_string()))
            .algorithms(crypto::supported().map(|it| it.to_string()).collect::<Vec<_>>())
            .typ(true)
            .required_claims(true)
            .clock(true)
            .http_cache(true)
            .large_headers(true)
            .tls(true)
            .cache_age(Timing::From(0))
            .cooldown(Timing::From(0));
        Description::new(self.name, env!("CARGO_PKG_VERSION"), capabilities)
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        let verifier = Arc::new(self.configured(trust)?);
        if trust.decryption_keys.is_empty() {
            return Ok(verifier);
        }
        Ok(Arc::new(decrypt::Decrypting::new(verifier, trust, self.decryption)?))
    }
}

#[cfg(test)]
mod tests;
