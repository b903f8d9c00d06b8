//! The signature of a case, observed alone: with other cases under way it is a hint at most.

use super::latency::Latency;
use super::stability::is_stable;
use super::{AnswerSignature, BehaviourSignature};
use crate::property::presented::Presented;
use crate::property::presenter::Presenter;
use crate::property::{PropertyError, TestCase, check_control};

/// The number of times that a signature must come back.
const TIMES: usize = 3;

/// The signature of one answer, as far as it can be told while other cases are under way.
pub(super) fn hint(presented: &Presented, latency: &Latency) -> BehaviourSignature {
    BehaviourSignature {
        answer: AnswerSignature::summarise(presented),
        latency: latency.class(presented.took),
        fetches: presented.fetches.clone(),
    }
}

/// Presents a case of one token; nothing if it cannot be minted.
pub(super) async fn present(presenter: &Presenter, case: &TestCase) -> Option<Presented> {
    let answers = presenter.present_case(case).await.ok()?;
    answers.into_iter().flatten().next()
}

/// The signature of a case, if it has the same one each time, with the first presentation. Nothing
/// else may be presented meanwhile.
pub(super) async fn observe_signature(
    presenter: &Presenter,
    case: &TestCase,
    latency: &Latency,
) -> Result<Option<(BehaviourSignature, Presented)>, PropertyError> {
    // Only a verifier that has the keys already, and has not just been told to wait, shows what
    // it fetches because of this token.
    presenter.reconfigure(case.setup).await?;
    if check_control(presenter, case.setup).await?.is_some() {
        return Ok(None);
    }
    let Some(first) = present(presenter, case).await else { return Ok(None) };
    let mut signature = hint(&first, latency);
    for _ in 1..TIMES {
        let again = present(presenter, case).await.map(|again| hint(&again, latency));
        match again.filter(|again| again.answer == signature.answer) {
            Some(again) => signature.latency = signature.latency.min(again.latency),
            None => return Ok(None),
        }
    }
    Ok(Some((signature, first)))
}

/// True if a case has this signature, found with as few requests as can tell.
pub(super) async fn has_signature(
    presenter: &Presenter,
    case: &TestCase,
    signature: &BehaviourSignature,
    latency: &Latency,
) -> bool {
    if !is_stable(presenter, case) {
        return false;
    }
    if signature.fetches.is_empty() {
        let Some(presented) = present(presenter, case).await else { return false };
        let hint = hint(&presented, latency);
        return hint.answer == signature.answer && hint.latency == signature.latency;
    }
    let observed = observe_signature(presenter, case, latency).await;
    observed.is_ok_and(|observed| observed.is_some_and(|(observed, _)| observed == *signature))
}
