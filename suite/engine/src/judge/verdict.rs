//! Verdict × expectation → finding, or none.

use super::answer::{answer_fault, session_fault};
use super::{Answered, Judgement, Maker, Policy, observed};
use crate::event::{Mistake, Remark};
use crate::scenario::{AnswerSpec, Expect};
use crate::target::{
    ConnectionFault, DriverError, End, Fault, Observation, TargetError, TrustFault, Verdict,
};
use jwtspec_types::words::{Finding, Level, Reason};

/// Judges a verdict, and the form of the answer where the verdict is right.
pub(super) fn judge_verdict(
    expect: &Expect,
    terms: &AnswerSpec,
    Answered { verdict, observation, maker, context }: Answered<'_>,
    policy: Policy,
) -> Judgement {
    let mut judgement = Judgement::new(observed(verdict, observation));
    if let Verdict::Fault(fault) = verdict
        && let Some(mistake) = mistake(fault)
    {
        judgement.mistake = Some(mistake);
        return judgement;
    }
    judgement.finding = verdict_finding(expect, verdict, maker, policy);
    if matches!(judgement.finding, Some(Finding::WrongReason | Finding::PoorMessage)) {
        judgement.level = Some(Level::Should);
    }
    if judgement.finding.is_some() {
        return judgement;
    }
    let fault = match observation {
        Observation::Answer(answer) => {
            let fault = answer_fault(terms, verdict, answer, context.token);
            fault.map(|fault| (Finding::WrongAnswer, Remark::Form(fault)))
        }
        Observation::Conversation(conversation) => session_fault(terms, verdict, conversation),
        Observation::Fault(_) => None,
    };
    if let Some((finding, remark)) = fault {
        judgement.find(finding, Some(remark));
    }
    judgement
}

/// The finding if a token of this maker is accepted.
fn acceptance_finding(expect: &Expect, maker: Maker) -> Option<Finding> {
    match expect {
        Expect::Accept | Expect::Either(_) => None,
        Expect::Reject(_) => Some(maker.finding(expect)),
    }
}

/// The finding of the verdict that an expectation does not allow, whatever a refusal says; nothing if
/// it allows both.
pub fn opposite_finding(expect: &Expect, maker: Maker) -> Option<Finding> {
    match expect {
        Expect::Accept => Some(Finding::ValidRejected),
        Expect::Reject(_) | Expect::Either(_) => acceptance_finding(expect, maker),
    }
}

fn verdict_finding(
    expect: &Expect,
    verdict: &Verdict,
    maker: Maker,
    policy: Policy,
) -> Option<Finding> {
    match (expect, verdict) {
        (_, Verdict::Fault(_)) => Some(Finding::Fault),
        (_, Verdict::Accept) => acceptance_finding(expect, maker),
        (Expect::Accept, Verdict::Reject { .. }) => Some(Finding::ValidRejected),
        (Expect::Reject(right) | Expect::Either(right), Verdict::Reject { reason, .. }) => {
            match reason {
                Some(reason) if !right.is_empty() && !right.contains(reason) => {
                    policy.judges(Level::Should).then_some(Finding::WrongReason)
                }
                None if !right.is_empty() => {
                    policy.unproven_reasons.then_some(Finding::PoorMessage)
                }
                _ => None,
            }
        }
    }
}

/// The mistake on this side behind what looks like a fault: an answer in good order that the target
/// file does not speak of, or what the system refused this process.
fn mistake(fault: &Fault) -> Option<Mistake> {
    match fault {
        Fault::Status { status, .. } if *status < 500 => Some(Mistake::UnlistedStatus(*status)),
        // RFC 6455 section 7.4.1: no code, no closing handshake, or a server that failed.
        Fault::Conversation(End::Closed { code: 1005 | 1006 | 1011, .. }) => None,
        Fault::Conversation(End::Closed { code, .. }) => Some(Mistake::UnlistedCode(*code)),
        Fault::Connection(fault) => refused_by_the_system(fault),
        Fault::Status { .. } | Fault::Conversation(_) => None,
    }
}

/// The mistake for which a target could not be told a trust. It is never the verifier's: no token
/// was presented to it, and by its contract a driver answers whatever its library thinks of a trust.
pub fn mistake_of_target(error: &TargetError) -> Mistake {
    let fault = match error {
        TargetError::Template(error) => return Mistake::Template(error.to_string()),
        TargetError::Driver(DriverError::Unreachable { fault, .. }) => {
            return refused_by_the_system(fault)
                .unwrap_or_else(|| Mistake::Trust(TrustFault::Connection(fault.clone())));
        }
        TargetError::Driver(DriverError::Trust { fault, .. }) => fault.clone(),
        #[cfg(feature = "target-file")]
        TargetError::Process(_) => TrustFault::NotStarted,
        error => TrustFault::System(error.to_string()),
    };
    Mistake::Trust(fault)
}

fn refused_by_the_system(fault: &ConnectionFault) -> Option<Mistake> {
    match fault {
        ConnectionFault::OutOfResources(refused) => Some(Mistake::System(refused.clone())),
        _ => None,
    }
}

/// Returns true if a refusal is due because an issuer is in trouble.
pub fn is_outage(expect: &Expect) -> bool {
    expect.reasons().contains(&Reason::KeysUnavailable)
}
