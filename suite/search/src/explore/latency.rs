//! Latency classes: powers of four over what is usual, and never below a floor.

use std::collections::VecDeque;
use std::time::Duration;

/// Faster than this nothing is slow: schedulers alone do more.
const FLOOR: Duration = Duration::from_millis(50);
/// So many answers make what is usual.
const RECENT: usize = 101;
/// Slower than this class is as slow as it.
const SLOWEST: u8 = 4;

/// Knows how long answers usually take.
#[derive(Debug)]
pub(super) struct Latency {
    enabled: bool,
    recent: VecDeque<Duration>,
}

impl Latency {
    /// If it is not enabled, nothing is ever slow.
    pub(super) fn new(enabled: bool) -> Self {
        Self { enabled, recent: VecDeque::new() }
    }

    /// Takes note of an answer.
    pub(super) fn note(&mut self, took: Duration) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(took);
    }

    /// The latency class, in powers of four over the median; 0 is as usual.
    pub(super) fn class(&self, took: Duration) -> u8 {
        if !self.enabled || took < FLOOR || self.recent.len() < RECENT / 4 {
            return 0;
        }
        let mut sorted: Vec<Duration> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        let usual = sorted[sorted.len() / 2];
        let mut edge = usual * 4;
        let mut class = 0;
        while class < SLOWEST && took >= edge {
            class += 1;
            edge *= 4;
        }
        class
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_coarse_and_small_times_are_never_slow() {
        let mut latency = Latency::new(true);
        assert_eq!(latency.class(Duration::from_secs(9)), 0, "nothing is known yet");
        (0..200).for_each(|_| latency.note(Duration::from_millis(20)));
        let class = |millis| latency.class(Duration::from_millis(millis));
        assert_eq!([class(1), class(79), class(80), class(320), class(90_000)], [0, 0, 1, 2, 4]);
        let mut fast = Latency::new(true);
        (0..200).for_each(|_| fast.note(Duration::from_micros(300)));
        assert_eq!(fast.class(Duration::from_millis(49)), 0);
        assert_eq!(Latency::new(false).class(Duration::from_secs(9)), 0);
    }
}
