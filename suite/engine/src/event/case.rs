//! What came of one scenario.

use std::time::Duration;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
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
    /// What is special, in one line.
    pub title: String,
    /// How binding it is; a wrong reason is never more than a `should`.
    pub level: Level,
    /// What came of it.
    pub outcome: Outcome,
    /// What is wrong, if anything.
    pub finding: Option<Finding>,
    /// The step that decided: what was expected and what happened.
    pub decisive: Option<Comparison>,
    /// Why the verifier rejected, where it says so.
    pub reason: Option<Reason>,
    /// What the verifier said.
    pub message: Option<String>,
    /// Ids of the requirements.
    pub covers: Vec<String>,
    /// What was said when tokens were refused.
    pub refusals: Vec<Said>,
    /// What the verifier did where both verdicts are allowed.
    pub choice: Option<Choice>,
    /// Each step that was done.
    pub steps: Vec<StepResult>,
    /// How long it took.
    pub duration: Duration,
    /// Why it was skipped, why nothing is proven, or why its failure is known.
    pub why: Option<Why>,
    /// Whether that is how the backend of the profile departs from the specifications.
    pub departs: bool,
    /// What the failure means for people.
    pub meaning: Option<Meaning>,
    /// The exchange that shows it.
    pub evidence: Option<Evidence>,
}

impl CaseResult {
    /// Whether it is a rejection whose reason the answer did not tell.
    pub fn is_unproven(&self) -> bool {
        let observed = self.decisive.as_ref().map(|decisive| &decisive.observed);
        matches!(observed, Some(Observed::Refused { reason: None, .. }))
    }
}

/// What a verifier does where both verdicts are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// It accepts.
    Accept,
    /// It rejects.
    Reject,
}

/// Why a scenario was skipped, why nothing is proven, or why its failure is known.
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

/// What a failure means for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// The scenario's own words.
    Scenario(String),
    /// This was overlooked.
    Overlooked(Reason),
    /// An issuer's outage makes the service fail.
    Outage,
    /// What any failure of this kind means.
    Finding(Finding),
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
