//! Cases that look wrong or new are presented again, alone, and shrunk.

use super::super::check::Check;
use super::super::observe::has_signature;
use super::super::{AnswerSignature, BehaviourSignature, Case};
use super::{Search, SearchEvent};
use crate::property::find::Find;
use crate::property::presenter::Presented;
use crate::property::{
    Confirmed, PropertyError, Suspicion, TestCase, blame, confirm_and_shrink, lost_controls,
    shrink_while,
};

/// More different finds are counted and not shrunk.
const MOST_FINDS: usize = 60;
/// So often it is asked whether a smaller case has the same signature.
const MOST_REQUESTS: usize = 40;

impl Search<'_> {
    /// Confirms and shrinks what looks wrong, unless it is known.
    pub(super) async fn investigate(
        &mut self,
        check: Check,
        test_case: TestCase,
        suspicion: &Suspicion,
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        if Find::count_repeat(&mut self.explored.finds, &test_case, suspicion)
            || self.explored.finds.len() >= MOST_FINDS
        {
            self.explored.repeats += 1;
            return Ok(());
        }
        if let Some(ended) = self.presenter.revive().await? {
            (self.tell)(SearchEvent::Restarted { ended });
        }
        let presenter = self.presenter;
        let judge = |test_case: &TestCase, presented: &[Vec<Presented>]| {
            check.judge(presenter, &Case::of(test_case.clone()), presented)
        };
        match confirm_and_shrink(presenter, &judge, test_case, suspicion).await? {
            Confirmed::No => self.explored.unconfirmed += 1,
            Confirmed::ControlLost(setup, lost) => self.blame((setup, *lost), recent).await?,
            Confirmed::Found(test_case, found) => {
                let (suspicion, presented) = *found;
                self.record(test_case, &suspicion, &presented);
            }
        }
        Ok(())
    }

    fn record(&mut self, test_case: TestCase, suspicion: &Suspicion, presented: &[Vec<Presented>]) {
        let case = Case::of(test_case.clone());
        let Some(property) = Check::property(&case, suspicion.finding) else { return };
        let mut find = Find::new(self.presenter, property, test_case, suspicion, presented);
        if let Some(level) = suspicion.level {
            find.result.level = level;
            find.scenario.level = level;
        }
        match self.explored.finds.iter_mut().find(|known| known.id == find.id) {
            Some(known) => {
                known.repeats += 1;
                self.explored.repeats += 1;
            }
            None if find.level() > self.options.limit => {}
            None => {
                (self.tell)(SearchEvent::Found(&find));
                self.explored.finds.push(find);
            }
        }
    }

    /// Measures a case whose signature looks new, or that says less than the one that is kept.
    pub(super) async fn investigate_signature(&mut self, case: Case) -> Result<(), PropertyError> {
        if self.presenter.revive().await?.is_some() {
            // What ends the target is for the oracle.
            return Ok(());
        }
        let Some(observed) = self.observe_signature(&case).await? else {
            self.explored.unconfirmed += 1;
            return Ok(());
        };
        let signature = self.bounded(observed.signature);
        if !self.corpus.is_better(&signature, &case) {
            return Ok(());
        }
        let presenter = self.presenter;
        // Messages that are taken together are told apart again while one of them is shrunk.
        let exact = BehaviourSignature {
            answer: AnswerSignature::summarise(&observed.presented),
            ..signature.clone()
        };
        let latency = &self.latency;
        let tried = std::cell::Cell::new(0);
        let shows = async |candidate: &TestCase| {
            let case = Case::of(candidate.clone());
            tried.set(tried.get() + 1);
            tried.get() <= MOST_REQUESTS && has_signature(presenter, &case, &exact, latency).await
        };
        let smallest = Case::of(shrink_while(presenter, &case.test_case(), 0, &shows).await);
        let (case, presented) = match self.observe_signature(&smallest).await? {
            Some(again) if again.signature == exact => (smallest, again.presented),
            _ => (case, observed.presented),
        };
        if !self.corpus.is_better(&signature, &case) {
            return Ok(());
        }
        let path = self.write(&signature, &case, &presented);
        self.corpus.keep(signature, case, path);
        Ok(())
    }

    fn bounded(&mut self, signature: BehaviourSignature) -> BehaviourSignature {
        BehaviourSignature { answer: self.corpus.bounded(signature.answer), ..signature }
    }

    /// The valid token must still be accepted in every setup where something was presented.
    pub(super) async fn recheck_controls(
        &mut self,
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        for lost in lost_controls(self.presenter, recent).await? {
            self.blame(lost, recent).await?;
        }
        Ok(())
    }

    /// Records the case that made the target refuse its valid token.
    async fn blame(
        &mut self,
        lost: (usize, Presented),
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        let (test_case, presented) = blame(self.presenter, lost, recent).await?;
        self.record(test_case, &Suspicion::poisoned(), &presented);
        Ok(())
    }
}
