//! The result of one scenario.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::{Comparison, Observed, StepResult};
use crate::message::Said;
use crate::plan::SkipReason;
use crate::target::TrustFault;
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
    /// The choices of the verifier where both verdicts are allowed, in the order of the steps; the
    /// same one in a row is there once.
    pub choices: Vec<Choice>,
    /// The finding of a first time that was not met again when the scenario was tried again alone.
    pub flaky: Option<Finding>,
    /// Outcome, finding and why before a deviation changed them.
    #[serde(skip)]
    pub before_deviation: Option<(Outcome, Option<Finding>, Option<Why>)>,
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

    /// The mistake on this side of the connection that left it unjudged.
    pub fn mistake(&self) -> Option<&Mistake> {
        match &self.why {
            Some(Why::Ours(mistake)) if self.outcome == Outcome::Inconclusive => Some(mistake),
            _ => None,
        }
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
    /// The target file does not describe the target, its driver does not keep to the contract, or
    /// the system refused this process something: no fault of the verifier.
    Ours(Mistake),
    /// The target declares no cool-down, so this one was waited for.
    AssumedCooldown(Duration),
    /// A deviations file knows another failure.
    Otherwise {
        /// The file's words.
        why: String,
        /// The findings that it knows; any, if it names none.
        findings: Vec<Finding>,
        /// The most binding level that it knows; any, if it names none.
        level: Option<Level>,
        /// The finding now.
        now: Option<Finding>,
    },
}

/// A mistake on this side of the connection.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// A status that `[verdict]` lists neither as accept nor as reject.
    #[error(
        "`[verdict]` of the target file lists the status {0} neither under `accept` nor under `reject`"
    )]
    UnlistedStatus(u16),
    /// A code that closed a socket, which `[verdict]` does not list.
    #[error(
        "`[verdict]` of the target file lists the close code {0} neither under `accept` nor under `reject`"
    )]
    UnlistedCode(u16),
    /// A template of the target file fails for this trust; the words of the error.
    #[error("{0}")]
    Template(String),
    /// The system refused this process something; its words.
    #[error("the system refused jwtspec a connection: {0}")]
    System(String),
    /// The driver, or the process that the target file starts, did not take a trust.
    #[error(transparent)]
    Trust(TrustFault),
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
