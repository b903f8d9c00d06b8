//! The cache of an issuer's keys: its age, and the frequency of requests to the issuer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// For how long, and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// So long is it used.
    pub(crate) max_age: Duration,
    /// So long after one attempt no other is made, neither for an unknown key nor after a failure.
    pub(crate) cooldown: Duration,
}

/// Keys of one issuer. However many callers need them, they are fetched once.
#[derive(Debug)]
pub(crate) struct Cache<K> {
    policy: Policy,
    state: Mutex<State<K>>,
    /// Held by the caller that fetches.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State<K> {
    held: Option<(Arc<K>, Instant)>,
    /// The error of the last attempt, if it failed.
    failure: Option<String>,
    attempt: Option<Instant>,
}

impl<K> Cache<K> {
    pub(crate) fn new(policy: Policy) -> Self {
        let state = Mutex::new(State { held: None, failure: None, attempt: None });
        Self { policy, state, turn: tokio::sync::Mutex::default() }
    }

    /// The keys that are held and fresh, or else fetched ones.
    ///
    /// # Errors
    ///
    /// Why the last fetch failed, for the time of the cool-down.
    pub(crate) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<K>, String>
    where
        F: Future<Output = Result<K, String>>,
    {
        if let Some(known) = self.known() {
            return known;
        }
        let _turn = self.turn.lock().await;
        match self.known() {
            // The caller that had the turn before brought it.
            Some(known) => known,
            None => self.keep(fetch().await),
        }
    }

    /// Something newer than `seen`, which lacked a key; nothing if it may not be asked for now.
    pub(crate) async fn newer<F>(&self, seen: &Arc<K>, fetch: impl FnOnce() -> F) -> Option<Arc<K>>
    where
        F: Future<Output = Result<K, String>>,
    {
        let _turn = self.turn.lock().await;
        let (held, waits) = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.held.as_ref().map(|(held, _)| Arc::clone(held)), self.waits(&state))
        };
        match held {
            Some(held) if !Arc::ptr_eq(&held, seen) => Some(held),
            _ if waits => None,
            _ => self.keep(fetch().await).ok(),
        }
    }

    fn known(&self) -> Option<Result<Arc<K>, String>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, since)) = &state.held
            && since.elapsed() < self.policy.max_age
        {
            return Some(Ok(Arc::clone(held)));
        }
        let failure = state.failure.clone().filter(|_| self.waits(&state))?;
        Some(Err(failure))
    }

    fn waits(&self, state: &State<K>) -> bool {
        state.attempt.is_some_and(|attempt| attempt.elapsed() < self.policy.cooldown)
    }

    fn keep(&self, fetched: Result<K, String>) -> Result<Arc<K>, String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        state.attempt = Some(now);
        let fetched = fetched.map(Arc::new);
        state.failure = fetched.as_ref().err().cloned();
        if let Ok(fetched) = &fetched {
            state.held = Some((Arc::clone(fetched), now));
        }
        fetched
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const POLICY: Policy =
        Policy { max_age: Duration::from_secs(60), cooldown: Duration::from_secs(5) };

    #[tokio::test(start_paused = true)]
    async fn what_is_fresh_is_not_fetched_again() {
        let cache = Cache::new(POLICY);
        let fetches = AtomicU32::new(0);
        let fetch = || async { Ok(fetches.fetch_add(1, Ordering::Relaxed)) };
        let (a, b) = tokio::join!(cache.get(fetch), cache.get(fetch));
        assert_eq!((*a.unwrap(), *b.unwrap()), (0, 0));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(*cache.get(fetch).await.unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_key_causes_one_fetch_a_cooldown() {
        let cache = Cache::new(POLICY);
        let fetches = AtomicU32::new(0);
        let fetch = || async { Ok(fetches.fetch_add(1, Ordering::Relaxed)) };
        let seen = cache.get(fetch).await.unwrap();
        assert!(cache.newer(&seen, fetch).await.is_none());
        tokio::time::advance(Duration::from_secs(6)).await;
        let newer = cache.newer(&seen, fetch).await.unwrap();
        assert_eq!(*newer, 1);
        assert_eq!(*cache.newer(&seen, fetch).await.unwrap(), 1, "what came meanwhile will do");
        assert!(cache.newer(&newer, fetch).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_repeated_without_asking_and_takes_nothing_away() {
        let cache = Cache::new(POLICY);
        let down = || async { Err("down".to_owned()) };
        let up = || async { Ok(7) };
        assert_eq!(cache.get(down).await, Err("down".to_owned()));
        assert_eq!(cache.get(up).await, Err("down".to_owned()));
        tokio::time::advance(Duration::from_secs(6)).await;
        let seen = cache.get(up).await.unwrap();
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(cache.newer(&seen, down).await.is_none());
        assert_eq!(cache.get(down).await, Ok(seen));
    }
}
