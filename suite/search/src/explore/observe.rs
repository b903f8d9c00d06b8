//! The signature of a case, observed alone: with other cases under way it is a hint at most.

use std::time::{Duration, Instant};

use super::latency::Latency;
use super::stability::is_stable;
use super::{AnswerSignature, BehaviourSignature, Case};
use crate::property::presenter::{Presented, Presenter};
use crate::property::{ConfirmError, check_control};
use jwtspec_mint::MintError;

/// The number of times that a signature must come back.
const TIMES: usize = 3;

/// The observations of one presentation.
pub(super) struct Observed {
    pub(super) presented: Presented,
    pub(super) took: Duration,
    /// The documents of issuers that were fetched meanwhile, for this case or another.
    pub(super) fetches: String,
}

/// Presents a case once.
pub(super) async fn observe(presenter: &Presenter, case: &Case) -> Result<Observed, MintError> {
    let recipe = presenter.recipe(case.setup, &case.differences);
    let prepared = presenter.prepare(case.setup, &recipe, case.request.as_ref()).await?;
    let before = presenter.fetch_counts(case.setup);
    let began = Instant::now();
    let presented = presenter.send(prepared).await;
    let took = began.elapsed();
    let fetches = fetched(&before, &presenter.fetch_counts(case.setup));
    Ok(Observed { presented, took, fetches })
}

/// The documents that were fetched between two counts. Their number does not matter: retries are a
/// matter of time.
fn fetched(before: &[(&str, [usize; 3])], after: &[(&str, [usize; 3])]) -> String {
    const DOCUMENTS: [&str; 3] = ["key set", "discovery", "another place"];
    let mut issuers = Vec::new();
    for ((name, before), (_, after)) in before.iter().zip(after) {
        let documents: Vec<&str> = (DOCUMENTS.iter().zip(before.iter().zip(after)))
            .filter(|(_, (before, after))| before < after)
            .map(|(document, _)| *document)
            .collect();
        if !documents.is_empty() {
            issuers.push(format!("{name}: {}", documents.join(" and ")));
        }
    }
    issuers.join(", ")
}

/// A signature, and the presentation that it is taken from.
pub(super) struct ObservedSignature {
    pub(super) signature: BehaviourSignature,
    pub(super) presented: Presented,
}

/// The signature of a case, if it has the same one each time. Nothing else may be presented meanwhile.
pub(super) async fn observe_signature(
    presenter: &Presenter,
    case: &Case,
    latency: &Latency,
) -> Result<Option<ObservedSignature>, ConfirmError> {
    // Only a verifier that has the signatures already, and has not just been told to wait, shows what
    // it fetches because of this token.
    presenter.reconfigure(case.setup).await?;
    if check_control(presenter, case.setup).await?.is_some() {
        return Ok(None);
    }
    let first = observe(presenter, case).await?;
    let answer = AnswerSignature::summarise(&first.presented);
    let mut took = first.took;
    for _ in 1..TIMES {
        let again = observe(presenter, case).await?;
        if AnswerSignature::summarise(&again.presented) != answer {
            return Ok(None);
        }
        took = took.min(again.took);
    }
    let signature =
        BehaviourSignature { answer, latency: latency.class(took), fetches: first.fetches };
    Ok(Some(ObservedSignature { signature, presented: first.presented }))
}

/// True if a case has this signature, found with as few requests as can tell.
pub(super) async fn has_signature(
    presenter: &Presenter,
    case: &Case,
    signature: &BehaviourSignature,
    latency: &Latency,
) -> bool {
    if !is_stable(presenter, case) {
        return false;
    }
    if signature.fetches.is_empty() {
        let Ok(observe) = observe(presenter, case).await else { return false };
        return AnswerSignature::summarise(&observe.presented) == signature.answer
            && latency.class(observe.took) == signature.latency;
    }
    let observed = observe_signature(presenter, case, latency).await;
    observed.is_ok_and(|observed| observed.is_some_and(|observed| observed.signature == *signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_fetched_is_told_by_issuer_and_document() {
        let before = [("main", [1, 1, 0]), ("second", [0, 0, 0])];
        let after = [("main", [1, 1, 0]), ("second", [2, 1, 0])];
        assert_eq!(fetched(&before, &after), "second: key set and discovery");
        assert_eq!(fetched(&before, &before), "");
    }
}
