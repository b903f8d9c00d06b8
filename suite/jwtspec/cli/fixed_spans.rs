//! A driver with fixed spans, which the trust does not change; most verifiers are like that.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;

use super::args::ReferenceArgs;
use jwtspec_driver::{Description, Driver, Refusal, Unsupported, Verifier};
use jwtspec_types::timing::Timing;
use jwtspec_types::trust::Trust;

/// A driver for which some spans of the trust are replaced by fixed ones.
pub(super) struct FixedSpans {
    driver: Arc<dyn Driver>,
    leeway: Option<u64>,
    cache_age: Option<u64>,
    cooldown: Option<u64>,
    no_clock: bool,
}

impl FixedSpans {
    /// The driver with the spans that the command line gives it.
    pub(super) fn new(driver: Arc<dyn Driver>, args: &ReferenceArgs) -> Self {
        Self {
            driver,
            leeway: args.leeway.map(|span| span.0),
            cache_age: args.cache_age.map(|span| span.0),
            cooldown: args.cooldown.map(|span| span.0),
            no_clock: args.no_clock,
        }
    }
}

impl Driver for FixedSpans {
    fn describe(&self) -> Description {
        let mut description = self.driver.describe();
        let capabilities = &mut description.capabilities;
        let own = |span: Option<u64>| span.map(Timing::Fixed);
        capabilities.leeway = own(self.leeway).or(capabilities.leeway);
        capabilities.cache_age = own(self.cache_age).or(capabilities.cache_age);
        capabilities.cooldown = own(self.cooldown).or(capabilities.cooldown);
        capabilities.clock &= !self.no_clock;
        description
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        let mut trust = trust.clone();
        trust.leeway_seconds = self.leeway.unwrap_or(trust.leeway_seconds);
        trust.cache.max_age_seconds = self.cache_age.unwrap_or(trust.cache.max_age_seconds);
        trust.cache.cooldown_seconds = self.cooldown.unwrap_or(trust.cache.cooldown_seconds);
        let verifier = self.driver.configure(&trust)?;
        Ok(if self.no_clock { Arc::new(Clockless(verifier)) } else { verifier })
    }

    fn unescaped_refusals(&self) -> Option<&'static str> {
        self.driver.unescaped_refusals()
    }

    fn takes_any_credentials(&self) -> bool {
        self.driver.takes_any_credentials()
    }
}

/// A verifier that goes by the time of this machine.
struct Clockless(Arc<dyn Verifier>);

impl Verifier for Clockless {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.0.verify(token)
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        _now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.0.verify(token)
    }
}
