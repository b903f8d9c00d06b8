//! Judgements of tokens that search presents: the model says what each must come to.

use super::claims::claims_fault;
use crate::event::Remark;
use crate::message::Leaked;
use crate::message::{Context, find_leak};
use crate::scenario::Expect;
use crate::target::{Observation, PreparedRequest, Verdict, is_field_value};
use jwtspec_types::words::Finding;

/// Longer values of a field a server need not read; what it does then may be lost on the way, as
/// it closes the connection while the rest is still being sent.
const LONG: usize = 8000;

/// The demand on an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// It is orderly, whatever the verdict.
    Orderly,
    /// The verdict is the expected one, where there is only one.
    Verdict,
    /// The same, and the claims that are handed over are those that were signed.
    Claims,
}

/// A token that was presented, and what came back.
#[derive(Clone, Copy)]
pub struct SampleAnswer<'a> {
    /// The token.
    pub token: &'a str,
    /// The request that presented it.
    pub request: &'a PreparedRequest,
    /// The expectation of the model.
    pub expect: &'a Expect,
    /// The observation.
    pub observation: &'a Observation,
    /// The verdict that it means.
    pub verdict: &'a Verdict,
}

/// Returns what is wrong with the answer to one token, if anything.
pub fn judge_sample(demand: Demand, sample: SampleAnswer<'_>) -> Option<(Finding, Option<Remark>)> {
    let plain = |finding| Some((finding, None));
    match (sample.verdict, sample.expect) {
        (Verdict::Fault(_), _) if is_excused(sample) => None,
        (Verdict::Fault(_), _) => plain(Finding::Fault),
        _ if demand == Demand::Orderly => None,
        (Verdict::Accept, Expect::Reject(_)) => plain(Finding::ForgeryAccepted),
        (Verdict::Reject { .. }, Expect::Accept) => plain(Finding::ValidRejected),
        (Verdict::Accept, _) if demand == Demand::Claims => match sample.observation {
            Observation::Answer(answer) => {
                let fault = claims_fault(sample.token, answer)?;
                Some((Finding::ClaimsAltered, Some(Remark::Claims(fault))))
            }
            Observation::Conversation(_) | Observation::Fault(_) => None,
        },
        _ => None,
    }
}

/// Returns true if there need be no answer: HTTP forbids what was sent (RFC 9110 section 5.5), or
/// it is longer than a server need read (section 5.4).
fn is_excused(sample: SampleAnswer<'_>) -> bool {
    let unanswered = match sample.observation {
        Observation::Fault(fault) => !fault.is_timeout(),
        // Nothing forbids a long message, but a server need not read it (RFC 6455 section 10.4).
        Observation::Conversation(conversation) => {
            return conversation.close_code().is_some() && sample.token.len() > LONG;
        }
        Observation::Answer(_) => false,
    };
    let mut fields = sample.request.headers.iter().map(|(_, value)| value);
    unanswered && fields.any(|value| value.len() > LONG || !is_field_value(value))
}

/// Returns what is wrong where bytes that were never signed are accepted.
pub fn judge_unsigned(verdict: &Verdict) -> Option<(Finding, Expect)> {
    (*verdict == Verdict::Accept).then_some((Finding::ForgeryAccepted, Expect::Reject(Vec::new())))
}

/// Returns what is wrong with the second of two tokens that differ in nothing.
pub fn judge_alike(first: &Verdict, other: &Verdict) -> Option<(Finding, Expect)> {
    match (*first == Verdict::Accept, *other == Verdict::Accept) {
        (true, false) => Some((Finding::ValidRejected, Expect::Accept)),
        (false, true) => Some((Finding::ForgeryAccepted, Expect::Reject(Vec::new()))),
        _ => None,
    }
}

/// Returns what is wrong where a token is refused that is valid for longer than one before it.
pub fn judge_longer(before: &Verdict, after: &Verdict) -> Option<(Finding, Remark)> {
    let falls = *before == Verdict::Accept && matches!(after, Verdict::Reject { .. });
    falls.then_some((Finding::ValidRejected, Remark::ShorterAccepted))
}

/// Returns what a refusal holds and must not hold.
pub fn judge_refusal(
    context: Context<'_>,
    verdict: &Verdict,
    observation: &Observation,
) -> Option<Leaked> {
    match (verdict, observation.answer()) {
        (Verdict::Reject { .. }, Some(answer)) => find_leak(context, &answer),
        _ => None,
    }
}
