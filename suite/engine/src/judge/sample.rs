//! Judgements of tokens that search presents: the model says what each must come to.

use serde::Deserialize;

use super::acceptance::Maker;
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

/// The aspect of a case that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Tokens that must be accepted; others are not presented.
    Accepted,
    /// Tokens that must be refused; others are not presented.
    Refused,
    /// Any tokens: the verdict is the expected one, where there is only one.
    Expected,
    /// Tokens that differ in nothing get the same verdict.
    Same,
    /// Of a row of tokens none is refused after one that is valid for less long was accepted.
    Monotone,
    /// Whatever the verdict, there is an orderly answer.
    Orderly,
    /// The claims that are handed over are those that were signed.
    Claims,
}

impl Kind {
    /// True if a token of which this is expected is worth presenting.
    pub fn wants(self, expect: &Expect) -> bool {
        match self {
            Self::Accepted | Self::Claims => *expect == Expect::Accept,
            Self::Refused => matches!(expect, Expect::Reject(_)),
            _ => true,
        }
    }
}

/// A token that was presented, and what came back.
#[derive(Clone, Copy)]
pub struct SampleAnswer<'a> {
    /// The token.
    pub token: &'a str,
    /// The request that presented it.
    pub request: &'a PreparedRequest,
    /// Its maker.
    pub maker: Maker,
    /// The expectation of the model.
    pub expect: &'a Expect,
    /// The observation.
    pub observation: &'a Observation,
    /// The verdict that it means.
    pub verdict: &'a Verdict,
}

/// Returns what is wrong with the answer to one token, if anything.
pub fn judge_sample(kind: Kind, sample: SampleAnswer<'_>) -> Option<(Finding, Option<Remark>)> {
    let plain = |finding| Some((finding, None));
    match (sample.verdict, sample.expect) {
        (Verdict::Fault(_), _) if is_excused(sample) => None,
        (Verdict::Fault(_), _) => plain(Finding::Fault),
        // Bytes that were never signed are no token.
        (Verdict::Accept, _) if kind == Kind::Orderly => plain(Finding::ForgeryAccepted),
        _ if kind == Kind::Orderly => None,
        (Verdict::Accept, expect @ Expect::Reject(_)) => plain(sample.maker.finding(expect)),
        (Verdict::Reject { .. }, Expect::Accept) => plain(Finding::ValidRejected),
        (Verdict::Accept, _) if kind == Kind::Claims => match sample.observation {
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

/// The token that was refused of two that differ in nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The first.
    First,
    /// The other.
    Other,
}

/// Returns which of two tokens that differ in nothing was refused, and what is wrong with that, if
/// the verifier accepted one of them and refused the other.
///
/// A token that must be refused is judged by itself: of these the verifier may take either verdict
/// for the right one, and has to stay with it.
pub fn judge_alike(first: &Verdict, other: &Verdict) -> Option<(Refused, Finding, Remark)> {
    let refused = match (first, other) {
        (Verdict::Reject { .. }, Verdict::Accept) => Refused::First,
        (Verdict::Accept, Verdict::Reject { .. }) => Refused::Other,
        _ => return None,
    };
    Some((refused, Finding::ValidRejected, Remark::AlikeAccepted))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_tokens_that_differ_in_nothing_the_refused_one_is_at_fault() {
        let refused = || Verdict::Reject { reason: None, message: String::new() };
        let judged = |refused| Some((refused, Finding::ValidRejected, Remark::AlikeAccepted));
        assert_eq!(judge_alike(&refused(), &Verdict::Accept), judged(Refused::First));
        assert_eq!(judge_alike(&Verdict::Accept, &refused()), judged(Refused::Other));
        assert_eq!(judge_alike(&refused(), &refused()), None);
        assert_eq!(judge_alike(&Verdict::Accept, &Verdict::Accept), None);
    }
}
