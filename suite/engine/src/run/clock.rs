//! Time in one scenario: real, or what its requests say it is.

use std::time::{Duration, Instant};

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

    /// Real time since the beginning that no step asked for.
    pub(super) fn unasked(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.waited)
    }
}
