//! The test bed: everything that is set up for a run, and how one case runs on it.

use std::collections::HashMap;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::answering::{Answering, Answers};
use super::case::run_case;
use super::setups::{Setups, extra, set_up_on};
use super::{Options, RunError, descriptors, new_result, preflight, skip};
use crate::event::{CaseResult, Event, Why};
use crate::issuer::IssuerServer;
use crate::judge::{
    Abort, Policy, Silence, acceptance_may_follow, conclude, deviate, excuse_silence,
    is_worth_a_retry, note_flakiness, silence,
};
use crate::plan::{Case, Plan, Setup, SkipReason, Skipped, needs_live_issuer};
use crate::scenario::Catalogue;
use crate::target::{Deviations, RunningTarget, Target, TokenTable};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::words::{Finding, Level};

/// The number of times that a target is asked, alone, once it left something without an answer.
const EXAMINATIONS: u32 = 2;

/// Everything that is set up for a run: target, issuers, cases with their setups.
pub struct TestBed {
    target: RunningTarget,
    issuers: IssuerServer,
    cases: Vec<Case>,
    setups: Setups,
    /// A permit for each scenario that may act at the same time.
    turns: Semaphore,
    /// Held by the scenario that has the next turn: an examination of the target waits for that one
    /// only, not for all that are still to run.
    next: Mutex<()>,
    /// The number of permits.
    jobs: u32,
    /// True if what fails among others is asked once more.
    retry: bool,
    answering: Answering,
    skipped: Vec<Skipped>,
    policy: Policy,
    deviations: Deviations,
    resumed: HashMap<String, CaseResult>,
}

impl TestBed {
    /// Starts target and issuers, and makes the plan. The preflight is its first case.
    ///
    /// # Errors
    ///
    /// If any of these fails.
    pub async fn set_up(
        catalogue: &Catalogue,
        target: Target,
        options: &Options,
    ) -> Result<Self, RunError> {
        let mut skipped = Vec::new();
        let (conditions, selection) = (&options.conditions, &options.selection);
        let plan = |capabilities: &Capabilities, channel| {
            let plan = Plan::new(catalogue, conditions, selection, capabilities, channel)?;
            skipped = plan.skipped;
            Ok(plan.cases)
        };
        let test_bed = Self::set_up_cases(target, options, false, plan).await?;
        Ok(Self { skipped, ..test_bed })
    }

    /// The same for the cases that `plan` makes for the target; the first one is the preflight's.
    /// With `keep` each has its setup from the beginning.
    ///
    /// # Errors
    ///
    /// If anything of it fails.
    pub async fn set_up_cases(
        target: Target,
        options: &Options,
        keep: bool,
        plan: impl FnOnce(&Capabilities, Channel) -> Result<Vec<Case>, RunError>,
    ) -> Result<Self, RunError> {
        let token = match &target {
            Target::File(file) => file.token.clone(),
            _ => TokenTable::default(),
        };
        let issuers = IssuerServer::start()?;
        let ca_file = issuers.ca_file().to_owned();
        let mut target = target.start(options.answer_within, &ca_file).await?;
        let (capabilities, channel) = (target.capabilities(), target.channel());
        let mut cases = vec![preflight::case(&options.conditions, capabilities, channel)];
        cases.extend(plan(capabilities, channel)?);
        let setups = if keep || target.is_told_all_at_once() {
            let mut kept = Vec::new();
            for case in &cases {
                kept.push(set_up_on(&issuers, case, extra(&token, &issuers))?);
                // Hundreds of them: other runs in this process must hear their answers meanwhile.
                tokio::task::yield_now().await;
            }
            // Issuers are up before the target starts: some fetch at once.
            target.configure_all(kept.iter().map(|setup| setup.trust.clone()).collect()).await?;
            Setups::Kept(kept)
        } else {
            let first_number = |case: &Case| issuers.take_numbers(case.scenario.issuers.len());
            let first_numbers = cases.iter().map(first_number).collect();
            Setups::OnePerCase { token: Box::new(token), first_numbers }
        };
        Ok(Self::new(target, issuers, cases, setups, options))
    }

    /// A bench of these cases, of which the first is the preflight's, for a target that was told
    /// their trusts.
    pub fn of_cases(
        target: RunningTarget,
        issuers: IssuerServer,
        cases: Vec<(Case, Setup)>,
        options: &Options,
    ) -> Self {
        let (cases, setups) = cases.into_iter().unzip();
        Self::new(target, issuers, cases, Setups::Kept(setups), options)
    }

    fn new(
        target: RunningTarget,
        issuers: IssuerServer,
        cases: Vec<Case>,
        setups: Setups,
        options: &Options,
    ) -> Self {
        let jobs = u32::try_from(options.jobs.max(1)).unwrap_or(MOST_JOBS).min(MOST_JOBS);
        Self {
            target,
            issuers,
            cases,
            setups,
            turns: Semaphore::new(jobs as usize),
            next: Mutex::new(()),
            jobs,
            retry: options.retry,
            answering: Answering::default(),
            skipped: Vec::new(),
            policy: Policy {
                limit: options.limit,
                unproven_reasons: options.strict,
                verdicts_only: false,
            },
            deviations: options.deviations.clone(),
            resumed: options.resumed.clone(),
        }
    }

    /// The target.
    pub fn target(&self) -> &RunningTarget {
        &self.target
    }

    /// The issuers.
    pub fn issuers(&self) -> &IssuerServer {
        &self.issuers
    }

    /// The setup of the case with this index.
    ///
    /// # Panics
    ///
    /// If the test bed does not keep its setups, or has no such case.
    pub fn setup(&self, index: usize) -> &Setup {
        match &self.setups {
            Setups::Kept(setups) => &setups[index],
            Setups::OnePerCase { .. } => panic!("a setup is asked for that is made with its case"),
        }
    }

    /// The scenarios that are skipped, and why.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The place of a scenario among those that run.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.runnable().find(|index| self.cases[*index].scenario.id == id)
    }

    /// The indices of the cases, the preflight's left out.
    pub(super) fn runnable(&self) -> std::ops::Range<usize> {
        1..self.cases.len()
    }

    /// The case with this index.
    pub(super) fn case(&self, index: usize) -> &Case {
        &self.cases[index]
    }

    /// The setup of the case with this index, which starts now.
    pub(super) fn setups(&self) -> &Setups {
        &self.setups
    }

    /// The strictness with which a case is judged: of the preflight nothing but verdicts.
    pub(super) fn policy_of(&self, index: usize) -> Policy {
        match index {
            0 => Policy { limit: Level::Must, unproven_reasons: false, verdicts_only: true },
            _ => self.policy,
        }
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
        for _ in 0..EXAMINATIONS {
            if self.answers() != Answers::All {
                return Ok(());
            }
            let asked = Box::pin(run_case(self, 0, (&mut turn, true), None)).await?;
            match silence(&asked) {
                Silence::None | Silence::OfOthers => return Ok(()),
                Silence::OfValid => {}
                Silence::Whole => self.answering.limit(Answers::Nothing),
            }
        }
        self.answering.limit(Answers::NoValidToken);
        Ok(())
    }

    /// The requests that the target answers, as far as is known.
    pub(super) fn answers(&self) -> Answers {
        self.answering.answers()
    }
}

/// The most scenarios that run at the same time.
const MOST_JOBS: u32 = 1 << 16;
