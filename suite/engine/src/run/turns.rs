//! The turns of cases on a test bed: when one runs, once more or not at all.

use tokio::sync::SemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use super::answering::Answers;
use super::case::run_case;
use super::preflight::{self, PreflightError};
use super::setups::Setups;
use super::{RunError, TestBed, descriptors, new_result, skip};
use crate::event::{CaseResult, Event, Why};
use crate::judge::{
    Abort, Silence, acceptance_may_follow, conclude, deviate, excuse_silence, is_worth_a_retry,
    note_flakiness, silence,
};
use crate::plan::{SkipReason, needs_live_issuer};
use jwtspec_types::words::Finding;

/// The number of times that a target is asked, alone, once it left something without an answer.
const EXAMINATIONS: u32 = 2;

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
        let (mut among_others, is_restarted) = self.run_once(index, false, events).await?;
        self.note_silence(index, &among_others, is_restarted).await?;
        if self.answers() != Answers::All {
            excuse_silence(&mut among_others);
            return Ok(among_others);
        }
        let is_asked_again = self.retry && self.jobs > 1 && is_worth_a_retry(&among_others);
        let is_repeatable = is_restarted || self.is_repeatable(index);
        if !is_asked_again || !is_repeatable {
            return Ok(among_others);
        }
        let (mut alone, _) = self.run_once(index, true, events).await?;
        note_flakiness(&mut alone, among_others.finding);
        Ok(alone)
    }

    /// Returns true if a case is the same a second time: with a trust and issuers of its own, or
    /// where the verifier can have kept nothing of the first time that matters.
    fn is_repeatable(&self, index: usize) -> bool {
        match &self.setups {
            Setups::OnePerCase { .. } => true,
            Setups::Kept(_) => !needs_live_issuer(&self.cases[index].scenario),
        }
    }

    /// Waits for its turn, and runs a case; says whether the target was started again behind it.
    async fn run_once(
        &self,
        index: usize,
        alone: bool,
        events: Option<&UnboundedSender<Event>>,
    ) -> Result<(CaseResult, bool), RunError> {
        let mut turn = self.turn(alone).await;
        let case = &self.cases[index];
        if match self.answers() {
            Answers::All => false,
            Answers::NoValidToken => !acceptance_may_follow(case, 0),
            Answers::Nothing => true,
        } {
            return Ok((skip(&case.scenario, case.level, SkipReason::GivenUp), false));
        }
        // On the heap, so that a case that waits for its turn takes little memory.
        let result = Box::pin(run_case(self, index, (&mut turn, alone), events)).await?;
        if result.finding != Some(Finding::Fault) && silence(&result) == Silence::None {
            return Ok((result, false));
        }
        // The turn is kept until the target lives again, so that the next scenario finds it alive. If
        // it cannot be started again, every further scenario will say so.
        let ended = self.target.revive().await.unwrap_or_else(|error| Some(error.to_string()));
        let is_restarted = ended.is_some();
        if let (Some(ended), Some(events)) = (ended, events) {
            // A closed channel is no reason to stop.
            let _ = events.send(Event::TargetRestarted(ended));
        }
        Ok((result, is_restarted))
    }

    /// The right to do something, `alone` or beside others; never refused, for the semaphore is never
    /// closed.
    pub(super) async fn turn(&self, alone: bool) -> Option<SemaphorePermit<'_>> {
        let _next = self.next.lock().await;
        self.turns.acquire_many(if alone { self.jobs } else { 1 }).await.ok()
    }

    /// Takes note of what a scenario left without an answer. What a target answers is found out by
    /// asking it alone, so that it does not depend on what else was under way.
    async fn note_silence(
        &self,
        index: usize,
        result: &CaseResult,
        is_restarted: bool,
    ) -> Result<(), RunError> {
        match (self.answers(), silence(result)) {
            (Answers::All, Silence::None) | (Answers::Nothing, _) => Ok(()),
            (Answers::All, Silence::Whole) if index == 0 && !is_restarted => {
                self.answering.limit(Answers::Nothing);
                Ok(())
            }
            (Answers::All, _) => self.examine().await,
            (Answers::NoValidToken, silence) => {
                if silence != Silence::None || !result.steps.is_empty() {
                    self.answering.note(silence);
                }
                Ok(())
            }
        }
    }

    /// Asks the target what the preflight asks, to find out whether it still answers.
    async fn examine(&self) -> Result<(), RunError> {
        let mut turn = self.turns.acquire_many(self.jobs).await.ok();
        let mut answers = Answers::Nothing;
        for _ in 0..EXAMINATIONS {
            if self.answers() != Answers::All {
                return Ok(());
            }
            let asked = Box::pin(run_case(self, 0, (&mut turn, true), None)).await?;
            match silence(&asked) {
                Silence::None | Silence::OfOthers => return Ok(()),
                Silence::OfValid => answers = Answers::NoValidToken,
                // A target that hangs for some trusts may have hung for this one.
                Silence::Whole => {}
            }
        }
        self.answering.limit(answers);
        Ok(())
    }
}
