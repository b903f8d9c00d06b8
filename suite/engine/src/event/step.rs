//! The result of one step of a scenario.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ledger::{LedgerCheck, LedgerObservation};
use super::remark::Remark;
use crate::scenario::{Expect, Hears};
use crate::target::Fault;
use jwtspec_types::words::{Finding, Reason};

/// The result of one step. Equal steps that follow one another are kept once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// Place of the step in its scenario; nothing for the control, which is no step of it.
    pub place: Option<usize>,
    /// The action.
    pub action: Action,
    /// The expectation and the observation.
    pub comparison: Comparison,
    /// The finding, if anything is wrong with the verifier.
    pub finding: Option<Finding>,
    /// True if the observation is not as expected, the verifier's fault or not.
    pub is_wrong: bool,
    /// The time that it took.
    pub duration: Duration,
}

impl StepResult {
    /// Returns true if the observation is as expected.
    pub fn is_ok(&self) -> bool {
        !self.is_wrong
    }

    /// Returns true if another step did and showed the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.action == other.action
            && self.is_ok() == other.is_ok()
            && self.comparison.shows_the_same(&other.comparison)
    }
}

/// The expectation of a step, and the observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The expectation.
    pub expected: Expected,
    /// The observation.
    pub observed: Observed,
    /// A remark on the observation.
    pub remark: Option<Remark>,
    /// True if the backend of the profile is known to do so.
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

/// The action of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A token was presented.
    Present {
        /// True if it was the valid token.
        valid: bool,
        /// True if the request carried it; else it carried another credential, or none.
        sent: bool,
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

impl Action {
    /// Returns true if the target is asked something.
    pub(crate) fn is_exchange(&self) -> bool {
        !matches!(self, Self::ChangeIssuer(_) | Self::Pass(_) | Self::JudgeLedger)
    }
}

/// The expectation of a step.
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

/// The observation of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observed {
    /// The token was accepted.
    Accepted {
        /// The sign by which that is known.
        by: KnownBy,
    },
    /// The token was refused.
    Refused {
        /// The reason, where the answer states it.
        reason: Option<Reason>,
        /// The sign by which that is known.
        by: KnownBy,
    },
    /// There was no orderly answer.
    Fault(Fault),
    /// Nothing came over the socket that ends the session.
    Silence,
    /// Requests to an issuer.
    Ledger(LedgerObservation),
    /// The target did not take the trust; the words of the error.
    TrustNotTaken(String),
    /// The step was done.
    Done,
    /// Time really passed.
    Waited,
    /// Time passed by the clock that requests set.
    Clock,
}

/// The sign by which a verdict is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownBy {
    /// The status of an HTTP answer.
    Status(u16),
    /// The code with which a socket was closed.
    Close(u16),
    /// A message on a socket.
    Message,
    /// Nothing came back.
    Nothing,
}
