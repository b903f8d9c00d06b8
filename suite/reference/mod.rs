//! The reference verifier: an ordered list of named checks, strict and readable.
//!
//! jsonwebtoken and aws-lc do the cryptography; everything else is spelled out here. The list is
//! data. So a faulty verifier is the list with one named change ([`Reference::replacing`],
//! [`Reference::without`]), and an explanation is the list run to its end on one token
//! ([`TrustingVerifier::examine`]).
//!
//! Checks do no input or output. Between them, [`TrustingVerifier`] fetches what the next one
//! [needs](Needs). Nothing is fetched for a token that is malformed or of an unknown issuer, and
//! never from where a token says (`jku`, `x5u`, `jwk`, `x5c`).

mod check;
mod claims;
mod crypto;
mod fetch;
mod form;
mod freshness;
mod header;
mod issuer;
mod json;
mod jwk;
mod keys;
mod signature;
mod text;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use self::keys::ProviderKeys;
use crate::trust::{KeyDelivery, Trust};
use crate::verifier::{
    CONTRACT, Capabilities, Description, Driver, Number, Refusal, Unsupported, Verifier,
};
use crate::words::{Algorithm, Reason};

pub use check::{Check, Examination, Judged, Judgement, Needs, Objection};

/// What faulty verifiers build their checks from.
pub(crate) mod parts {
    pub(crate) use super::claims::{audiences, judge_expiry};
    pub(crate) use super::crypto::{Material, verifies};
    pub(crate) use super::form::{read_claims, read_header};
    pub(crate) use super::issuer::{received, unknown};
    pub(crate) use super::json::Duplicates;
    pub(crate) use super::jwk::{Origin, PublishedKey};
}

/// A source of time since 1970.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The reference verifier, or a variation on it.
#[derive(Clone)]
pub struct Reference {
    name: &'static str,
    checks: Vec<Check>,
    clock: Clock,
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
        Self { name: "reference", checks, clock: Arc::new(system_time) }
    }
}

fn system_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
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
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
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

    /// The same with another check in the place of the one of this name.
    ///
    /// # Panics
    ///
    /// If there is none: a fault that changes nothing would prove nothing.
    #[must_use]
    pub fn replacing(mut self, name: &str, check: Check) -> Self {
        let place = self.place(name);
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
    pub fn trusting(&self, trust: &Trust) -> Result<TrustingVerifier, Unsupported> {
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
        let keys = trust.providers.iter().cloned();
        Ok(TrustingVerifier {
            checks: self.checks.clone(),
            clock: Arc::clone(&self.clock),
            keys: keys.map(|provider| ProviderKeys::new(provider, trust.cache)).collect(),
            trust: trust.clone(),
        })
    }
}

impl Driver for Reference {
    fn describe(&self) -> Description {
        Description {
            contract: CONTRACT,
            name: self.name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: Capabilities {
                keys: vec![KeyDelivery::JwksUri, KeyDelivery::Discovery, KeyDelivery::Inline],
                algorithms: crypto::SUPPORTED.iter().map(ToString::to_string).collect(),
                providers: Number::Many,
                typ: true,
                required_claims: true,
                leeway: None,
                clock: false,
                http_cache: false,
                tls: false,
                cache_age: None,
                cooldown: None,
            },
        }
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        Ok(Arc::new(self.trusting(trust)?))
    }
}

/// The checks together with whom to trust, and the keys held so far.
pub struct TrustingVerifier {
    trust: Trust,
    checks: Vec<Check>,
    clock: Clock,
    keys: Vec<ProviderKeys>,
}

/// Every check on one token, and what could be read of it.
pub struct Examined {
    /// The checks in their order.
    pub checks: Vec<Judged>,
    /// The header, if it could be read.
    pub header: Option<Map<String, Value>>,
    /// The claims, if they could be read. They are worth nothing unless every check passed.
    pub claims: Option<Map<String, Value>>,
}

impl TrustingVerifier {
    /// Runs every check on a token, also those after the first that objects.
    ///
    /// Keys are fetched as far as the token says from whom.
    pub async fn examine(&self, token: &str) -> Examined {
        let mut examination = Examination::new(token, &self.trust, (self.clock)());
        let mut judged = Vec::with_capacity(self.checks.len());
        for check in &self.checks {
            let judgement = match self.ask(check, &mut examination).await {
                Ok(()) => Judgement::Passed,
                Err(Objection::Refused(refusal)) => Judgement::Refused(refusal),
                Err(Objection::Unasked(why)) => Judgement::Unasked(why),
            };
            judged.push(Judged { name: check.name, about: check.about, judgement });
        }
        Examined { checks: judged, header: examination.header, claims: examination.claims }
    }

    async fn ask(&self, check: &Check, examination: &mut Examination<'_>) -> Result<(), Objection> {
        match check.needs {
            Needs::Nothing => {}
            Needs::Keys => self.fetch_keys(examination).await?,
            Needs::EveryKey => self.fetch_every_key(examination).await?,
        }
        (check.run)(examination)
    }

    async fn fetch_keys(&self, examination: &mut Examination<'_>) -> Result<(), Objection> {
        let issuer = &examination.provider()?.issuer;
        let algorithm = examination.algorithm()?;
        let place = self.trust.providers.iter().position(|provider| provider.issuer == *issuer);
        let Some(keys) = place.and_then(|place| self.keys.get(place)) else {
            return Err(Objection::Unasked("the issuer is not known"));
        };
        let kid = examination.kid().map(str::to_owned);
        let obtained = keys
            .obtain(|keys| signature::may_hold(keys, kid.as_deref(), algorithm))
            .await
            .map_err(|why| unavailable(&why))?;
        examination.keys = Some(obtained.keys);
        examination.keys_trouble = obtained.trouble;
        Ok(())
    }

    async fn fetch_every_key(&self, examination: &mut Examination<'_>) -> Result<(), Objection> {
        let mut all = Vec::new();
        for keys in &self.keys {
            let obtained = keys.obtain(|_| true).await.map_err(|why| unavailable(&why))?;
            all.extend(obtained.keys.iter().cloned());
        }
        examination.keys = Some(all.into());
        Ok(())
    }
}

fn unavailable(why: &str) -> Objection {
    Objection::because(
        Reason::KeysUnavailable,
        format!(
            "the issuer's keys could not be obtained: {why}; this is not the token's fault, so \
             try again later"
        ),
    )
}

impl Verifier for TrustingVerifier {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        async move {
            let mut examination = Examination::new(token, &self.trust, (self.clock)());
            for check in &self.checks {
                self.ask(check, &mut examination).await.map_err(|objection| match objection {
                    Objection::Refused(refusal) => refusal,
                    // Cannot happen with the whole list; with a changed one it must not let in.
                    Objection::Unasked(why) => {
                        Refusal::saying(format!("`{}` cannot be checked: {why}", check.name))
                    }
                })?;
            }
            Ok(Value::Object(examination.claims.unwrap_or_default()))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
