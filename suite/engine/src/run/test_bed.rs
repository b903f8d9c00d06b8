//! The test bed: everything that is set up for a run.

use std::collections::HashMap;

use tokio::sync::{Mutex, Semaphore};

use super::answering::{Answering, Answers};
use super::setups::{Setups, extra, set_up_on};
use super::{Options, RunError, preflight};
use crate::event::CaseResult;
use crate::issuer::IssuerServer;
use crate::judge::Policy;
use crate::plan::{Case, Plan, Setup, Skipped};
use crate::scenario::Catalogue;
use crate::target::{Deviations, RunningTarget, Target, TokenTable};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::words::Level;

/// Everything that is set up for a run: target, issuers, cases with their setups.
pub struct TestBed {
    pub(super) target: RunningTarget,
    issuers: IssuerServer,
    pub(super) cases: Vec<Case>,
    pub(super) setups: Setups,
    /// A permit for each scenario that may act at the same time.
    pub(super) turns: Semaphore,
    /// Held by the scenario that has the next turn: an examination of the target waits for that one
    /// only, not for all that are still to run.
    pub(super) next: Mutex<()>,
    /// The number of permits.
    pub(super) jobs: u32,
    /// True if what fails is asked once more, alone.
    pub(super) retry: bool,
    pub(super) answering: Answering,
    skipped: Vec<Skipped>,
    pub(super) policy: Policy,
    pub(super) deviations: Deviations,
    pub(super) resumed: HashMap<String, CaseResult>,
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

    /// The requests that the target answers, as far as is known.
    pub(super) fn answers(&self) -> Answers {
        self.answering.answers()
    }
}

/// The most scenarios that run at the same time.
const MOST_JOBS: u32 = 1 << 16;
