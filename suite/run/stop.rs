//! Why a scenario ended before its last step, and what that means.

use crate::event::CaseResult;
use crate::issuer::StartError;
use crate::mint::MintError;
use crate::scenario::{Scenario, Step};
use crate::words::{Finding, Level, Outcome, Reason};

/// Why a scenario ended before its last step.
pub(super) enum Stop {
    /// Something is wrong.
    Finding(Finding),
    /// Nothing is proven.
    Inconclusive(Finding),
    /// The target cannot be told what the scenario needs.
    Skip(String),
    /// The scenario asks for what cannot be minted.
    Mistake(MintError),
    /// An issuer cannot be served as it is wanted.
    Issuer(StartError),
}

impl From<MintError> for Stop {
    fn from(error: MintError) -> Self {
        Self::Mistake(error)
    }
}

impl From<StartError> for Stop {
    fn from(error: StartError) -> Self {
        Self::Issuer(error)
    }
}

impl Stop {
    /// Writes down what came of the scenario.
    pub(super) fn conclude(self, result: &mut CaseResult) {
        match self {
            Self::Finding(finding) => {
                result.outcome = Outcome::Fail;
                result.finding = Some(finding);
                if matches!(finding, Finding::WrongReason | Finding::PoorMessage) {
                    result.level = result.level.max(Level::Should);
                }
            }
            Self::Inconclusive(finding) => {
                result.outcome = Outcome::Inconclusive;
                result.finding = Some(finding);
            }
            Self::Skip(why) => {
                result.outcome = Outcome::Skip;
                result.why = Some(why);
            }
            Self::Mistake(error) => {
                result.outcome = Outcome::Inconclusive;
                result.why = Some(format!("the scenario cannot be carried out: {error}"));
            }
            Self::Issuer(error) => {
                result.outcome = Outcome::Inconclusive;
                result.why = Some(error.to_string());
            }
        }
    }
}

/// What a failure means: the scenario's own words, those for the reason that was overlooked, or
/// those for the kind of failure.
pub(crate) fn meaning(scenario: &Scenario, finding: Finding) -> String {
    if finding == Finding::ForgeryAccepted {
        if let Some(risk) = &scenario.risk {
            return risk.clone();
        }
        let mut expectations = scenario.steps.iter().rev().filter_map(|step| match step {
            Step::Present(presentation) => presentation.expect.reasons().first(),
            _ => None,
        });
        if let Some(reason) = expectations.next() {
            return reason.risk().to_owned();
        }
    }
    let troubled = scenario.steps.iter().any(|step| match step {
        Step::Present(presentation) => {
            presentation.expect.reasons().contains(&Reason::KeysUnavailable)
        }
        _ => false,
    });
    match (&scenario.risk, finding) {
        (Some(risk), Finding::ValidRejected | Finding::IssuerAbused | Finding::Poisoned) => {
            risk.clone()
        }
        (_, Finding::Fault) if troubled => {
            "an issuer in trouble makes the service fail, instead of refusing its tokens".to_owned()
        }
        _ => finding.meaning().to_owned(),
    }
}
