//! The cases worth keeping: one for each signature, and which of them is next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{AnswerSignature, BehaviourSignature};
use crate::property::TestCase;
use crate::rng::Rng;

/// More messages of one reason and status are taken together: some targets repeat what they met.
const MOST_TEMPLATES: usize = 60;
/// So often a signature is looked for alone that one answer hinted at.
const MOST_TRIES: u8 = 3;

/// A case of the corpus.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The smallest case known with its signature.
    pub case: TestCase,
    /// The number of cases that had this signature.
    pub hits: usize,
    /// Its file, where there is one.
    pub path: Option<PathBuf>,
    /// The number of times that others were made from it.
    picks: usize,
}

/// The cases worth keeping.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    kept: BTreeMap<BehaviourSignature, Kept>,
    templates: BTreeMap<(Option<u16>, String), BTreeSet<String>>,
    tries: BTreeMap<BehaviourSignature, u8>,
}

impl Corpus {
    /// The answer's signature, with messages taken together where there are too many.
    pub(super) fn bounded(&mut self, answer: AnswerSignature) -> AnswerSignature {
        let templates = self.templates.entry((answer.status, answer.reason.clone())).or_default();
        if templates.contains(&answer.template) {
            return answer;
        }
        if templates.len() >= MOST_TEMPLATES {
            return answer.with_any_message();
        }
        templates.insert(answer.template.clone());
        answer
    }

    pub(super) fn find(&self, signature: &BehaviourSignature) -> Option<&Kept> {
        self.kept.get(signature)
    }

    /// Counts a case; it is not known yet whether more than its answer is special.
    pub(super) fn count(&mut self, signature: &BehaviourSignature) {
        let plain = BehaviourSignature::plain(signature.answer.clone());
        let exact = self.kept.contains_key(signature);
        if let Some(kept) = self.kept.get_mut(if exact { signature } else { &plain }) {
            kept.hits += 1;
        }
    }

    /// True if a case is worth observing alone for this signature; each call counts.
    pub(super) fn is_worth_trying(&mut self, signature: &BehaviourSignature) -> bool {
        if self.kept.contains_key(signature) {
            return false;
        }
        let tries = self.tries.entry(signature.clone()).or_default();
        *tries = tries.saturating_add(1);
        *tries <= MOST_TRIES
    }

    /// True if this case is smaller than the one that is kept for its signature, or none is.
    pub(super) fn is_better(&self, signature: &BehaviourSignature, case: &TestCase) -> bool {
        self.kept.get(signature).is_none_or(|kept| case.is_simpler_than(&kept.case))
    }

    /// Keeps a case, instead of the one that was kept for its signature.
    pub(super) fn keep(
        &mut self,
        signature: BehaviourSignature,
        case: TestCase,
        path: Option<PathBuf>,
    ) {
        let hits = self.kept.get(&signature).map_or(1, |kept| kept.hits);
        let picks = self.kept.get(&signature).map_or(0, |kept| kept.picks);
        self.kept.insert(signature, Kept { case, hits, path, picks });
    }

    /// A case to make others from: the rarer its signature, and the less often it was taken, the
    /// likelier.
    pub(super) fn pick(&mut self, rng: &mut Rng) -> Option<TestCase> {
        let energy = |kept: &Kept| 100 + 1_000_000 / (1 + kept.hits) / (1 + kept.picks / 16);
        let all: usize = self.kept.values().map(energy).sum();
        let mut left = rng.below(all);
        for kept in self.kept.values_mut() {
            let energy = energy(kept);
            if left < energy {
                kept.picks += 1;
                return Some(kept.case.clone());
            }
            left -= energy;
        }
        None
    }

    /// True if a case that is kept is written to this file.
    pub(super) fn owns(&self, path: &Path) -> bool {
        self.kept.values().any(|kept| kept.path.as_deref() == Some(path))
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn into_kept(self) -> BTreeMap<BehaviourSignature, Kept> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(reason: &str) -> BehaviourSignature {
        BehaviourSignature::plain(AnswerSignature {
            status: Some(401),
            reason: reason.to_owned(),
            template: String::new(),
        })
    }

    #[test]
    fn the_rare_is_taken_more_often_and_nothing_is_starved() {
        let mut corpus = Corpus::default();
        for reason in ["common", "rare"] {
            let literal = jwtspec_mint::recipe::Difference::Literal(reason.to_owned());
            let case = TestCase::of(0, vec![literal]);
            corpus.keep(signature(reason), case, None);
        }
        (0..1000).for_each(|_| corpus.count(&signature("common")));
        let mut rare = 0;
        for number in 0..1000 {
            let case = corpus.pick(&mut Rng::new(1, &number.to_string())).expect("there are two");
            rare += usize::from(format!("{case:?}").contains("rare"));
        }
        assert!((600..1000).contains(&rare), "{rare}");
    }

    #[test]
    fn messages_without_end_are_taken_together() {
        let mut corpus = Corpus::default();
        let answer = |number: usize| AnswerSignature {
            status: Some(401),
            reason: "malformed".to_owned(),
            template: format!("at {number}"),
        };
        let templates: BTreeSet<AnswerSignature> =
            (0..500).map(|number| corpus.bounded(answer(number))).collect();
        assert_eq!(templates.len(), MOST_TEMPLATES + 1);
        assert_eq!(corpus.bounded(answer(3)), answer(3));
    }
}
