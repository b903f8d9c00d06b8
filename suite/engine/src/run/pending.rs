//! A failure after which a scenario goes on.

use crate::event::{CaseResult, Comparison, Evidence};
use crate::judge::Abort;
use jwtspec_types::words::{Level, Reason};

/// A failure after which the scenario goes on, in case something is accepted that must be refused.
pub(super) struct Pending {
    abort: Abort,
    /// The report shows this exchange, unless something worse follows.
    shown: Shown,
}

/// The parts of a result that one exchange decides.
struct Shown {
    level: Level,
    decisive: Option<Comparison>,
    reason: Option<Reason>,
    message: Option<String>,
    evidence: Option<Evidence>,
}

impl Pending {
    /// A failure that the exchange shows which the result shows now.
    pub(super) fn new(abort: Abort, result: &CaseResult) -> Box<Self> {
        let shown = Shown {
            level: result.level,
            decisive: result.decisive.clone(),
            reason: result.reason,
            message: result.message.clone(),
            evidence: result.evidence.clone(),
        };
        Box::new(Self { abort, shown })
    }

    /// Lets the result show its exchange again.
    pub(super) fn restore(self, result: &mut CaseResult) -> Abort {
        let Self { abort, shown } = self;
        result.level = shown.level;
        result.decisive = shown.decisive;
        result.reason = shown.reason;
        result.message = shown.message;
        result.evidence = shown.evidence;
        abort
    }
}
