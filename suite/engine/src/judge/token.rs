//! The judgement of one token that a scenario presents.

use super::claims::claims_fault;
use super::verdict::{is_outage, judge_verdict};
use super::{Answered, ExcusedFinding, Judgement, Policy};
use crate::event::{Choice, Remark};
use crate::message::{Leaked, describe_refusal, find_leak};
use crate::plan::Case;
use crate::scenario::{Expect, Presentation};
use crate::target::{Observation, Verdict};
use jwtspec_types::words::{Finding, Level, Reason};

/// Judges the answer to a token of a step.
pub fn judge_token(
    case: &Case,
    presentation: &Presentation,
    answered: Answered<'_>,
    policy: Policy,
) -> Judgement {
    let Answered { observation, verdict, context, .. } = answered;
    let expect = case.expect(context.step, presentation);
    let mut judgement = judge_verdict(&expect, &presentation.answer, answered, policy);
    if let (None, Verdict::Accept, Observation::Answer(answer)) =
        (judgement.finding, verdict, observation)
        && presentation.answer.claims
        && let Some(fault) = claims_fault(context.token, answer)
    {
        judgement.find(Finding::ClaimsAltered, Some(Remark::Claims(fault)));
    }
    judgement.choice = choice(&expect, verdict);
    allow_difference(&mut judgement, case, presentation, answered, policy);
    // One thing is wrong for certain where the scenario says which, or allows one only. That a
    // backend has one message for several does not make it several.
    let stated = case.stated(context.step, presentation);
    judge_message(&mut judgement, presentation.cause, &stated, answered, policy);
    excuse_outage(&mut judgement, &expect, policy);
    judgement
}

/// The choice of the verifier, where both verdicts are allowed.
fn choice(expect: &Expect, verdict: &Verdict) -> Option<Choice> {
    match (expect, verdict) {
        (Expect::Either(_), Verdict::Accept) => Some(Choice::Accept),
        (Expect::Either(_), Verdict::Reject { .. }) => Some(Choice::Reject),
        _ => None,
    }
}

/// Turns a finding into a known difference if the backend of the profile is known to do so: it is
/// noted, and the scenario goes on.
fn allow_difference(
    judgement: &mut Judgement,
    case: &Case,
    presentation: &Presentation,
    answered: Answered<'_>,
    policy: Policy,
) {
    let step = answered.context.step;
    let Some(finding) = judgement.finding else { return };
    let Some(difference) = case.known_difference(step) else { return };
    let expect = case.expect(step, presentation);
    let (wanted, terms) = difference.expectation(&expect, &presentation.answer, case.profile);
    if judge_verdict(&wanted, &terms, answered, policy).finding.is_none() {
        judgement.finding = None;
        judgement.level = None;
        judgement.excused = Some(ExcusedFinding { finding, why: difference.why });
    }
}

/// Takes note of what a refusal says. That it says too much is a finding, if there is no other.
pub(super) fn judge_message(
    judgement: &mut Judgement,
    cause: Option<Reason>,
    stated: &Expect,
    answered: Answered<'_>,
    policy: Policy,
) {
    let Answered { observation, verdict, context, .. } = answered;
    let (Verdict::Reject { reason, message }, Some(answer)) = (verdict, observation.answer())
    else {
        return;
    };
    let cause = match (cause, stated) {
        (Some(cause), _) => Some(cause),
        (None, Expect::Reject(right)) if right.len() == 1 => right.first().copied(),
        _ => None,
    };
    judgement.said = describe_refusal(context, cause, *reason, stated.reasons(), message, &answer);
    let is_judged = |leaked: &Leaked| !policy.verdicts_only && policy.judges(leaked.level());
    let leaked = find_leak(context, &answer).filter(is_judged);
    if let (None, Some(leaked)) = (judgement.finding, leaked) {
        judgement.level = Some(leaked.level());
        judgement.find(Finding::SecretLeaked, Some(Remark::Holds(leaked)));
    }
}

/// RFC 9110 section 15.6 lets a server fail where the fault is not the caller's: that it should
/// refuse instead is advice.
fn excuse_outage(judgement: &mut Judgement, expect: &Expect, policy: Policy) {
    if judgement.finding == Some(Finding::Fault) && is_outage(expect) {
        judgement.level = Some(Level::Should);
        if !policy.judges(Level::Should) {
            judgement.finding = None;
        }
    }
}
