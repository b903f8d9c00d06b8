//! A session on a socket: what is heard there, and its end.

use super::token::judge_message;
use super::verdict::judge_verdict;
use super::{Answered, Judgement, Policy};
use crate::event::{Observed, Remark};
use crate::scenario::{AnswerSpec, Expect, Hears};
use crate::target::{End, Observation};
use jwtspec_types::words::Finding;

/// Judges what was heard on a socket without a token being sent.
pub fn judge_hearing(hears: &Hears, answered: Answered<'_>, policy: Policy) -> Judgement {
    let expect = hears.expect();
    let observation = answered.observation;
    if matches!(observation, Observation::Conversation(it) if matches!(it.end, End::Silent(_))) {
        let mut judgement = Judgement::new(Observed::Silence);
        judgement.finding = match hears {
            Hears::Nothing => None,
            Hears::Refusal(_) => Some(Finding::SessionOutlivesToken),
        };
        return judgement;
    }
    let mut judgement = judge_verdict(&expect, &AnswerSpec::default(), answered, policy);
    judge_message(&mut judgement, None, &expect, answered, policy);
    judgement
}

/// Judges the end of a session that was asked for. A verifier that closes the connection has ended
/// the session as well.
pub fn judge_sign_out(answered: Answered<'_>, policy: Policy) -> Judgement {
    let mut judgement = judge_verdict(&Expect::Accept, &AnswerSpec::default(), answered, policy);
    if let Observation::Conversation(conversation) = answered.observation {
        if conversation.is_closed_in_order() {
            judgement.finding = None;
        } else if conversation.names_identity == Some(true) {
            judgement.find(Finding::IdentityKept, Some(Remark::IdentityKept));
        }
    }
    judgement
}
