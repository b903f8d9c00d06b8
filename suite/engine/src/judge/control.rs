//! The control: a valid token must be accepted before a refusal proves anything, and still be
//! accepted at the end.

use super::token::Answered;
use super::verdict::judge_verdict;
use super::{Abort, Judgement, Policy};
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

/// Judges the control before a refusal, and says how the scenario ends because of it.
pub fn judge_control(answered: Answered<'_>, policy: Policy) -> (Judgement, Option<Abort>) {
    let judgement = judge_valid(answered, policy);
    let abort = judgement.finding.map(|finding| match finding {
        Finding::Fault => Abort::Inconclusive(Finding::Fault),
        _ => Abort::Inconclusive(Finding::ControlRefused),
    });
    (judgement, abort)
}

/// Judges the control at the end: a token must not break the verifier for the next caller.
pub fn judge_control_afterwards(
    answered: Answered<'_>,
    controlled: bool,
    policy: Policy,
) -> (Judgement, Option<Abort>) {
    let judgement = judge_valid(answered, policy);
    let abort = judgement.finding.map(|finding| match finding {
        Finding::Fault => Abort::Failed(Finding::Fault),
        // Where both verdicts are allowed no control came first: nothing is proven.
        _ if !controlled => Abort::Inconclusive(Finding::ControlRefused),
        _ => Abort::Failed(Finding::Poisoned),
    });
    (judgement, abort)
}

fn judge_valid(answered: Answered<'_>, policy: Policy) -> Judgement {
    let Answered { observation, verdict, .. } = answered;
    judge_verdict(&Expect::Accept, &AnswerSpec::default(), verdict, observation, policy)
}
