//! What came of one step of a scenario.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ledger::{LedgerCheck, LedgerSeen};
use super::remark::Remark;
use crate::scenario::{Expect, Hears};
use crate::target::Fault;
use jwtspec_types::words::{Finding, Reason};

/// The result of one step. Equal steps that follow one another are kept once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// Place of the step in its scenario; nothing for the control, which is no step of it.
    pub place: Option<usize>,
    /// What was done.
    pub action: Action,
    /// What was expected and what happened.
    pub comparison: Comparison,
    /// What is wrong, if anything.
    pub finding: Option<Finding>,
    /// How long it took.
    pub duration: Duration,
}

impl StepResult {
    /// Whether it came to what was expected.
    pub fn is_ok(&self) -> bool {
        self.finding.is_none()
    }

    /// Whether another step did and showed the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.action == other.action
            && self.is_ok() == other.is_ok()
            && self.comparison.shows_the_same(&other.comparison)
    }
}

/// What was expected of a step, and what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// What was expected.
    pub expected: Expected,
    /// What happened.
    pub observed: Observed,
    /// What else is to be said of it.
    pub remark: Option<Remark>,
    /// Whether the backend of the profile is known to do so.
    pub departs: bool,
}

impl Comparison {
    /// A comparison of which there is nothing else to say.
    pub fn new(expected: Expected, observed: Observed) -> Self {
        Self { expected, observed, remark: None, departs: false }
    }

    fn shows_the_same(&self, other: &Self) -> bool {
        self.observed == other.observed
            && self.remark == other.remark
            && self.departs == other.departs
    }
}

/// What was done in a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A token was presented.
    Present {
        /// Whether it was the valid token.
        valid: bool,
    },
    /// The control was presented before a refusal counts.
    Control,
    /// The control was presented at the end.
    ControlAfterwards,
    /// An issuer was changed.
    ChangeIssuer(String),
    /// Time passed.
    Pass(Duration),
    /// The ledger of an issuer was judged.
    JudgeLedger,
    /// The socket was listened to.
    Listen(Duration),
    /// The session was ended.
    SignOut,
}

/// What was expected of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// A verdict.
    Verdict(Expect),
    /// Something on the socket, or nothing.
    Hears(Hears),
    /// Certain requests to an issuer.
    Ledger(LedgerCheck),
    /// The target takes the trust.
    TrustTaken,
    /// The step is done.
    Done,
}

/// What happened in a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observed {
    /// The token was accepted.
    Accepted {
        /// How that is known.
        by: Mark,
    },
    /// The token was refused.
    Refused {
        /// Why, where the answer tells.
        reason: Option<Reason>,
        /// How that is known.
        by: Mark,
    },
    /// There was no orderly answer.
    Fault(Fault),
    /// Nothing came over the socket that ends the session.
    Silence,
    /// Requests to an issuer.
    Ledger(LedgerSeen),
    /// The target did not take the trust; the words of the error.
    TrustNotTaken(String),
    /// The step was done.
    Done,
    /// Time really passed.
    Waited,
    /// Time passed by the clock that requests set.
    Clock,
}

/// By what a verdict is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The status of an HTTP answer.
    Status(u16),
    /// The code with which a socket was closed.
    Close(u16),
    /// A message on a socket.
    Message,
    /// Nothing came back.
    Nothing,
}
