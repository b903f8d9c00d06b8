//! Cases that look wrong or new are presented again, alone, and shrunk.

use std::collections::VecDeque;

use super::super::measure::{has_key, look};
use super::super::oracle::Oracle;
use super::super::{Came, Case, Key};
use super::{Happening, Search};
use crate::property::engine::Seen;
use crate::property::find::Find;
use crate::property::{
    Confirmed, PropertyError, Suspicion, confirm_by, control, poison, shrink_while,
};

/// More different finds are counted and not shrunk.
const MOST_FINDS: usize = 60;
/// So often it is asked whether a smaller case has the same key.
const MOST_REQUESTS: usize = 40;

impl Search<'_> {
    /// Confirms and shrinks what looks wrong, unless it is known.
    pub(super) async fn look_into(
        &mut self,
        oracle: Oracle,
        case: Case,
        suspicion: &Suspicion,
        recent: &VecDeque<Case>,
    ) -> Result<(), PropertyError> {
        let sample = case.sample();
        let known = |find: &&mut Find| find.explains(&sample, suspicion);
        if let Some(find) = self.finds.iter_mut().find(known) {
            find.repeats += 1;
            self.repeats += 1;
            return Ok(());
        }
        if self.finds.len() >= MOST_FINDS {
            self.repeats += 1;
            return Ok(());
        }
        if let Some(ended) = self.engine.revive().await? {
            (self.tell)(Happening::Restarted { ended });
        }
        let engine = self.engine;
        let judge = |seen: &[Vec<Seen>]| oracle.judge(engine, &case, seen);
        match confirm_by(engine, &judge, &sample, suspicion).await? {
            Confirmed::No => {
                self.unconfirmed += 1;
                return Ok(());
            }
            Confirmed::ControlLost(seen) => {
                return self.control_lost(case.world, *seen, recent).await;
            }
            Confirmed::Find(_) => {}
        }
        let shows = async |candidate: &crate::property::Sample| {
            if engine.revive().await.is_err() {
                return false;
            }
            let Ok(seen) = engine.try_sample(candidate).await else { return false };
            let case = Case::of(candidate.clone());
            let found = oracle.judge(engine, &case, &seen);
            found.is_some_and(|found| suspicion.is_shown_by(&found))
        };
        let smallest = Case::of(shrink_while(engine, &sample, suspicion.shot, &shows).await);
        // What was shrunk must come back as often; if it does not, what was not shrunk did.
        for candidate in [smallest, case] {
            let judge = |seen: &[Vec<Seen>]| oracle.judge(engine, &candidate, seen);
            match confirm_by(engine, &judge, &candidate.sample(), suspicion).await? {
                Confirmed::Find(found) => {
                    let (suspicion, seen) = *found;
                    self.found(candidate, &suspicion, &seen);
                    return Ok(());
                }
                Confirmed::No => {}
                Confirmed::ControlLost(seen) => {
                    return self.control_lost(candidate.world, *seen, recent).await;
                }
            }
        }
        self.unconfirmed += 1;
        Ok(())
    }

    fn found(&mut self, case: Case, suspicion: &Suspicion, seen: &[Vec<Seen>]) {
        let Some(property) = Oracle::property(&case, suspicion.finding) else { return };
        let mut find = Find::new(self.engine, property, case.sample(), suspicion, seen);
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
                (self.tell)(Happening::Found(&find));
                self.finds.push(find);
            }
        }
    }

    /// Measures a case whose key looks new, or that says less than the one that is kept.
    pub(super) async fn look_for_key(&mut self, case: Case) -> Result<(), PropertyError> {
        if self.engine.revive().await?.is_some() {
            // What ends the target is for the oracle.
            return Ok(());
        }
        let Some(measured) = self.measure(&case).await? else {
            self.unconfirmed += 1;
            return Ok(());
        };
        let key = self.bounded(measured.key);
        if !self.corpus.is_better(&key, &case) {
            return Ok(());
        }
        let engine = self.engine;
        // Messages that are taken together are told apart again while one of them is shrunk.
        let exact = Key { came: Came::of(&measured.seen), ..key.clone() };
        let latency = &self.latency;
        let tried = std::cell::Cell::new(0);
        let shows = async |candidate: &crate::property::Sample| {
            let case = Case::of(candidate.clone());
            tried.set(tried.get() + 1);
            tried.get() <= MOST_REQUESTS && has_key(engine, &case, &exact, latency).await
        };
        let smallest = Case::of(shrink_while(engine, &case.sample(), 0, &shows).await);
        let (case, seen) = match self.measure(&smallest).await? {
            Some(again) if again.key == exact => (smallest, again.seen),
            _ => (case, measured.seen),
        };
        let instead = self.corpus.find(&key).is_some();
        if !self.corpus.is_better(&key, &case) {
            return Ok(());
        }
        let path = self.write(&key, &case, &seen);
        (self.tell)(Happening::Kept { key: &key, case: &case, instead });
        self.corpus.keep(key, case, path);
        Ok(())
    }

    fn bounded(&mut self, key: Key) -> Key {
        Key { came: self.corpus.bounded(key.came), ..key }
    }

    /// The valid token must still be accepted in every world where something was presented.
    pub(super) async fn keep_control(
        &mut self,
        recent: &VecDeque<Case>,
    ) -> Result<(), PropertyError> {
        let mut worlds: Vec<usize> = recent.iter().map(|case| case.world).collect();
        worlds.sort_unstable();
        worlds.dedup();
        for world in worlds.into_iter().filter(|world| self.engine.is_usable(*world)) {
            if let Some(lost) = control(self.engine, world).await? {
                self.control_lost(world, *lost, recent).await?;
            }
        }
        Ok(())
    }

    /// A valid token is refused that was accepted before: did one of the last cases do that?
    async fn control_lost(
        &mut self,
        world: usize,
        lost: Seen,
        recent: &VecDeque<Case>,
    ) -> Result<(), PropertyError> {
        let samples: Vec<_> =
            recent.iter().filter(|case| case.world == world).map(Case::sample).collect();
        let Some(sample) = poison(self.engine, world, &samples).await? else {
            return Err(PropertyError::ControlLost(lost.said()));
        };
        let case = Case::of(sample.clone());
        let suspicion = Suspicion::poisoned();
        self.engine.refresh(world).await?;
        match look(self.engine, &case).await {
            Ok(look) => self.found(case, &suspicion, &[vec![look.seen]]),
            Err(error) => return Err(PropertyError::ControlLost(error.to_string())),
        }
        Ok(self.engine.refresh(world).await?)
    }
}
