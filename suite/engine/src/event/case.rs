//! The result of one scenario.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::{Comparison, Observed, StepResult};
use crate::message::Said;
use crate::plan::SkipReason;
use jwtspec_mint::Decoded;
use jwtspec_types::words::{Finding, Level, Outcome, Reason};

/// The result of one scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseResult {
    /// `topic/name`.
    pub id: String,
    /// The one thing that is special, in one line.
    pub title: String,
    /// The level at which it binds; a wrong reason is never more than a `should`.
    pub level: Level,
    /// The outcome.
    pub outcome: Outcome,
    /// The finding, if anything is wrong.
    pub finding: Option<Finding>,
    /// The step that decided: what was expected and what happened.
    pub decisive: Option<Comparison>,
    /// The reason of the rejection, where the verifier states it.
    pub reason: Option<Reason>,
    /// The message of the verifier.
    pub message: Option<String>,
    /// Ids of the requirements.
    pub covers: Vec<String>,
    /// The refusals, with their messages.
    pub refusals: Vec<Said>,
    /// The choice of the verifier where both verdicts are allowed.
    pub choice: Option<Choice>,
    /// Each step that was done.
    pub steps: Vec<StepResult>,
    /// The time that it took.
    pub duration: Duration,
    /// The reason why it was skipped, why nothing is proven, or why its failure is known.
    pub why: Option<Why>,
    /// True if the backend of the profile is known to depart so from the specifications.
    pub departs: bool,
    /// The meaning of the failure for people.
    pub meaning: Option<Meaning>,
    /// The exchange that shows it.
    pub evidence: Option<Evidence>,
}

impl CaseResult {
    /// Returns true if it is a rejection whose reason the answer did not tell.
    pub fn is_unproven(&self) -> bool {
        let observed = self.decisive.as_ref().map(|decisive| &decisive.observed);
        matches!(observed, Some(Observed::Refused { reason: None, .. }))
    }
}

/// The choice of a verifier where both verdicts are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// It accepts.
    Accept,
    /// It rejects.
    Reject,
}

/// The reason why a scenario was skipped, why nothing is proven, or why its failure is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It was skipped.
    Skipped(SkipReason),
    /// A deviations file knows its failure.
    Known {
        /// The file's words.
        why: String,
        /// The file's link.
        link: Option<String>,
    },
    /// The backend of the profile departs; the scenario's words.
    Departs(String),
    /// The scenario asks for what cannot be minted; the words of the error.
    NotMinted(String),
    /// An issuer cannot be served as the scenario asks; the words of the error.
    NotServed(String),
}

/// The meaning of a failure for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// The scenario's own words.
    Scenario(String),
    /// This reason for a rejection was overlooked.
    Overlooked(Reason),
    /// An issuer's outage makes the service fail.
    Outage,
    /// The meaning of any failure of this kind.
    Finding(Finding),
}

/// The exchange that shows a failure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The token, decoded, its difference from a valid one marked.
    pub decoded: Decoded,
    /// A command line that repeats the request.
    pub curl: String,
    /// The answer: status line and header lines, then the body.
    pub answer: String,
}
