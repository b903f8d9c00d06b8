//! The turns of cases on a test bed: when one runs, once more or not at all.

use std::time::Duration;

use tokio::sync::SemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use super::answering::Answers;
use super::case::run_case;
use super::preflight::{self, PreflightError};
use super::setups::Setups;
use super::{RunError, TestBed, descriptors, new_result, skip};
use crate::event::{CaseResult, Event, Restart, Why};
use crate::judge::{
    Abort, Company, Silence, acceptance_may_follow, conclude, deviate, excuse_silence, has_answer,
    is_worth_a_retry, note_flakiness, silence,
};
use crate::plan::{SkipReason, needs_live_issuer};
use jwtspec_types::words::Finding;

/// What was known of a target when a scenario began.
struct Beginning {
    answers: Answers,
    has_answered: bool,
    restarts: u32,
}

/// The number of times that a target is asked, alone, once it left something without an answer.
const EXAMINATIONS: u32 = 2;
/// The time between them.
const BETWEEN_EXAMINATIONS: Duration = Duration::from_secs(1);

impl TestBed {
    /// Runs the preflight.
    ///
    /// # Errors
    ///
    /// If the target does not tell a good token from none and from a broken one.
    pub async fn preflight(&self) -> Result<(), PreflightError> {
        preflight::check(self.run_one(0).await)
    }

    /// Runs one case when it is its turn, and applies the deviations to its result.
    pub async fn run_one(&self, index: usize) -> CaseResult {
        let mut result = match self.run_in_turn(index, None).await {
            Ok(result) => result,
            Err(error) => {
                let case = &self.cases[index];
                let mut result = new_result(&case.scenario, case.level);
                let abort = match error {
                    RunError::Scenario { error, .. } => error.into(),
                    error => Abort::Impossible(Why::NotMinted(error.to_string())),
                };
                conclude(&mut result, &case.scenario, Some(abort), None);
                result
            }
        };
        deviate(&mut result, &self.deviations, self.policy.limit);
        result
    }

    /// The result of an earlier run, or of a case that runs when it is its turn.
    ///
    /// # Errors
    ///
    /// If the scenario cannot be set up.
    pub(super) async fn run_or_resume(
        &self,
        index: usize,
        events: &UnboundedSender<Event>,
    ) -> Result<CaseResult, RunError> {
        match self.resumed.get(&self.cases[index].scenario.id) {
            Some(done) => Ok(done.clone()),
            None => self.run_in_turn(index, Some(events)).await,
        }
    }

    /// Runs a case when it is its turn; once more, alone, if its failure may be the work of others.
    async fn run_in_turn(
        &self,
        index: usize,
        events: Option<&UnboundedSender<Event>>,
    ) -> Result<CaseResult, RunError> {
        let _descriptors = descriptors::take_for(&self.cases[index]).await;
        let (restarts, falls) = (self.answering.restarts(), self.answering.falls());
        let (first, was_alone) = self.run_noted(index, false, events).await?;
        let is_asked_again = self.answers() == Answers::All
            && self.retry
            && is_worth_a_retry(&first)
            // What a target fell silent of when it ran alone has its name.
            && !(was_alone && self.answering.falls() > falls);
        // A target that was started again has kept nothing of the first time.
        let is_repeatable = self.answering.restarts() > restarts || self.is_repeatable(index);
        if !is_asked_again || !is_repeatable {
            return Ok(first);
        }
        let (mut alone, _) = self.run_noted(index, true, events).await?;
        note_flakiness(&mut alone, first.finding);
        Ok(alone)
    }

    /// Runs a case when it is its turn, and takes note of what it left without an answer. Returns
    /// true if nothing else ran meanwhile.
    async fn run_noted(
        &self,
        index: usize,
        alone: bool,
        events: Option<&UnboundedSender<Event>>,
    ) -> Result<(CaseResult, bool), RunError> {
        let (mut result, turn, began) = self.run_once(index, alone, events).await?;
        let was_alone = turn.as_ref().is_some_and(|turn| self.is_whole(turn));
        self.note_silence(index, &result, began.restarts, turn, events).await?;
        if self.answers() != Answers::All {
            let company = match (was_alone, began.answers, began.has_answered) {
                (true, Answers::All, true) => Company::Alone,
                (false, Answers::All, true) => Company::Others,
                _ => Company::Unknown,
            };
            excuse_silence(&mut result, company);
        }
        if has_answer(&result) {
            self.answering.note_answer();
        }
        Ok((result, was_alone))
    }

    /// Returns true if no other scenario has a turn beside this one.
    fn is_whole(&self, turn: &SemaphorePermit<'_>) -> bool {
        turn.num_permits() == self.jobs as usize
    }

    /// Returns true if a case is the same a second time: with a trust and issuers of its own, or
    /// where the verifier can have kept nothing of the first time that matters.
    fn is_repeatable(&self, index: usize) -> bool {
        match &self.setups {
            Setups::OnePerCase { .. } => true,
            Setups::Kept(_) => !needs_live_issuer(&self.cases[index].scenario),
        }
    }

    /// Waits for its turn, which is not over yet, and runs a case; a target that died of it is
    /// started again.
    async fn run_once(
        &self,
        index: usize,
        alone: bool,
        events: Option<&UnboundedSender<Event>>,
    ) -> Result<(CaseResult, Option<SemaphorePermit<'_>>, Beginning), RunError> {
        let mut turn = self.turn(alone).await;
        let began = Beginning {
            answers: self.answers(),
            has_answered: self.answering.has_answered(),
            restarts: self.answering.restarts(),
        };
        let case = &self.cases[index];
        if match self.answers() {
            Answers::All => false,
            Answers::NoValidToken => !acceptance_may_follow(case, 0),
            Answers::Nothing => true,
        } {
            return Ok((skip(&case.scenario, case.level, SkipReason::GivenUp), turn, began));
        }
        // On the heap, so that a case that waits for its turn takes little memory.
        let result = Box::pin(run_case(self, index, (&mut turn, alone), events)).await?;
        if result.finding != Some(Finding::Fault) && silence(&result) == Silence::None {
            return Ok((result, turn, began));
        }
        // The turn is kept until the target lives again, so that the next scenario finds it alive. If
        // it cannot be started again, every further scenario will say so.
        let ended = self.target.revive().await.unwrap_or_else(|error| Some(error.to_string()));
        if let Some(ended) = ended {
            self.tell_restart(Restart::Died(ended), events);
        }
        Ok((result, turn, began))
    }

    fn tell_restart(&self, restart: Restart, events: Option<&UnboundedSender<Event>>) {
        self.answering.note_restart();
        if let Some(events) = events {
            // A closed channel is no reason to stop.
            let _ = events.send(Event::TargetRestarted(restart));
        }
    }

    /// The right to do something, `alone` or beside others; never refused, for the semaphore is never
    /// closed.
    pub(super) async fn turn(&self, alone: bool) -> Option<SemaphorePermit<'_>> {
        let _next = self.next.lock().await;
        let alone = alone || self.answering.falls() > 0;
        self.turns.acquire_many(if alone { self.jobs } else { 1 }).await.ok()
    }

    /// Takes note of what a scenario left without an answer. What a target answers is found out by
    /// asking it alone, so that it does not depend on what else was under way.
    async fn note_silence<'b>(
        &'b self,
        index: usize,
        result: &CaseResult,
        restarts: u32,
        turn: Option<SemaphorePermit<'b>>,
        events: Option<&UnboundedSender<Event>>,
    ) -> Result<(), RunError> {
        match (self.answers(), silence(result)) {
            (Answers::All, Silence::None) | (Answers::Nothing, _) => Ok(()),
            (Answers::All, Silence::Whole)
                if index == 0 && self.answering.restarts() == restarts =>
            {
                self.answering.limit(Answers::Nothing);
                Ok(())
            }
            (Answers::All, _) => self.examine(turn, events).await,
            (Answers::NoValidToken, silence) => {
                if silence != Silence::None || !result.steps.is_empty() {
                    self.answering.note(silence);
                }
                Ok(())
            }
        }
    }

    /// Finds out whether the target still answers, with nothing else under way. One that does not is
    /// started again, if it can be: so it is found out which scenario it fell silent of.
    async fn examine<'b>(
        &'b self,
        turn: Option<SemaphorePermit<'b>>,
        events: Option<&UnboundedSender<Event>>,
    ) -> Result<(), RunError> {
        let mut turn = match turn.filter(|turn| self.is_whole(turn)) {
            // Nothing may begin between a scenario that ran alone and this.
            Some(turn) => Some(turn),
            None => self.turns.acquire_many(self.jobs).await.ok(),
        };
        if self.answers() != Answers::All {
            return Ok(());
        }
        let mut answers = self.ask(&mut turn).await?;
        if answers != Answers::All && self.answering.take_restart_of_silent() {
            // One that cannot be started is given up, as one that is silent.
            if self.target.restart().await.unwrap_or_default() {
                self.tell_restart(Restart::Silent, events);
                answers = self.ask(&mut turn).await?;
            }
        }
        self.answering.limit(answers);
        Ok(())
    }

    /// Asks the target what the preflight asks.
    async fn ask<'b>(
        &'b self,
        turn: &mut Option<SemaphorePermit<'b>>,
    ) -> Result<Answers, RunError> {
        let mut answers = Answers::Nothing;
        for examination in 0..EXAMINATIONS {
            if examination > 0 {
                // One that comes back must have the time to.
                tokio::time::sleep(BETWEEN_EXAMINATIONS).await;
            }
            let asked = Box::pin(run_case(self, 0, (turn, true), None)).await?;
            match silence(&asked) {
                Silence::None | Silence::OfOthers => return Ok(Answers::All),
                Silence::OfValid => answers = Answers::NoValidToken,
                // A target that hangs for some trusts may have hung for this one.
                Silence::Whole => {}
            }
        }
        Ok(answers)
    }
}
