//! The outcome of a scenario, with its level, its meaning, and the deviations that are known.

use super::ExcusedFinding;
use super::verdict::is_outage;
use crate::event::{CaseResult, Expected, Meaning, Mistake, Why};
use crate::issuer::StartError;
use crate::plan::SkipReason;
use crate::scenario::{Expect, Scenario};
use crate::target::{Deviation, Deviations};
use jwtspec_mint::MintError;
use jwtspec_types::words::{Finding, Level, Outcome};

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

/// The end of a scenario during which the system refused this process connections to issuers:
/// nothing but an acceptance, which no connection that was not made can cause, is a finding then.
pub fn blame_system(abort: Abort, error: String) -> Abort {
    match abort {
        Abort::Failed(finding) | Abort::Inconclusive(finding) if !finding.is_acceptance() => {
            Abort::Impossible(Why::Ours(Mistake::System(error)))
        }
        abort => abort,
    }
}

/// Applies the deviations that are known to a result, where nothing less binding than `limit` is
/// judged.
pub fn deviate(result: &mut CaseResult, deviations: &Deviations, limit: Level) {
    let mut known = deviations.of(&result.id).peekable();
    let Some(first) = known.peek().copied() else { return };
    let (outcome, finding, why) = match result.outcome {
        Outcome::Fail | Outcome::Inconclusive => {
            match known.find(|it| it.knows(result.finding, result.level)) {
                Some(Deviation { why, link, .. }) => {
                    let why = Why::Known { why: why.clone(), link: link.clone() };
                    (Outcome::Deviation, result.finding, why)
                }
                // It is not known whether the verifier still fails so.
                None if result.mistake().is_some() => return,
                None => {
                    let why = Why::Otherwise {
                        why: first.why.clone(),
                        findings: first.findings.clone(),
                        level: first.level,
                        now: result.finding,
                    };
                    (Outcome::Fail, Some(Finding::DeviationChanged), why)
                }
            }
        }
        Outcome::Pass => match deviations.expecting_failure(&result.id, limit) {
            Some(Deviation { why, .. }) => {
                let why = Why::Known { why: why.clone(), link: None };
                (Outcome::Fail, Some(Finding::StaleDeviation), why)
            }
            None => return,
        },
        Outcome::Deviation | Outcome::Skip => return,
    };
    if finding == Some(Finding::StaleDeviation) {
        result.meaning = Some(Meaning::Finding(Finding::StaleDeviation));
    }
    result.before_deviation = Some((result.outcome, result.finding, result.why.take()));
    (result.outcome, result.finding, result.why) = (outcome, finding, Some(why));
}

/// The result as it was before deviations were applied: what a journal keeps.
#[must_use]
pub fn undeviated(result: &CaseResult) -> CaseResult {
    let mut result = result.clone();
    if let Some((outcome, finding, why)) = result.before_deviation.take() {
        if finding.is_none() {
            result.meaning = None;
        }
        (result.outcome, result.finding, result.why) = (outcome, finding, why);
    }
    result
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

/// Returns true if a scenario must run once more, alone, before its failure counts: among many the
/// target may have been busy, or brought down by a neighbour, or this process short of something.
pub fn is_worth_a_retry(result: &CaseResult) -> bool {
    let is_of_this_side =
        matches!(result.why, Some(Why::Ours(Mistake::System(_) | Mistake::Trust(_))));
    let may_be_of_others = matches!(
        result.finding,
        Some(Finding::Fault | Finding::ValidRejected | Finding::ControlRefused | Finding::Poisoned)
    );
    is_of_this_side || may_be_of_others
}

/// Takes note of what a scenario came to at first, where it came to another result alone.
pub fn note_flakiness(alone: &mut CaseResult, first: Option<Finding>) {
    if matches!(alone.outcome, Outcome::Pass | Outcome::Deviation) && alone.finding != first {
        alone.flaky = first;
    }
}

/// Leaves of a result nothing but an acceptance that is a finding by itself, where the target does
/// not tell a good token from a bad one: what else it comes to follows from that.
pub fn keep_acceptances(result: &mut CaseResult) {
    let is_wrong = matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive);
    if is_wrong && !result.finding.is_some_and(Finding::is_acceptance) {
        skip(result, SkipReason::Preflight);
    }
    // Where every token is refused, a refusal is no choice and its message no diagnosis.
    result.choices.clear();
    result.refusals.clear();
}

/// Turns what a scenario comes to into a skip.
pub(super) fn skip(result: &mut CaseResult, why: SkipReason) {
    result.outcome = Outcome::Skip;
    result.why = Some(Why::Skipped(why));
    (result.finding, result.meaning, result.evidence) = (None, None, None);
}

/// Returns true if a result of an earlier run can be taken over. Faults of the target and skipped
/// scenarios are run again.
pub fn is_settled(result: &CaseResult) -> bool {
    result.finding != Some(Finding::Fault)
        && result.outcome != Outcome::Skip
        && !matches!(result.why, Some(Why::Ours(_)))
}

/// The meaning of a failure: the scenario's own words for such a finding, those for the reason that
/// was overlooked, or those for the kind of failure.
pub fn meaning(scenario: &Scenario, result: &CaseResult, finding: Finding) -> Meaning {
    let decisive = result.decisive.as_ref().map(|decisive| &decisive.expected);
    let expect = match decisive {
        Some(Expected::Verdict(expect)) => Some(expect),
        _ => None,
    };
    meaning_of(scenario, expect, finding)
}

/// The same of a step that expects this, if it expects a verdict.
pub fn meaning_of(scenario: &Scenario, expect: Option<&Expect>, finding: Finding) -> Meaning {
    if let Some(risk) = scenario.risk.of(finding) {
        return Meaning::Scenario(risk.to_owned());
    }
    let own = match finding {
        _ if finding.is_acceptance() => {
            expect.and_then(|it| it.reasons().first()).copied().map(Meaning::Overlooked)
        }
        Finding::Fault => expect.is_some_and(is_outage).then_some(Meaning::Outage),
        _ => None,
    };
    own.unwrap_or(Meaning::Finding(finding))
}
