//! The runner: carries out a plan against a target, and emits events.

mod case;
mod clock;
mod descriptors;
mod exchange;
mod journal;
pub mod preflight;
pub mod request;
mod session;
mod setups;
mod steps;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, SemaphorePermit};

use self::case::run_case;
use self::setups::Setups;
use crate::event::{CaseResult, Event, RunInfo, Summary, Why};
use crate::issuer::{IssuerServer, StartError};
use crate::judge::{Abort, Policy, conclude, deviate, is_worth_a_retry, shows_failure};
use crate::plan::{Case, Conditions, Plan, Selection, SelectionError, Setup, Skipped, is_slow};
use crate::scenario::{Catalogue, Scenario};
use crate::target::{Deviations, RunningTarget, Target, TargetError, TokenTable};
use jwtspec_mint::MintError;
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::words::{Finding, Level, Outcome};

pub use descriptors::raise_limit;
pub use exchange::answer_text;
pub use journal::{Journal, JournalError};
pub use preflight::PreflightError;
use setups::extra;
pub use setups::set_up_on;

/// The scenarios to run, and the conditions.
#[derive(Clone, Debug)]
pub struct Options {
    /// The profile, and what else holds for all scenarios.
    pub conditions: Conditions,
    /// The scenarios.
    pub selection: Selection,
    /// Nothing less binding than this is judged.
    pub limit: Level,
    /// The number of scenarios that run at the same time.
    pub jobs: usize,
    /// Unproven reasons are findings; skips and inconclusive outcomes are not clean.
    pub strict: bool,
    /// True if the target must first show that it tells a good token from a bad one.
    pub preflight: bool,
    /// The time that an answer may take, if another than the target file says.
    pub answer_within: Option<Duration>,
    /// Failures that are known.
    pub deviations: Deviations,
    /// Results of an earlier run that was cut short, by scenario id.
    pub resumed: HashMap<String, CaseResult>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            conditions: Conditions::default(),
            selection: Selection::all(),
            limit: Level::May,
            jobs: 8,
            strict: false,
            preflight: true,
            answer_within: None,
            deviations: Deviations::default(),
            resumed: HashMap::new(),
        }
    }
}

/// A run that could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing is selected.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The issuers.
    #[error(transparent)]
    Issuers(#[from] StartError),
    /// A scenario that cannot be minted.
    #[error("the scenario `{id}` cannot be set up: {error}")]
    Scenario {
        /// Its id.
        id: String,
        /// The error.
        error: MintError,
    },
    /// The target cannot tell a good token from a bad one.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
}

/// Runs scenarios against a target and reports what happens, as it happens.
///
/// # Errors
///
/// If the run cannot be carried out at all; what a verifier does wrong is a result, not an error.
pub async fn run(
    catalogue: &Catalogue,
    target: Target,
    options: &Options,
    events: &UnboundedSender<Event>,
) -> Result<Summary, RunError> {
    let test_bed = TestBed::set_up(catalogue, target, options).await?;
    let emit = |event| {
        // A closed channel is no reason to stop: the summary is returned as well.
        let _ = events.send(event);
    };
    emit(Event::RunStarted(RunInfo {
        target: test_bed.target.name().to_owned(),
        version: test_bed.target.version().map(str::to_owned),
        profile: options.conditions.profile.to_string(),
        total: test_bed.runnable().len() + test_bed.skipped.len(),
    }));

    let mut results: HashMap<String, Outcome> = HashMap::new();
    let mut summary = Summary::default();
    let mut finish = |result: CaseResult| {
        summary.add(&result);
        results.insert(result.id.clone(), result.outcome);
        emit(Event::CaseFinished(Box::new(result)));
    };
    for skipped in &test_bed.skipped {
        finish(skip(skipped));
    }
    let mut faulted = Vec::new();
    // Each takes turns of its own, so all are started: those that wait do so side by side.
    // What takes long begins first.
    let mut order: Vec<usize> = test_bed.runnable().collect();
    order.sort_by_key(|index| {
        let case = &test_bed.cases[*index];
        Reverse((case.time.waits, is_slow(&case.scenario)))
    });
    let mut running: FuturesUnordered<_> =
        order.into_iter().map(|index| test_bed.run_or_resume(index, events)).collect();
    while let Some(done) = running.next().await {
        let (index, result) = done?;
        if is_worth_a_retry(&result, options.jobs) {
            faulted.push(index);
        } else {
            finish(result);
        }
    }
    drop(running);
    for index in faulted {
        finish(test_bed.run_or_resume(index, events).await?.1);
    }
    summary.stale_deviations =
        options.deviations.stale(catalogue, |id| shows_failure(results.get(id)));
    emit(Event::RunFinished(summary.clone()));
    Ok(summary)
}

/// Everything that is set up for a run: target, issuers, cases with their setups.
pub struct TestBed {
    target: RunningTarget,
    issuers: IssuerServer,
    cases: Vec<Case>,
    setups: Setups,
    /// A permit for each scenario that may act at the same time.
    turns: Semaphore,
    skipped: Vec<Skipped>,
    policy: Policy,
    deviations: Deviations,
    resumed: HashMap<String, CaseResult>,
}

impl TestBed {
    /// Starts target and issuers, makes the plan, and passes the preflight.
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
        let issuers = IssuerServer::start().await?;
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
        let test_bed = Self::new(target, issuers, cases, setups, options);
        if options.preflight {
            preflight::check(&test_bed).await?;
        }
        Ok(test_bed)
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
        Self {
            target,
            issuers,
            cases,
            setups,
            turns: Semaphore::new(options.jobs.max(1)),
            skipped: Vec::new(),
            policy: Policy { limit: options.limit, unproven_reasons: options.strict },
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
    fn runnable(&self) -> std::ops::Range<usize> {
        1..self.cases.len()
    }

    /// Runs one case when it is its turn, and applies the deviations to its result.
    pub async fn run_one(&self, index: usize) -> CaseResult {
        match self.run_in_turn(index, None).await {
            Ok((result, _turn)) => result,
            Err(error) => {
                let case = &self.cases[index];
                let mut result = new_result(&case.scenario, case.level);
                let abort = match error {
                    RunError::Scenario { error, .. } => error.into(),
                    error => Abort::Impossible(Why::NotMinted(error.to_string())),
                };
                conclude(&mut result, &case.scenario, Some(abort), None);
                self.deviate(result)
            }
        }
    }

    /// Waits for its turn, and runs a case. The turn is returned with the result.
    ///
    /// # Errors
    ///
    /// If the scenario cannot be set up.
    async fn run_in_turn(
        &self,
        index: usize,
        events: Option<&UnboundedSender<Event>>,
    ) -> Result<(CaseResult, Option<SemaphorePermit<'_>>), RunError> {
        let _descriptors = descriptors::take_for(&self.cases[index]).await;
        let mut turn = self.turn().await;
        // On the heap, so that a case that waits for its turn takes little memory.
        let result = Box::pin(run_case(self, index, &mut turn, events)).await?;
        Ok((self.deviate(result), turn))
    }

    /// The right to do something; never refused, for the semaphore is never closed.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    async fn run_or_resume(
        &self,
        index: usize,
        events: &UnboundedSender<Event>,
    ) -> Result<(usize, CaseResult), RunError> {
        if let Some(done) = self.resumed.get(&self.cases[index].scenario.id) {
            return Ok((index, done.clone()));
        }
        // The turn is kept until the target lives again, so that the next scenario finds it alive.
        let (result, _turn) = self.run_in_turn(index, Some(events)).await?;
        if result.finding == Some(Finding::Fault) {
            // If it cannot be started again, every further scenario will say so.
            let ended = self.target.revive().await.unwrap_or_else(|error| Some(error.to_string()));
            let restarted = ended.map(Event::TargetRestarted);
            // A closed channel is no reason to stop.
            let _ = restarted.map(|restarted| events.send(restarted));
        }
        Ok((index, result))
    }

    fn deviate(&self, mut result: CaseResult) -> CaseResult {
        deviate(&mut result, &self.deviations);
        result
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    since_1970().as_secs()
}

/// The only place where a run reads the time.
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn skip(skipped: &Skipped) -> CaseResult {
    CaseResult {
        outcome: Outcome::Skip,
        why: Some(Why::Skipped(skipped.why.clone())),
        ..new_result(&skipped.scenario, skipped.level)
    }
}

/// A result of which nothing is known yet.
pub fn new_result(scenario: &Scenario, level: Level) -> CaseResult {
    CaseResult {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        level,
        outcome: Outcome::Pass,
        finding: None,
        decisive: None,
        reason: None,
        message: None,
        covers: scenario.covers.iter().map(|row| row.id.clone()).collect(),
        refusals: Vec::new(),
        choice: None,
        steps: Vec::new(),
        duration: Duration::ZERO,
        why: None,
        departs: false,
        meaning: None,
        evidence: None,
    }
}
