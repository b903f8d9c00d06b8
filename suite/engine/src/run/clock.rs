//! Time in one scenario: real, or what its requests say it is.

use std::time::{Duration, Instant};

use crate::issuer::LedgerEntry;
use crate::plan::Timetable;
use crate::scenario::Pass;

/// The time of one scenario.
pub(super) struct Clock {
    /// Since 1970. It changes only when a step lets time pass.
    set: Option<Duration>,
    began: Instant,
    waited: Duration,
}

impl Clock {
    /// The clock of a scenario that begins now.
    pub(super) fn start(time: &Timetable) -> Self {
        let set = time.clock.then(|| Duration::from_secs(super::now()));
        Self { set, began: Instant::now(), waited: Duration::ZERO }
    }

    /// Seconds since 1970, for what is minted.
    pub(super) fn now(&self) -> u64 {
        self.set.map_or_else(super::now, |set| set.as_secs())
    }

    /// The time that requests state, if they state one.
    pub(super) fn injected(&self) -> Option<String> {
        let set = self.set?;
        Some(match set.subsec_millis() {
            0 => set.as_secs().to_string(),
            millis => format!("{}.{millis:03}", set.as_secs()),
        })
    }

    /// Lets time pass; what is returned must really be waited.
    pub(super) fn pass(&mut self, time: &Timetable, pass: &Pass) -> Option<Duration> {
        let length = time.length(pass);
        match &mut self.set {
            Some(set) => {
                *set = set.saturating_add(length);
                None
            }
            None => {
                self.waited += length;
                Some(length)
            }
        }
    }

    /// Takes note that nothing was done for so long.
    pub(super) fn stood_still(&mut self, length: Duration) {
        self.waited += length;
    }

    /// The time that excuses one fetch more for each cool-down: from the first of these requests to
    /// the last, but for what a step asked for, and for the turns of others. What went by before
    /// them, or behind them, excuses nothing.
    pub(super) fn counted(&self, requests: &[LedgerEntry]) -> Duration {
        let span = match requests {
            [first, .., last] => last.at.saturating_duration_since(first.at),
            _ => Duration::ZERO,
        };
        self.began.elapsed().saturating_sub(self.waited).min(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_the_queue_excuses_no_fetches() {
        let minute = Duration::from_secs(60);
        let began = Instant::now().checked_sub(2 * minute).unwrap();
        let requests = |gap: Duration| -> Vec<LedgerEntry> {
            let entry = |number| {
                let mut entry = LedgerEntry::new("GET", "/", Vec::new());
                entry.at = began + minute + gap * number;
                entry
            };
            (0..50).map(entry).collect()
        };
        let at_once = requests(Duration::from_millis(1));
        let over_a_minute = requests(minute / 49);

        let clock = Clock { set: None, began, waited: Duration::ZERO };
        assert_eq!(clock.counted(&at_once), Duration::from_millis(49));
        assert_eq!(clock.counted(&at_once[..1]), Duration::ZERO);
        assert!(clock.counted(&over_a_minute) > minute - Duration::from_secs(1));
        // A step that passes time, or a turn that others have, in their midst.
        let clock = Clock { set: None, began, waited: 2 * minute };
        assert!(clock.counted(&over_a_minute) < minute / 2);
    }
}
