//! The reference verifier: an ordered list of named checks, strict and readable.
//!
//! jsonwebtoken and aws-lc do the cryptography; everything else is spelled out here. The list is
//! data. So a faulty verifier is the list with one named change ([`Reference::replacing`],
//! [`Reference::without`]), and an explanation is the list run to its end on one token
//! ([`TrustingVerifier::examine`]).
//!
//! Checks do no input or output. Between them, [`TrustingVerifier`] fetches what the next one
//! [needs](Needs). Nothing is fetched for a token that is malformed or of an unknown issuer, and
//! never from where a token says (`jku`, `x5u`, `jwk`, `x5c`). How a faulty verifier fetches and
//! keeps keys is its one `Habit`.

mod check;
mod claims;
mod client;
mod clock;
mod convex;
mod crypto;
mod document;
pub mod faults;
mod fetch;
mod fetch_policy;
mod form;
mod freshness;
mod habit;
mod header;
mod issuer;
mod json;
mod jwk;
mod keys;
#[cfg(test)]
pub(crate) mod loopback;

mod configured;
mod signature;
mod text;

use std::sync::Arc;
use std::time::Duration;

use crate::timing::Timing;
use crate::trust::{KeyDelivery, Trust};
use crate::verifier::{
    CONTRACT, Capabilities, Description, Driver, Number, Refusal, Unsupported, Verifier,
};
use crate::words::Algorithm;

pub use check::{Check, Examination, Judged, Judgement, Needs, Objection};
pub use clock::Clock;
pub use configured::{Examined, TrustingVerifier};
pub(crate) use fetch_policy::{DISCOVERY, KEY_SET};
pub use fetch_policy::{Errand, Exchange, Reach};
pub(crate) use habit::Habit;

/// What faulty verifiers build their checks from, and what issuers and tokens are judged with.
pub(crate) mod parts {
    pub(crate) use super::claims::{audiences, judge_expiry};
    pub(crate) use super::client::{cause, certificate_fault};
    pub(crate) use super::clock::system_clock;
    pub(crate) use super::convex::{is_json, key_id_needed, one_audience};
    pub(crate) use super::crypto::{Material, signature_octets, verifies};
    pub(crate) use super::fetch::{discovered, is_loopback};
    pub(crate) use super::form::{read_claims, read_header, read_token};
    pub(crate) use super::freshness::{date, lifetime};
    pub(crate) use super::issuer::{received, unknown};
    pub(crate) use super::json::{Duplicates, object};
    pub(crate) use super::jwk::{Origin, PRIVATE_MEMBERS, PublishedKey, read_set, type_fits};
    pub(crate) use super::text::{kind, quoted, quoted_list};
}

/// The reference verifier, or a variation on it.
#[derive(Clone)]
pub struct Reference {
    name: &'static str,
    checks: Vec<Check>,
    clock: Clock,
    habit: Habit,
    voice: Voice,
}

/// What becomes of a refusal before it is told; token and trust are at hand.
pub(crate) type Voice = fn(&str, &Trust, Refusal) -> Refusal;

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
            habit: Habit::default(),
            voice: |_, _, refusal| refusal,
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

    /// The same with another way of fetching and keeping keys.
    #[must_use]
    pub(crate) fn with_habit(self, habit: Habit) -> Self {
        Self { habit, ..self }
    }

    /// The same saying otherwise why it refuses.
    #[must_use]
    pub(crate) fn with_voice(self, voice: Voice) -> Self {
        Self { voice, ..self }
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
        TrustingVerifier::new(self, trust)
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
                clock: true,
                http_cache: true,
                tells_issuers: false,
                tls: true,
                cache_age: Some(Timing::From(0)),
                cooldown: Some(Timing::From(0)),
            },
        }
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        Ok(Arc::new(self.trusting(trust)?))
    }
}

#[cfg(test)]
mod tests;
