//! Cases that look wrong or new are presented again, alone, and shrunk.

use std::collections::VecDeque;

use super::super::check::Check;
use super::super::observe::{has_signature, observe};
use super::super::{AnswerSignature, BehaviourSignature, Case};
use super::{Search, SearchEvent};
use crate::property::find::Find;
use crate::property::presenter::Presented;
use crate::property::{
    Confirmed, PropertyError, Suspicion, check_control, confirm_by, find_poisoner, shrink_while,
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
        case: Case,
        suspicion: &Suspicion,
        recent: &VecDeque<Case>,
    ) -> Result<(), PropertyError> {
        let test_case = case.test_case();
        let known = |find: &&mut Find| find.explains(&test_case, suspicion);
        if let Some(find) = self.finds.iter_mut().find(known) {
            find.repeats += 1;
            self.repeats += 1;
            return Ok(());
        }
        if self.finds.len() >= MOST_FINDS {
            self.repeats += 1;
            return Ok(());
        }
        if let Some(ended) = self.presenter.revive().await? {
            (self.tell)(SearchEvent::Restarted { ended });
        }
        let presenter = self.presenter;
        let judge = |presented: &[Vec<Presented>]| check.judge(presenter, &case, presented);
        match confirm_by(presenter, &judge, &test_case, suspicion).await? {
            Confirmed::No => {
                self.unconfirmed += 1;
                return Ok(());
            }
            Confirmed::ControlLost(presented) => {
                return self.control_lost(case.setup, *presented, recent).await;
            }
            Confirmed::Find(_) => {}
        }
        let shows = async |candidate: &crate::property::TestCase| {
            if presenter.revive().await.is_err() {
                return false;
            }
            let Ok(presented) = presenter.present_case(candidate).await else { return false };
            let case = Case::of(candidate.clone());
            let found = check.judge(presenter, &case, &presented);
            found.is_some_and(|found| suspicion.is_shown_by(&found))
        };
        let smallest = Case::of(shrink_while(presenter, &test_case, suspicion.step, &shows).await);
        // What was shrunk must come back as often; if it does not, what was not shrunk did.
        for candidate in [smallest, case] {
            let judge =
                |presented: &[Vec<Presented>]| check.judge(presenter, &candidate, presented);
            match confirm_by(presenter, &judge, &candidate.test_case(), suspicion).await? {
                Confirmed::Find(found) => {
                    let (suspicion, presented) = *found;
                    self.found(candidate, &suspicion, &presented);
                    return Ok(());
                }
                Confirmed::No => {}
                Confirmed::ControlLost(presented) => {
                    return self.control_lost(candidate.setup, *presented, recent).await;
                }
            }
        }
        self.unconfirmed += 1;
        Ok(())
    }

    fn found(&mut self, case: Case, suspicion: &Suspicion, presented: &[Vec<Presented>]) {
        let Some(property) = Check::property(&case, suspicion.finding) else { return };
        let mut find = Find::new(self.presenter, property, case.test_case(), suspicion, presented);
        if let Some(level) = suspicion.level {
            find.result.level = level;
            find.scenario.level = level;
        }
        match self.finds.iter_mut().find(|known| known.id == find.id) {
            Some(known) => {
                known.repeats += 1;
                self.repeats += 1;
            }
            None if find.level() > self.options.limit => {}
            None => {
                (self.tell)(SearchEvent::Found(&find));
                self.finds.push(find);
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
            self.unconfirmed += 1;
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
        let shows = async |candidate: &crate::property::TestCase| {
            let case = Case::of(candidate.clone());
            tried.set(tried.get() + 1);
            tried.get() <= MOST_REQUESTS && has_signature(presenter, &case, &exact, latency).await
        };
        let smallest = Case::of(shrink_while(presenter, &case.test_case(), 0, &shows).await);
        let (case, presented) = match self.observe_signature(&smallest).await? {
            Some(again) if again.signature == exact => (smallest, again.presented),
            _ => (case, observed.presented),
        };
        let instead = self.corpus.find(&signature).is_some();
        if !self.corpus.is_better(&signature, &case) {
            return Ok(());
        }
        let path = self.write(&signature, &case, &presented);
        (self.tell)(SearchEvent::Kept { signature: &signature, case: &case, instead });
        self.corpus.keep(signature, case, path);
        Ok(())
    }

    fn bounded(&mut self, signature: BehaviourSignature) -> BehaviourSignature {
        BehaviourSignature { answer: self.corpus.bounded(signature.answer), ..signature }
    }

    /// The valid token must still be accepted in every setup where something was presented.
    pub(super) async fn recheck_controls(
        &mut self,
        recent: &VecDeque<Case>,
    ) -> Result<(), PropertyError> {
        let mut setups: Vec<usize> = recent.iter().map(|case| case.setup).collect();
        setups.sort_unstable();
        setups.dedup();
        for setup in setups.into_iter().filter(|setup| self.presenter.is_usable(*setup)) {
            if let Some(lost) = check_control(self.presenter, setup).await? {
                self.control_lost(setup, *lost, recent).await?;
            }
        }
        Ok(())
    }

    /// A valid token is refused that was accepted before: did one of the last cases do that?
    async fn control_lost(
        &mut self,
        setup: usize,
        lost: Presented,
        recent: &VecDeque<Case>,
    ) -> Result<(), PropertyError> {
        let samples: Vec<_> =
            recent.iter().filter(|case| case.setup == setup).map(Case::test_case).collect();
        let Some(test_case) = find_poisoner(self.presenter, setup, &samples).await? else {
            return Err(PropertyError::ControlLost(lost.refusal_message()));
        };
        let case = Case::of(test_case.clone());
        let suspicion = Suspicion::poisoned();
        self.presenter.reconfigure(setup).await?;
        match observe(self.presenter, &case).await {
            Ok(observe) => self.found(case, &suspicion, &[vec![observe.presented]]),
            Err(error) => return Err(PropertyError::ControlLost(error.to_string())),
        }
        Ok(self.presenter.reconfigure(setup).await?)
    }
}
