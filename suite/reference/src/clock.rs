//! The clocks of a verifier: everything that takes the time for one token goes by one timestamp.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time since 1970.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The clock of the system.
pub fn system_clock() -> Clock {
    Arc::new(system_time)
}

fn system_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A point in time, on the two clocks that a verifier needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timestamp {
    /// Since 1970: for claims, and for dates in header fields.
    pub(super) wall: Duration,
    /// For the age of key sets. Monotonic unless the caller injects a time.
    pub(super) steady: Duration,
    injected: bool,
}

impl Timestamp {
    /// Now: claims by this clock, ages by the monotonic one.
    pub(super) fn now(clock: &Clock) -> Self {
        Self { wall: clock(), steady: monotonic(), injected: false }
    }

    /// A time that the caller injects, for claims and ages alike.
    pub(super) fn stated(now: Duration) -> Self {
        Self { wall: now, steady: now, injected: true }
    }

    /// The time when something is over that took real time. An injected time does not advance.
    pub(super) fn afterwards(self) -> Self {
        if self.injected {
            return self;
        }
        let steady = monotonic();
        let passed = steady.saturating_sub(self.steady);
        Self { wall: self.wall.saturating_add(passed), steady, ..self }
    }
}

/// The monotonic clock, set once by the system's: so ages by it and by stated times compare.
fn monotonic() -> Duration {
    static START: LazyLock<(Instant, Duration)> = LazyLock::new(|| (Instant::now(), system_time()));
    let (instant, time) = *START;
    time + instant.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_time_stands_still_and_others_go_on() {
        let stated = Timestamp::stated(Duration::from_secs(7)).afterwards();
        assert_eq!((stated.wall, stated.steady), (Duration::from_secs(7), Duration::from_secs(7)));

        let clock: Clock = Arc::new(|| Duration::from_secs(7));
        let read = Timestamp::now(&clock);
        assert_eq!(read.wall, Duration::from_secs(7));
        assert!(read.steady > Duration::from_secs(1_700_000_000), "the monotonic clock, not 7");
        let later = read.afterwards();
        assert_eq!(later.wall - read.wall, later.steady - read.steady);
    }
}
