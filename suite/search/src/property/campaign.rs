//! One property after the other, within cases and time; suspicions are looked into as they come.

use std::time::Instant;

use super::confirm::{Confirmed, check_control};
use super::find::Find;
use super::investigate::{PropertyError, blame, confirm_and_shrink, lost_controls};
use super::pool::pool;
use super::presenter::{Presented, Presenter};
use super::source::Source;
use super::table::{Kind, PROPERTIES, Property};
use super::tally::{Limits, PropertyEvent, Row, Tally};
use super::verdict::{Suspicion, judge};
use super::{TestCase, TestStep};
use futures::stream::{FuturesUnordered, StreamExt};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Expect;
use jwtspec_engine::target::Target;
use jwtspec_types::words::Finding;

/// Every so many cases the valid token must be accepted.
const CONTROL_EVERY: usize = 100;
/// More different finds of one property are counted and not shrunk.
const MOST_FINDS: usize = 20;

/// Tries properties on a target, and tells what happens as it happens.
///
/// # Errors
///
/// If they cannot be tried at all; what a verifier does wrong is a find, not an error.
pub async fn run(
    target: Target,
    properties: &[&'static Property],
    limits: Limits,
    options: &Options,
    tell: &mut dyn FnMut(PropertyEvent<'_>),
) -> Result<Tally, PropertyError> {
    let presenter =
        Presenter::open(target, |capabilities| pool(limits.seed, capabilities), options).await?;
    if presenter.setups().next().is_none() {
        return Err(PropertyError::NoSetup);
    }
    let (target, version) = (presenter.target().name(), presenter.target().version());
    tell(PropertyEvent::Started { target, version, setups: presenter.setups().count() });
    let mut campaign = Campaign { presenter: &presenter, limits, options, finds: Vec::new(), tell };
    campaign.first_controls().await?;
    let began = Instant::now();
    let mut rows = Vec::new();
    for (done, property) in properties.iter().enumerate() {
        let share = limits.time.map(|time| {
            let left = time.saturating_sub(began.elapsed());
            Instant::now() + left / u32::try_from(properties.len() - done).unwrap_or(1)
        });
        rows.push(campaign.property(property, share).await?);
    }
    let finds = campaign.finds;
    Ok(Tally { rows, finds, skipped_setups: presenter.skipped().to_vec() })
}

struct Campaign<'a> {
    presenter: &'a Presenter,
    limits: Limits,
    options: &'a Options,
    finds: Vec<Find>,
    tell: &'a mut dyn FnMut(PropertyEvent<'_>),
}

/// The outcome of one case.
enum Attempt {
    Void,
    Fine { open: bool },
    Suspicious(Suspicion),
}

impl Campaign<'_> {
    /// The valid token of each setup. Where it is refused, that is a find, and nothing more is
    /// tried there.
    async fn first_controls(&mut self) -> Result<(), PropertyError> {
        let valid = &PROPERTIES[0];
        for setup in 0..self.presenter.setups().count() {
            let test_case = TestCase::of(setup, Vec::new());
            let Ok(presented) = self.presenter.control(setup).await else {
                self.presenter.exclude(setup);
                continue;
            };
            if presented.prepared.expected.expect != Expect::Accept {
                // A setup in which no token is certainly valid shows nothing.
                self.presenter.exclude(setup);
                continue;
            }
            let Some(suspicion) = judge(Kind::Accepted, &[vec![presented]]) else { continue };
            let Some(lost) = check_control(self.presenter, setup).await? else { continue };
            self.presenter.exclude(setup);
            let presented = vec![vec![*lost]];
            let suspicion = judge(Kind::Accepted, &presented).unwrap_or(suspicion);
            self.record(Find::new(self.presenter, valid, test_case, &suspicion, &presented));
        }
        if self.presenter.is_usable(0) {
            return Ok(());
        }
        Err(PropertyError::ControlLost("refused from the beginning".to_owned()))
    }

    fn record(&mut self, find: Find) {
        if find.level() > self.options.limit {
            return;
        }
        (self.tell)(PropertyEvent::Found(&find));
        self.finds.push(find);
    }

    /// Tries one property until its cases or its time are used up.
    async fn property(
        &mut self,
        property: &'static Property,
        until: Option<Instant>,
    ) -> Result<Row, PropertyError> {
        let target = self.presenter.target();
        let why = property.unsupported_by(target.capabilities(), target.channel());
        let mut row =
            Row { property: property.id, skipped: why.map(str::to_owned), ..Row::default() };
        let mut source = Source::new(self.presenter, property, self.limits.seed);
        if source.is_empty() && row.skipped.is_none() {
            row.skipped = Some("no world for it that the target can be told".to_owned());
        }
        if row.skipped.is_some() {
            return Ok(row);
        }
        let earlier = self.finds.len();
        let mut recent: Vec<TestCase> = Vec::new();
        let mut since_control = 0;
        let most = self.limits.cases;
        let is_over =
            |next: usize| next >= most || until.is_some_and(|until| Instant::now() >= until);
        let mut over = is_over(0);
        while !over {
            let began = Instant::now();
            let mut running = FuturesUnordered::new();
            let mut suspicious = Vec::new();
            loop {
                over = is_over(source.drawn());
                while suspicious.is_empty()
                    && !over
                    && running.len() < self.limits.jobs.max(1)
                    && since_control < CONTROL_EVERY
                {
                    since_control += 1;
                    let test_case = source.next_case();
                    running.push(attempt(self.presenter, property.kind, test_case));
                    over = is_over(source.drawn());
                }
                let Some((test_case, done)) = running.next().await else { break };
                row.cases += 1;
                match done {
                    Attempt::Void => row.void += 1,
                    Attempt::Fine { open } => {
                        row.open += usize::from(open);
                        recent.push(test_case);
                    }
                    Attempt::Suspicious(suspicion) => {
                        recent.push(test_case.clone());
                        suspicious.push((test_case, suspicion));
                    }
                }
            }
            drop(running);
            row.duration += began.elapsed();
            (self.tell)(PropertyEvent::Progress { property: property.id, cases: row.cases });
            for (test_case, suspicion) in suspicious {
                self.investigate(property, test_case, &suspicion, &recent, &mut row).await?;
            }
            if since_control >= CONTROL_EVERY {
                since_control = 0;
                self.recheck_controls(property, &recent).await?;
                recent.clear();
            }
        }
        self.recheck_controls(property, &recent).await?;
        row.finds = self.finds.len() - earlier;
        Ok(row)
    }

    /// Confirms and shrinks what looks wrong, unless it is known.
    async fn investigate(
        &mut self,
        property: &'static Property,
        test_case: TestCase,
        suspicion: &Suspicion,
        recent: &[TestCase],
        row: &mut Row,
    ) -> Result<(), PropertyError> {
        let is_of_property = |find: &&Find| find.property == property.id;
        if Find::count_repeat(&mut self.finds, &test_case, suspicion)
            || self.finds.iter().filter(is_of_property).count() >= MOST_FINDS
        {
            row.repeats += 1;
            return Ok(());
        }
        if suspicion.finding == Finding::Fault
            && let Some(ended) = self.presenter.revive().await?
        {
            (self.tell)(PropertyEvent::Restarted { ended });
        }
        let judge = |_: &TestCase, presented: &[Vec<Presented>]| judge(property.kind, presented);
        match confirm_and_shrink(self.presenter, &judge, test_case, suspicion).await? {
            Confirmed::No => row.unconfirmed += 1,
            Confirmed::ControlLost(setup, lost) => {
                self.blame(property, (setup, *lost), recent).await?;
            }
            Confirmed::Found(test_case, found) => {
                let (suspicion, presented) = *found;
                if Find::count_repeat(&mut self.finds, &test_case, &suspicion) {
                    row.repeats += 1;
                } else {
                    let presenter = self.presenter;
                    self.record(Find::new(presenter, property, test_case, &suspicion, &presented));
                }
            }
        }
        Ok(())
    }

    /// The valid token must still be accepted in every setup where something was presented.
    async fn recheck_controls(
        &mut self,
        property: &'static Property,
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        for lost in lost_controls(self.presenter, recent).await? {
            self.blame(property, lost, recent).await?;
        }
        Ok(())
    }

    /// Records the case that made the target refuse its valid token.
    async fn blame(
        &mut self,
        property: &'static Property,
        lost: (usize, Presented),
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        let (test_case, presented) = blame(self.presenter, lost, recent).await?;
        let suspicion = Suspicion::poisoned();
        self.record(Find::new(self.presenter, property, test_case, &suspicion, &presented));
        Ok(())
    }
}

/// Presents a case and judges it.
async fn attempt(presenter: &Presenter, kind: Kind, test_case: TestCase) -> (TestCase, Attempt) {
    let Some(presented) = present(presenter, kind, &test_case).await else {
        return (test_case, Attempt::Void);
    };
    let is_open = |one: &Presented| matches!(one.prepared.expected.expect, Expect::Either(_));
    let done = match judge(kind, &presented) {
        Some(suspicion) => Attempt::Suspicious(suspicion),
        None => Attempt::Fine { open: presented.iter().flatten().all(is_open) },
    };
    (test_case, done)
}

/// Presents a case; returns nothing if it is not one of its property, or cannot be minted.
async fn present(
    presenter: &Presenter,
    kind: Kind,
    test_case: &TestCase,
) -> Option<Vec<Vec<Presented>>> {
    if let [TestStep { differences, request, times: 1, .. }] = test_case.steps.as_slice() {
        let recipe = presenter.recipe(test_case.setup, differences);
        let prepared = presenter.prepare(test_case.setup, &recipe, request.as_ref()).await.ok()?;
        if !kind.wants(&prepared.expected.expect) {
            return None;
        }
        return Some(vec![vec![presenter.send(prepared).await]]);
    }
    presenter.present_case(test_case).await.ok()
}
