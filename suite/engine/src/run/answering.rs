//! The requests that a target still answers.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

use crate::judge::Silence;

/// Scenarios in a row, none of whose tokens was answered, after which a target that answers no valid
/// token is given up.
const UNANSWERED: u32 = 16;

/// The number of times that a target which answers no valid token is started again.
const RESTARTS_OF_SILENT: u32 = 9;

/// The requests that a target answers, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// All of them.
    All,
    /// No valid token: what it accepts all the same is a finding, and its refusals prove nothing.
    NoValidToken,
    /// None of them: it is given up.
    Nothing,
}

/// The present state of a target. It becomes worse only.
#[derive(Default)]
pub(super) struct Answering {
    state: AtomicU8,
    unanswered: AtomicU32,
    restarts: AtomicU32,
    restarts_of_silent: AtomicU32,
    has_answered: AtomicBool,
}

impl Answering {
    pub(super) fn answers(&self) -> Answers {
        match self.state.load(Ordering::Relaxed) {
            0 => Answers::All,
            1 => Answers::NoValidToken,
            _ => Answers::Nothing,
        }
    }

    /// Returns true if it has answered anything.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// Takes note that it has answered something.
    pub(super) fn note_answer(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// The number of times that it fell silent. From the first on each scenario runs alone, so that
    /// the next one that it falls silent of has a name.
    pub(super) fn falls(&self) -> u32 {
        self.restarts_of_silent.load(Ordering::Relaxed)
    }

    /// The number of times that it was started again.
    pub(super) fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Takes note that it was started again.
    pub(super) fn note_restart(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns true if it may be started again though it runs.
    pub(super) fn take_restart_of_silent(&self) -> bool {
        self.restarts_of_silent.fetch_add(1, Ordering::Relaxed) < RESTARTS_OF_SILENT
    }

    /// Takes note that it answers no more than this.
    pub(super) fn limit(&self, answers: Answers) {
        self.state.fetch_max(answers as u8, Ordering::Relaxed);
    }

    /// Takes note of a scenario that was run though valid tokens are not answered.
    pub(super) fn note(&self, silence: Silence) {
        if silence != Silence::Whole {
            self.unanswered.store(0, Ordering::Relaxed);
        } else if self.unanswered.fetch_add(1, Ordering::Relaxed) + 1 >= UNANSWERED {
            self.limit(Answers::Nothing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_given_up_after_scenarios_in_a_row_without_an_answer() {
        let answering = Answering::default();
        answering.limit(Answers::NoValidToken);
        for _ in 0..3 {
            (1..UNANSWERED).for_each(|_| answering.note(Silence::Whole));
            answering.note(Silence::None);
        }
        assert_eq!(answering.answers(), Answers::NoValidToken);
        (0..UNANSWERED).for_each(|_| answering.note(Silence::Whole));
        assert_eq!(answering.answers(), Answers::Nothing);
        answering.limit(Answers::All);
        assert_eq!(answering.answers(), Answers::Nothing);
    }
}
