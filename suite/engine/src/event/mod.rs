//! The events of the runner, as data. Reporters make text of them; no event carries presentation.

mod case;
mod ledger;
mod remark;
mod step;

use serde::{Deserialize, Serialize};

use jwtspec_types::words::Outcome;

pub use case::{CaseResult, Choice, Evidence, Meaning, Why};
pub use ledger::{IssuerRequest, LedgerCheck, LedgerObservation, LedgerProperty, LedgerValue};
pub use remark::{AnswerFault, ClaimsFault, Remark};
pub use step::{Action, Comparison, Expected, KnownBy, Observed, StepResult};

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// The plan is made and the target answers.
    RunStarted(RunInfo),
    /// The scenario with this id begins. One that met a fault is begun once more, alone.
    CaseStarted(String),
    /// A step of a scenario came to its end.
    StepFinished {
        /// Id of the scenario.
        id: String,
        /// The result of the step.
        step: Box<StepResult>,
    },
    /// A scenario came to its end.
    CaseFinished(Box<CaseResult>),
    /// The target died and was started again: the end of its process and of its log, or why it could
    /// not be started.
    TargetRestarted(String),
    /// Every scenario came to its end.
    RunFinished(Summary),
}

/// The target and the size of a run.
#[derive(Clone, Debug)]
pub struct RunInfo {
    /// Name of the target.
    pub target: String,
    /// Version of the target, if it says one.
    pub version: Option<String>,
    /// Name of the profile.
    pub profile: String,
    /// The number of scenarios, skipped ones included.
    pub total: usize,
}

/// The number of scenarios with each outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Sums"))]
pub struct Summary {
    /// As expected.
    pub pass: usize,
    /// Of those, rejections whose reason the answer did not tell.
    #[serde(skip)]
    pub unproven: usize,
    /// Not as expected.
    pub fail: usize,
    /// Not as expected, and known.
    pub deviation: usize,
    /// Of those, departures of the backend of the profile from the specifications.
    #[serde(default)]
    pub departures: usize,
    /// Not run.
    pub skip: usize,
    /// Nothing proven.
    pub inconclusive: usize,
    /// Patterns of deviations that match only what passes.
    #[serde(skip)]
    pub stale_deviations: Vec<String>,
}

impl Summary {
    /// Counts a result.
    pub fn add(&mut self, result: &CaseResult) {
        let is = |outcome| usize::from(result.outcome == outcome);
        self.pass += is(Outcome::Pass);
        self.unproven += is(Outcome::Pass) * usize::from(result.is_unproven());
        self.fail += is(Outcome::Fail);
        self.deviation += is(Outcome::Deviation);
        self.departures += is(Outcome::Deviation) * usize::from(result.departs);
        self.skip += is(Outcome::Skip);
        self.inconclusive += is(Outcome::Inconclusive);
    }

    /// The number of scenarios.
    pub fn total(&self) -> usize {
        self.pass + self.fail + self.deviation + self.skip + self.inconclusive
    }

    /// Returns true if there is nothing to complain of. `strict` also counts what was not proven or
    /// run.
    pub fn is_clean(&self, strict: bool) -> bool {
        self.fail == 0
            && self.inconclusive == 0
            && self.stale_deviations.is_empty()
            && (!strict || self.skip == 0)
    }
}
