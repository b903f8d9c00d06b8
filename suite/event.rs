//! What the runner reports. Reporters only read these; no event carries presentation.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::message::Said;
use crate::mint::Decoded;
use crate::words::{Finding, Level, Outcome, Reason};

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// The plan is made and the target answers.
    Started(RunInfo),
    /// A scenario came to its end.
    Finished(Box<CaseResult>),
    /// The target died and was started again.
    Restarted {
        /// How it ended.
        ended: String,
    },
    /// Every scenario came to its end.
    Ended(Summary),
}

/// What is run.
#[derive(Clone, Debug)]
pub struct RunInfo {
    /// Name of the target.
    pub target: String,
    /// Version of the target, if it says one.
    pub version: Option<String>,
    /// Name of the profile.
    pub profile: String,
    /// How many scenarios there are, skipped ones included.
    pub total: usize,
}

/// What came of one scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseResult {
    /// `topic/name`.
    pub id: String,
    /// What is special, in one line.
    pub title: String,
    /// How binding it is; a wrong reason is never more than a `should`.
    pub level: Level,
    /// What came of it.
    pub outcome: Outcome,
    /// What is wrong, if anything.
    pub finding: Option<Finding>,
    /// What was expected of the step that decided.
    pub expected: String,
    /// What happened there.
    pub observed: String,
    /// Why the verifier rejected, where it says so.
    pub reason: Option<Reason>,
    /// What the verifier said.
    pub message: Option<String>,
    /// Ids of the requirements.
    pub covers: Vec<String>,
    /// What was said when tokens were refused.
    #[serde(default)]
    pub refusals: Vec<Said>,
    /// Each step that was done.
    pub steps: Vec<StepResult>,
    /// How long it took.
    pub duration: Duration,
    /// Why it was skipped, or why its failure is known.
    pub why: Option<String>,
    /// Whether that is how the backend of the profile departs from the specifications.
    #[serde(default)]
    pub departs: bool,
    /// What the failure means for people.
    pub meaning: Option<String>,
    /// The exchange that shows it.
    pub evidence: Option<Evidence>,
}

/// What came of one step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepResult {
    /// What was done.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What happened.
    pub observed: String,
    /// Whether that was right.
    pub ok: bool,
}

/// The exchange that shows a failure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The token, decoded, its difference from a valid one marked.
    pub decoded: Decoded,
    /// A command line that repeats the request.
    pub curl: String,
    /// What came back: status line and header lines, then the body.
    pub answer: String,
}

/// How many scenarios came to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// As expected.
    pub pass: usize,
    /// Of those, rejections whose reason the answer did not tell.
    pub unproven: usize,
    /// Not as expected.
    pub fail: usize,
    /// Not as expected, and known.
    pub deviation: usize,
    /// Of those, departures of the backend of the profile.
    #[serde(default)]
    pub departures: usize,
    /// Not run.
    pub skip: usize,
    /// Nothing proven.
    pub inconclusive: usize,
    /// Patterns of deviations that match only what passes.
    pub stale_deviations: Vec<String>,
}

impl Summary {
    /// Counts a result.
    pub fn add(&mut self, result: &CaseResult) {
        match result.outcome {
            Outcome::Pass => self.pass += 1,
            Outcome::Fail => self.fail += 1,
            Outcome::Deviation => self.deviation += 1,
            Outcome::Skip => self.skip += 1,
            Outcome::Inconclusive => self.inconclusive += 1,
        }
        if result.outcome == Outcome::Deviation && result.departs {
            self.departures += 1;
        }
        if result.outcome == Outcome::Pass && result.is_unproven() {
            self.unproven += 1;
        }
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.pass + self.fail + self.deviation + self.skip + self.inconclusive
    }

    /// Whether there is nothing to complain of. `strict` also counts what was not proven or run.
    pub fn is_clean(&self, strict: bool) -> bool {
        self.fail == 0
            && self.inconclusive == 0
            && self.stale_deviations.is_empty()
            && (!strict || self.skip == 0)
    }
}

impl CaseResult {
    /// Whether it is a rejection whose reason the answer did not tell.
    pub fn is_unproven(&self) -> bool {
        self.reason.is_none() && self.observed.starts_with("reject")
    }
}
