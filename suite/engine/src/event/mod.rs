//! The events of the runner, as data. Reporters make text of them; no event carries presentation.

mod case;
mod ledger;
mod remark;
mod step;

use serde::{Deserialize, Serialize};

use jwtspec_types::words::Outcome;

pub use case::{CaseResult, Choice, Evidence, Meaning, Mistake, Why};
pub use ledger::{IssuerRequest, LedgerCheck, LedgerObservation, LedgerProperty, LedgerValue};
pub use remark::{AnswerFault, ClaimsFault, Remark};
pub use step::{Action, Comparison, Expected, KnownBy, Observed, StepResult};

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// The plan is made and the target answers.
    RunStarted(RunInfo),
    /// The target does not tell a good token from a bad one. Only scenarios follow in which an
    /// acceptance is a finding by itself.
    PreflightFailed(Box<CaseResult>),
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
    /// The target was started again.
    TargetRestarted(Restart),
    /// Every scenario came to its end.
    RunFinished(Summary),
}

/// The reason why a target was started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It died: the end of its process and of its log, or why it could not be started.
    Died(String),
    /// It ran, and left what the preflight asks without an answer.
    Silent,
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
    /// Of those, scenarios that a mistake left unjudged that is not the verifier's.
    #[serde(skip)]
    pub unjudged: usize,
    /// Scenarios that failed at first, and passed when they were tried again alone.
    #[serde(default)]
    pub flaky: usize,
    /// Patterns of deviations that match only what passes.
    #[serde(skip)]
    pub stale_deviations: Vec<String>,
    /// Patterns of deviations that name no finding, or whose why is still to be written.
    #[serde(skip)]
    pub vague_deviations: Vec<String>,
    /// The way in which the run ended.
    #[serde(skip)]
    pub ending: Ending,
}

/// The way in which a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every scenario that can run has run.
    #[default]
    Whole,
    /// The target does not tell a good token from a bad one.
    PreflightFailed,
    /// The target was given up: it no longer answered.
    GivenUp,
    /// Every scenario was skipped, or left unjudged by a mistake that is not the verifier's.
    NothingRun,
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
        self.unjudged += is(Outcome::Inconclusive) * usize::from(result.mistake().is_some());
        self.flaky += usize::from(result.flaky.is_some());
    }

    /// The number of scenarios.
    pub fn total(&self) -> usize {
        self.pass + self.fail + self.deviation + self.skip + self.inconclusive
    }

    /// Returns true if there is nothing to complain of. `strict` also counts what was not proven or
    /// run, what passed the second time only, and deviations that say too little.
    pub fn is_clean(&self, strict: bool) -> bool {
        let is_whole = self.ending == Ending::Whole;
        let is_strictly_clean =
            self.skip == 0 && self.flaky == 0 && self.vague_deviations.is_empty();
        is_whole
            && self.fail == 0
            && self.inconclusive == 0
            && self.stale_deviations.is_empty()
            && (!strict || is_strictly_clean)
    }

    /// Returns true if the run says nothing of the verifier: it could not be asked, or not as it
    /// should be, and nothing was found all the same.
    pub fn is_void(&self) -> bool {
        self.ending != Ending::Whole && self.fail == 0
    }
}
