//! The risk of a failure, in the words of a scenario: each kind of failure has its own.

use serde::{Deserialize, Serialize};

use super::{Expect, Hears, Step};
use jwtspec_types::members::is_default;
use jwtspec_types::words::Finding;

/// The risks of the failures of a scenario. A finding of another kind has its general meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Risk {
    /// The risk where something is accepted that must be refused, or goes on after its end.
    #[serde(skip_serializing_if = "is_default")]
    pub accepted: Option<String>,
    /// The risk where a valid token is refused.
    #[serde(skip_serializing_if = "is_default")]
    pub refused: Option<String>,
    /// The risk where an issuer is asked more, less or elsewhere than it should be.
    #[serde(skip_serializing_if = "is_default")]
    pub asked: Option<String>,
}

/// The risk as it is written: of the failure that the scenario is about, or of each kind.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum RiskEntry {
    /// The risk of the failure that the scenario is about.
    Text(String),
    /// One risk for each kind of failure.
    Kinds(Risk),
}

impl RiskEntry {
    /// The risks of a scenario with these steps. A text alone is about an acceptance if some step
    /// expects a refusal, else about the requests if some step judges them, else about a refusal.
    pub(super) fn of_steps(self, steps: &[Step]) -> Risk {
        let text = match self {
            Self::Kinds(risk) => return risk,
            Self::Text(text) => Some(text),
        };
        let expects_refusal = |step: &Step| match step {
            Step::Present(presentation) => matches!(presentation.expect, Expect::Reject(_)),
            Step::Hears(hearing) => matches!(hearing.hears, Hears::Refusal(_)),
            _ => false,
        };
        if steps.iter().any(expects_refusal) {
            Risk { accepted: text, ..Risk::default() }
        } else if steps.iter().any(|step| matches!(step, Step::Fetched(_))) {
            Risk { asked: text, ..Risk::default() }
        } else {
            Risk { refused: text, ..Risk::default() }
        }
    }
}

impl Risk {
    /// The risk that a finding means, if the scenario says one for it.
    pub(crate) fn of(&self, finding: Finding) -> Option<&str> {
        match finding {
            Finding::ForgeryAccepted
            | Finding::InvalidAccepted
            | Finding::WeakKeyAccepted
            | Finding::SessionOutlivesToken => self.accepted.as_deref(),
            Finding::ValidRejected | Finding::Poisoned => self.refused.as_deref(),
            Finding::IssuerAbused => self.asked.as_deref(),
            _ => None,
        }
    }
}
