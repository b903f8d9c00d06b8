//! The runner: carries out a plan against a target, and emits events.

mod answering;
mod case;
mod clock;
mod descriptors;
mod exchange;
mod journal;
mod minting;
mod pending;
pub mod preflight;
pub mod request;
mod session;
mod session_state;
mod setups;
mod steps;
mod test_bed;
mod turns;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc::UnboundedSender;

use crate::event::{CaseResult, Ending, Event, RunInfo, Summary, Why};
use crate::issuer::StartError;
use crate::judge::{acceptance_may_follow, deviate, keep_acceptances, shows_failure};
use crate::plan::{Conditions, Selection, SelectionError, SkipReason, is_slow};
use crate::scenario::{Catalogue, Scenario};
use crate::target::{Deviations, Target, TargetError};
use jwtspec_mint::MintError;
use jwtspec_types::words::{Level, Outcome};

use answering::Answers;
pub use descriptors::{TooFewDescriptors, raise_limit, require_descriptors};
pub use exchange::answer_text;
pub use journal::{Journal, JournalError, Resumed, RunKey, Unreadable};
pub use preflight::PreflightError;
pub use setups::set_up_on;
pub use test_bed::TestBed;

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
    /// True if what fails is asked once more, alone, before it counts.
    pub retry: bool,
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
            retry: true,
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
/// A target that does not tell a good token from a bad one is presented all the same with what must
/// be refused; the summary then says how the run ended.
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
        target: test_bed.target().name().to_owned(),
        version: test_bed.target().version().map(str::to_owned),
        profile: options.conditions.profile.to_string(),
        total: test_bed.runnable().len() + test_bed.skipped().len(),
    }));
    let mut summary = Summary::default();
    let mut outcomes: HashMap<String, Outcome> = HashMap::new();
    let mut finish = |mut result: CaseResult| {
        deviate(&mut result, &options.deviations, options.limit);
        summary.add(&result);
        outcomes.insert(result.id.clone(), result.outcome);
        emit(Event::CaseFinished(Box::new(result)));
    };
    for skipped in test_bed.skipped() {
        finish(skip(&skipped.scenario, skipped.level, skipped.why.clone()));
    }
    let is_asked = options.preflight && !test_bed.runnable().is_empty();
    let preflight = if is_asked { test_bed.preflight().await.err() } else { None };
    // A target that does not take this trust takes others or none: the scenarios will show.
    let preflight = preflight.filter(|failed| !preflight::is_not_asked(failed.result()));
    let only_acceptances = preflight.is_some();
    if let Some(failed) = &preflight {
        emit(Event::PreflightFailed(Box::new(failed.result().clone())));
    }
    let why_left = match test_bed.answers() {
        Answers::All => SkipReason::Preflight,
        _ => SkipReason::GivenUp,
    };
    let (order, left): (Vec<usize>, Vec<usize>) = test_bed
        .runnable()
        .partition(|index| !only_acceptances || acceptance_may_follow(test_bed.case(*index), 0));
    for index in left {
        let case = test_bed.case(index);
        finish(skip(&case.scenario, case.level, why_left.clone()));
    }
    run_cases(&test_bed, order, events, |mut result| {
        if only_acceptances {
            keep_acceptances(&mut result);
        }
        finish(result);
    })
    .await?;
    summary.stale_deviations =
        options.deviations.stale(catalogue, options.limit, |id| shows_failure(outcomes.get(id)));
    summary.vague_deviations = options.deviations.vague();
    summary.ending = match () {
        () if test_bed.answers() != Answers::All => Ending::GivenUp,
        () if only_acceptances => Ending::PreflightFailed,
        () if summary.skip + summary.unjudged == summary.total() => Ending::NothingRun,
        () => Ending::Whole,
    };
    emit(Event::RunFinished(summary.clone()));
    Ok(summary)
}

/// Runs these cases, as many at the same time as there are turns.
async fn run_cases(
    test_bed: &TestBed,
    mut order: Vec<usize>,
    events: &UnboundedSender<Event>,
    mut finish: impl FnMut(CaseResult),
) -> Result<(), RunError> {
    // Each takes turns of its own, so all are started: those that wait do so side by side.
    // What takes long begins first.
    order.sort_by_key(|index| {
        let case = test_bed.case(*index);
        Reverse((case.time.waits, is_slow(&case.scenario)))
    });
    let mut running: FuturesUnordered<_> =
        order.into_iter().map(|index| test_bed.run_or_resume(index, events)).collect();
    while let Some(result) = running.next().await {
        finish(result?);
    }
    Ok(())
}

/// Seconds since 1970.
pub fn now() -> u64 {
    since_1970().as_secs()
}

/// The only place where a run reads the time.
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The result of a scenario that is not run.
fn skip(scenario: &Scenario, level: Level, why: SkipReason) -> CaseResult {
    CaseResult {
        outcome: Outcome::Skip,
        why: Some(Why::Skipped(why)),
        ..new_result(scenario, level)
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
        choices: Vec::new(),
        flaky: None,
        before_deviation: None,
        steps: Vec::new(),
        duration: Duration::ZERO,
        why: None,
        departs: false,
        meaning: None,
        evidence: None,
    }
}
