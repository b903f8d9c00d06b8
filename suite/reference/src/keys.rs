//! The key sets that a verifier holds, and when it asks for new ones.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Timestamp;
use super::fetch::{KeySet, Source};
use super::fetcher::FetchError;
use jwtspec_jose::PublishedKey;
use jwtspec_types::trust::CachePolicy;

/// The key set of one provider.
///
/// - It is fetched when the first token needs it, and anew when it is stale.
/// - A token that it holds no key for makes it be fetched anew, but only once per cool-down: any
///   client may have written the token (OpenID Connect Core 1.0 section 10.1.1).
/// - A failure is remembered for the cool-down too, or for as long as the issuer asks. It takes
///   nothing away: what is held is used until it is stale.
/// - A stale set is never used, though RFC 9111 section 4.2.4 would permit it while the issuer
///   cannot be reached: otherwise an attacker who steals a key and keeps the issuer's answers away
///   goes on using it after the issuer has removed it.
/// - One fetch at a time; callers that wait for it use its result (RFC 9111 section 4). A caller
///   that needs only what is held does not wait.
pub(super) struct ProviderKeys {
    source: Source,
    limits: CacheLimits,
    state: Mutex<State>,
    /// Held by the caller that fetches.
    turn: tokio::sync::Mutex<()>,
}

/// The durations that a key cache goes by.
#[derive(Clone, Copy)]
pub(super) struct CacheLimits {
    /// The longest time for which a key set is kept.
    pub(super) max_age: Duration,
    /// The time for which an unknown key causes no further fetch.
    pub(super) unknown_key_cooldown: Duration,
    /// The shortest time for which a failure is remembered.
    pub(super) failure_cooldown: Duration,
}

impl From<CachePolicy> for CacheLimits {
    fn from(policy: CachePolicy) -> Self {
        let cooldown = Duration::from_secs(policy.cooldown_seconds);
        Self {
            max_age: Duration::from_secs(policy.max_age_seconds),
            unknown_key_cooldown: cooldown,
            failure_cooldown: cooldown,
        }
    }
}

/// Times here are those of [`Timestamp::steady`].
#[derive(Default)]
struct State {
    held: Option<Held>,
    /// When an unknown key last caused a fetch.
    asked_for_unknown: Option<Duration>,
    failure: Option<Failure>,
    /// Fetches are numbered. One that was given up, as its caller went away, began only.
    begun: u64,
    ended: u64,
}

struct Held {
    set: KeySet,
    until: Duration,
}

struct Failure {
    why: String,
    retry_at: Duration,
}

/// The keys that could be obtained.
pub(crate) struct Obtained {
    pub(super) keys: Arc<[PublishedKey]>,
    /// Why they are not the newest, if a fetch failed.
    pub(super) trouble: Option<String>,
}

impl ProviderKeys {
    pub(super) fn new(source: Source, limits: CacheLimits) -> Self {
        Self { source, limits, state: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The keys, fetched anew if need be; the error is a clause that says why there are none.
    pub(super) async fn obtain(
        &self,
        now: Timestamp,
        suffices: impl Fn(&[PublishedKey]) -> bool,
    ) -> Result<Obtained, String> {
        if let Some(answer) = self.at_hand(now, &suffices, Turn::NotYet) {
            return answer;
        }
        let before = self.state().begun;
        let _turn = self.turn.lock().await;
        let now = now.afterwards();
        let answer =
            self.fetched_after(before, now).or_else(|| self.at_hand(now, &suffices, Turn::Mine));
        match answer {
            Some(answer) => answer,
            None => self.fetch(now).await,
        }
    }

    /// Fetches the keys anew, whatever is held.
    pub(super) async fn fetch(&self, now: Timestamp) -> Result<Obtained, String> {
        let (number, held) = self.begin(now);
        let fetched = self.source.fetch(held.as_ref(), now.wall).await;
        self.end(number, now, fetched)
    }

    /// The answer that needs no fetch, or that no fetch may improve yet.
    pub(super) fn at_hand(
        &self,
        now: Timestamp,
        suffices: &impl Fn(&[PublishedKey]) -> bool,
        turn: Turn,
    ) -> Option<Result<Obtained, String>> {
        let state = self.state();
        let failure = state.failure.as_ref().filter(|failure| now.steady < failure.retry_at);
        let Some(held) = state.fresh(now) else {
            return failure.map(|failure| Err(failure.why.clone()));
        };
        if suffices(&held.keys) || failure.is_some() || self.source.is_inline() {
            return Some(Ok(held));
        }
        let cooldown = self.limits.unknown_key_cooldown;
        let cooling =
            state.asked_for_unknown.is_some_and(|last| now.steady.saturating_sub(last) < cooldown);
        // The key that is missing here may be on its way.
        let on_its_way = turn == Turn::NotYet && state.begun > state.ended;
        (cooling && !on_its_way).then_some(Ok(held))
    }

    /// The outcome of a fetch that began after this number: none of our own would be newer. So a
    /// set that may not be kept, and a failure, serve every caller that was waiting.
    fn fetched_after(&self, before: u64, now: Timestamp) -> Option<Result<Obtained, String>> {
        let state = self.state();
        if state.ended <= before {
            return None;
        }
        match (&state.failure, &state.held) {
            (Some(failure), _) => Some(state.fresh(now).ok_or_else(|| failure.why.clone())),
            (None, Some(held)) => Some(Ok(held.obtained(None))),
            (None, None) => None,
        }
    }

    fn begin(&self, now: Timestamp) -> (u64, Option<KeySet>) {
        let mut state = self.state();
        state.begun += 1;
        if state.fresh(now).is_some() {
            // Noted at once: it counts also if the caller goes away in the middle.
            state.asked_for_unknown = Some(now.steady);
        }
        (state.begun, state.held.as_ref().map(|held| held.set.clone()))
    }

    fn end(
        &self,
        number: u64,
        began: Timestamp,
        fetched: Result<KeySet, FetchError>,
    ) -> Result<Obtained, String> {
        let now = began.afterwards();
        let mut state = self.state();
        state.ended = state.ended.max(number);
        match fetched {
            Ok(set) => {
                let lifetime = self.lifetime(set.permitted);
                let held = Held { set, until: began.steady.saturating_add(lifetime) };
                let obtained = held.obtained(None);
                state.failure = None;
                state.held = Some(held);
                Ok(obtained)
            }
            Err(FetchError { why, wait, .. }) => {
                let wait = wait.max(self.limits.failure_cooldown);
                let retry_at = now.steady.saturating_add(wait);
                state.failure = Some(Failure { why: why.clone(), retry_at });
                state.fresh(now).ok_or(why)
            }
        }
    }

    /// No longer than the configuration says, and no longer than the issuer permits.
    fn lifetime(&self, permitted: Option<Duration>) -> Duration {
        let configured = self.limits.max_age;
        match self.source.is_inline() {
            true => Duration::MAX,
            false => permitted.map_or(configured, |permitted| permitted.min(configured)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic is between changes that belong together, so a poisoned
        // state is still sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller's turn to fetch: not yet, or now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    NotYet,
    Mine,
}

impl State {
    fn fresh(&self, now: Timestamp) -> Option<Obtained> {
        let held = self.held.as_ref().filter(|held| now.steady < held.until)?;
        Some(held.obtained(self.failure.as_ref()))
    }
}

impl Held {
    fn obtained(&self, failure: Option<&Failure>) -> Obtained {
        let trouble = failure.map(|failure| failure.why.clone());
        Obtained { keys: Arc::clone(&self.set.keys), trouble }
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
