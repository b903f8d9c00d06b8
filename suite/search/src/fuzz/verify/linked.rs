//! A driver as a linked verifier: what `cargo test` holds to the scenarios is fuzzed too.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use super::fixed;
use crate::fuzz::{Known, LinkedVerifier};
use crate::oracle_input::inline_oracle;
use jwtspec_driver::{Driver, Unsupported, Verifier};
use jwtspec_mint::context::MintContext;
use jwtspec_oracle::Oracle;
use jwtspec_reference::parts::system_clock;

/// A [`Driver`] under a trust with inline keys.
///
/// Its description says whether it can be told the time. If not it goes by the system's clock,
/// and so does what is expected of it.
pub struct Linked {
    name: String,
    verifier: Arc<dyn Verifier>,
    mint_context: MintContext,
    /// The oracle for its trust.
    pub(super) oracle: Oracle,
    has_clock: bool,
    known: &'static [Known],
    runtime: tokio::runtime::Runtime,
}

impl Linked {
    /// Configures a driver with the trust of [`fixed`]: both issuers, or the first alone if it
    /// takes no more, and those algorithms that it says it can verify.
    ///
    /// # Errors
    ///
    /// If it takes neither.
    pub fn new(driver: &dyn Driver) -> Result<Self, Unsupported> {
        let described = driver.describe();
        let mut trust = fixed::trust().clone();
        for provider in &mut trust.providers {
            provider.algorithms.retain(|algorithm| {
                described.capabilities.algorithms.iter().any(|known| known == algorithm.as_str())
            });
        }
        trust.providers.retain(|provider| !provider.algorithms.is_empty());
        let verifier = driver.configure(&trust).or_else(|_| {
            trust.providers.truncate(1);
            driver.configure(&trust)
        })?;
        let has_clock = described.capabilities.clock;
        let mut mint_context = fixed::mint_context().clone();
        let is_trusted =
            |identifier: &str| trust.providers.iter().any(|it| it.issuer == identifier);
        mint_context.issuers.retain(|_, facts| is_trusted(&facts.identifier));
        if !has_clock {
            mint_context.now = system_time().as_secs();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Unsupported(format!("no runtime: {error}")))?;
        let oracle = inline_oracle(&trust);
        let oracle = if has_clock { oracle.with_still_clock() } else { oracle };
        let name = described.name;
        Ok(Self { name, verifier, mint_context, oracle, has_clock, known: &[], runtime })
    }

    /// The same with departures that are known.
    #[must_use]
    pub fn knowing(self, known: &'static [Known]) -> Self {
        Self { known, ..self }
    }

    /// The context for minting tokens for its trust; the time is that of its start if it has no clock.
    pub fn mint_context(&self) -> &MintContext {
        &self.mint_context
    }

    /// The time by which it verifies now.
    pub(super) fn now(&self) -> u64 {
        if self.has_clock { self.mint_context.now } else { system_time().as_secs() }
    }

    /// The claims that it hands over, or why it refuses.
    pub(super) fn verify(&self, token: &str) -> Result<Value, String> {
        let mut verdict: BoxFuture<'_, _> = if self.has_clock {
            self.verifier.verify_at(token, Duration::from_secs(self.mint_context.now))
        } else {
            self.verifier.verify(token)
        };
        let _within = self.runtime.enter();
        // With inline keys hardly any verifier waits; the runtime is for those that do.
        let told = match (&mut verdict).now_or_never() {
            Some(told) => told,
            None => self.runtime.block_on(verdict),
        };
        told.map_err(|refusal| refusal.message)
    }
}

impl LinkedVerifier for Linked {
    fn name(&self) -> &str {
        &self.name
    }

    fn accepts(&self, token: &str) -> Result<(), String> {
        self.verify(token).map(|_| ())
    }

    fn known(&self) -> &[Known] {
        self.known
    }
}

fn system_time() -> Duration {
    system_clock()()
}
