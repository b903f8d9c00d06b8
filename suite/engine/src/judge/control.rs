//! The control: a valid token must be accepted before a refusal proves anything, and still be
//! accepted at the end. An acceptance of what must be refused is evidence without it.

use super::verdict::judge_verdict;
use super::{Abort, Answered, Judgement, Policy};
use crate::event::{Action, Why};
use crate::plan::Case;
use crate::scenario::{AnswerSpec, Expect, Step};
use crate::target::Verdict;
use jwtspec_types::words::Finding;

/// Returns true if the control must be presented before a token with this expectation.
pub fn needs_control(expect: &Expect, controlled: bool) -> bool {
    matches!(expect, Expect::Reject(_)) && !controlled
}

/// Returns true if the control must be presented at the end. Where every step allows both verdicts,
/// only a valid token can show that the verifier does not simply refuse everything.
pub fn needs_control_afterwards(case: &Case, controlled: bool) -> bool {
    let last = case.scenario.steps.last();
    let ends_with_accept = matches!(last, Some(Step::Present(p)) if p.expect == Expect::Accept);
    !controlled || case.scenario.one_step && !ends_with_accept
}

/// Returns true if a verdict shows, as the control does, that the verifier accepts valid tokens.
pub fn proves(expect: &Expect, verdict: &Verdict) -> bool {
    *verdict == Verdict::Accept && *expect == Expect::Accept
}

/// Judges the control, and says how the scenario ends because of it. At the end it shows whether a
/// token broke the verifier for the next caller.
pub fn judge_control(
    action: &Action,
    answered: Answered<'_>,
    controlled: bool,
    policy: Policy,
) -> (Judgement, Option<Abort>) {
    let judgement = judge_verdict(&Expect::Accept, &AnswerSpec::default(), answered, policy);
    let is_last = *action == Action::ControlAfterwards;
    if let Some(mistake) = &judgement.mistake {
        let abort = Abort::Impossible(Why::Ours(mistake.clone()));
        return (judgement, Some(abort));
    }
    let abort = judgement.finding.map(|finding| match finding {
        Finding::Fault if is_last => Abort::Failed(Finding::Fault),
        Finding::Fault => Abort::Inconclusive(Finding::Fault),
        _ if is_last && controlled => Abort::Failed(Finding::Poisoned),
        // Where both verdicts are allowed no control came first: nothing is proven.
        _ => Abort::Inconclusive(Finding::ControlRefused),
    });
    (judgement, abort)
}

/// Returns true if a scenario ends so at once. After anything else that is wrong it goes on, as long
/// as a token follows whose acceptance would be a finding by itself.
pub fn is_final(abort: &Abort) -> bool {
    match abort {
        Abort::Failed(finding) => finding.is_acceptance(),
        Abort::Inconclusive(_) => false,
        Abort::Impossible(Why::Ours(_)) => false,
        Abort::Skipped(_) | Abort::Impossible(_) => true,
    }
}

/// Returns true if a step from this one on presents a token whose acceptance is a finding by itself.
pub fn acceptance_may_follow(case: &Case, from: usize) -> bool {
    case.scenario
        .presentations()
        .any(|(index, it)| index >= from && matches!(case.expect(index, it), Expect::Reject(_)))
}
