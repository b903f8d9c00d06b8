//! The key sets that a verifier holds, and when it asks for new ones.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::fetch;
use super::jwk::PublishedKey;
use crate::trust::{CachePolicy, KeySource, Provider};

/// The key set of one provider.
///
/// - It is fetched when the first token needs it, and anew when it is stale.
/// - A token that it holds no key for makes it be fetched anew, but only once per cool-down: the
///   token may be anybody's (OpenID Connect Core 1.0 section 10.1.1).
/// - A failure is remembered for the cool-down too, or for as long as the issuer asks.
/// - One fetch at a time; who waits for it uses its result (RFC 9111 section 4). Who needs only
///   what is held does not wait.
pub(super) struct ProviderKeys {
    provider: Provider,
    policy: CachePolicy,
    held: Mutex<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    set: Option<Held>,
    /// When an unknown key last caused a fetch.
    asked_for_unknown: Option<Instant>,
    failure: Option<Failure>,
}

struct Held {
    keys: Arc<[PublishedKey]>,
    until: Instant,
}

struct Failure {
    why: String,
    retry_at: Instant,
}

/// What could be obtained.
pub(super) struct Obtained {
    pub(super) keys: Arc<[PublishedKey]>,
    /// Why they are not the newest, if a fetch failed.
    pub(super) trouble: Option<String>,
}

impl ProviderKeys {
    pub(super) fn new(provider: Provider, policy: CachePolicy) -> Self {
        Self { provider, policy, held: Mutex::default(), fetching: tokio::sync::Mutex::default() }
    }

    /// The keys, fetched anew if need be; the error is a clause that says why there are none.
    pub(super) async fn obtain(
        &self,
        suffices: impl Fn(&[PublishedKey]) -> bool,
    ) -> Result<Obtained, String> {
        if let Some(answer) = self.at_hand(&suffices) {
            return answer;
        }
        let _turn = self.fetching.lock().await;
        // Whoever had the turn before may have fetched what is needed here.
        if let Some(answer) = self.at_hand(&suffices) {
            return answer;
        }
        let fetched = fetch::keys(&self.provider).await;
        let now = Instant::now();
        let mut state = self.state();
        if state.fresh(now).is_some() {
            state.asked_for_unknown = Some(now);
        }
        match fetched {
            Ok(fetched) => {
                let lifetime = self.lifetime(fetched.lifetime);
                let keys: Arc<[PublishedKey]> = fetched.keys.into();
                state.failure = None;
                state.set = Some(Held { keys: Arc::clone(&keys), until: after(now, lifetime) });
                Ok(Obtained { keys, trouble: None })
            }
            Err(error) => {
                let wait = self.cooldown().max(error.wait);
                state.failure =
                    Some(Failure { why: error.why.clone(), retry_at: after(now, wait) });
                state.fresh(now).ok_or(error.why)
            }
        }
    }

    /// The answer that needs no fetch, or that no fetch may improve yet.
    fn at_hand(
        &self,
        suffices: &impl Fn(&[PublishedKey]) -> bool,
    ) -> Option<Result<Obtained, String>> {
        let now = Instant::now();
        let state = self.state();
        let cooling = state.failure.as_ref().filter(|failure| now < failure.retry_at);
        match (state.fresh(now), cooling) {
            (Some(held), _) if suffices(&held.keys) => Some(Ok(held)),
            (Some(held), Some(_)) => Some(Ok(held)),
            (Some(held), None) => {
                let waits = state
                    .asked_for_unknown
                    .is_some_and(|last| now.duration_since(last) < self.cooldown());
                (waits || self.is_inline()).then_some(Ok(held))
            }
            (None, Some(failure)) => Some(Err(failure.why.clone())),
            (None, None) => None,
        }
    }

    /// No longer than the configuration says, and no longer than the issuer permits.
    fn lifetime(&self, permitted: Option<Duration>) -> Duration {
        if self.is_inline() {
            return Duration::MAX;
        }
        let configured = Duration::from_secs(self.policy.max_age_seconds);
        permitted.map_or(configured, |permitted| permitted.min(configured))
    }

    fn cooldown(&self) -> Duration {
        Duration::from_secs(self.policy.cooldown_seconds)
    }

    fn is_inline(&self) -> bool {
        matches!(self.provider.keys, KeySource::Jwks(_))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment, so a poisoned state is still sound.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fresh(&self, now: Instant) -> Option<Obtained> {
        let held = self.set.as_ref().filter(|held| now < held.until)?;
        let trouble = self.failure.as_ref().map(|failure| failure.why.clone());
        Some(Obtained { keys: Arc::clone(&held.keys), trouble })
    }
}

/// A time so far ahead that it cannot be represented is a century ahead.
fn after(now: Instant, wait: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(wait.min(CENTURY)).unwrap_or(now)
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
