//! The outcome of a scenario, with its level, its meaning, and the deviations that are known.

use super::token::is_outage;
use crate::event::{CaseResult, Expected, Meaning, Why};
use crate::issuer::StartError;
use crate::plan::SkipReason;
use crate::scenario::Scenario;
use crate::target::Deviations;
use jwtspec_mint::MintError;
use jwtspec_types::words::{Finding, Outcome};

/// The end of a scenario before its last step.
#[derive(Debug)]
pub enum Abort {
    /// Something is wrong.
    Failed(Finding),
    /// Nothing is proven.
    Inconclusive(Finding),
    /// The target cannot be told or shown what the scenario needs.
    Skipped(SkipReason),
    /// The scenario cannot be carried out.
    Impossible(Why),
}

impl From<MintError> for Abort {
    fn from(error: MintError) -> Self {
        Self::Impossible(Why::NotMinted(error.to_string()))
    }
}

impl From<StartError> for Abort {
    fn from(error: StartError) -> Self {
        Self::Impossible(Why::NotServed(error.to_string()))
    }
}

impl From<SkipReason> for Abort {
    fn from(reason: SkipReason) -> Self {
        Self::Skipped(reason)
    }
}

/// A known difference of the backend of the profile from the specifications that a verifier showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcusedFinding {
    /// The finding without the known difference.
    pub(crate) finding: Finding,
    /// The explanation of the backend's behaviour.
    pub(crate) why: String,
}

/// Writes down what a scenario comes to that ended like this, or reached its last step.
pub fn conclude(
    result: &mut CaseResult,
    scenario: &Scenario,
    abort: Option<Abort>,
    excused: Option<ExcusedFinding>,
) {
    let (outcome, finding, why) = match (abort, &excused) {
        (Some(Abort::Failed(finding)), _) => (Outcome::Fail, Some(finding), None),
        (Some(Abort::Inconclusive(finding)), _) => (Outcome::Inconclusive, Some(finding), None),
        (Some(Abort::Skipped(reason)), _) => (Outcome::Skip, None, Some(Why::Skipped(reason))),
        (Some(Abort::Impossible(why)), _) => (Outcome::Inconclusive, None, Some(why)),
        (None, Some(ExcusedFinding { finding, why })) => {
            result.departs = true;
            (Outcome::Deviation, Some(*finding), Some(Why::Departs(why.clone())))
        }
        (None, None) => (Outcome::Pass, None, None),
    };
    (result.outcome, result.finding, result.why) = (outcome, finding, why);
    result.meaning = result.finding.map(|finding| meaning(scenario, result, finding));
    if matches!(result.outcome, Outcome::Pass | Outcome::Skip) {
        result.evidence = None;
    }
}

/// Applies the deviations that are known to a result.
pub fn deviate(result: &mut CaseResult, deviations: &Deviations) {
    let Some(deviation) = deviations.find(&result.id) else { return };
    let why = deviation.why.clone();
    match result.outcome {
        Outcome::Fail | Outcome::Inconclusive => {
            result.outcome = Outcome::Deviation;
            result.why = Some(Why::Known { why, link: deviation.link.clone() });
        }
        Outcome::Pass if deviations.expects_failure(&result.id) => {
            result.outcome = Outcome::Fail;
            result.finding = Some(Finding::StaleDeviation);
            result.meaning = Some(Meaning::Finding(Finding::StaleDeviation));
            result.why = Some(Why::Known { why, link: None });
        }
        _ => {}
    }
}

/// Returns true if a scenario with this outcome still fails, for deciding whether a deviation is
/// stale; nothing if it did not run.
pub fn shows_failure(outcome: Option<&Outcome>) -> Option<bool> {
    match outcome {
        Some(Outcome::Pass) => Some(false),
        Some(Outcome::Skip) | None => None,
        Some(_) => Some(true),
    }
}

/// Returns true if a scenario must run once more, alone: a fault among many may be the work of a
/// neighbour that brought the target down.
pub fn is_worth_a_retry(result: &CaseResult, jobs: usize) -> bool {
    result.finding == Some(Finding::Fault) && jobs > 1
}

/// Returns true if a result of an earlier run can be taken over. Faults of the target and skipped
/// scenarios are run again.
pub fn is_settled(result: &CaseResult) -> bool {
    result.finding != Some(Finding::Fault) && result.outcome != Outcome::Skip
}

/// The meaning of a failure: the scenario's own words for such a finding, those for the reason that
/// was overlooked, or those for the kind of failure.
pub fn meaning(scenario: &Scenario, result: &CaseResult, finding: Finding) -> Meaning {
    if let Some(risk) = scenario.risk.of(finding) {
        return Meaning::Scenario(risk.to_owned());
    }
    let decisive = result.decisive.as_ref().map(|decisive| &decisive.expected);
    let expect = match decisive {
        Some(Expected::Verdict(expect)) => Some(expect),
        _ => None,
    };
    let own = match finding {
        _ if finding.is_acceptance() => {
            expect.and_then(|it| it.reasons().first()).copied().map(Meaning::Overlooked)
        }
        Finding::Fault => expect.is_some_and(is_outage).then_some(Meaning::Outage),
        _ => None,
    };
    own.unwrap_or(Meaning::Finding(finding))
}
