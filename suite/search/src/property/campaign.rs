//! One property after the other, within cases and time; suspicions are looked into as they come.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::confirm::{ConfirmError, Confirmed, confirm, control, poison};
use super::engine::{Engine, Seen};
use super::find::Find;
use super::pool::pool;
use super::shrink::shrink;
use super::source::Source;
use super::table::{Kind, Property};
use super::tally::{Happening, Limits, Row, Tally};
use super::verdict::{Suspicion, judge};
use super::{Sample, Shot};
use futures::stream::{FuturesUnordered, StreamExt};
use jwtspec_engine::run::{Options, RunError};
use jwtspec_engine::scenario::Expect;
use jwtspec_engine::target::Target;
use jwtspec_types::words::Finding;

/// Every so many cases the valid token must be accepted.
const CONTROL_EVERY: usize = 100;
/// More different finds of one property are counted and not shrunk.
const MOST_FINDS: usize = 20;

/// Properties that could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum PropertyError {
    /// Target, issuers or preflight.
    #[error(transparent)]
    SetUp(#[from] RunError),
    /// The target accepts its valid token no longer, and no token is to blame.
    #[error(
        "the target no longer accepts the valid token, and no token did that: {0}\nlook at its log, and whether it keeps state that runs out"
    )]
    ControlLost(String),
    /// The target takes no key that there is.
    #[error(
        "the target verifies no algorithm for which there is a fixture key\nsee `algorithms` in its target file or description"
    )]
    NoWorld,
}

impl From<ConfirmError> for PropertyError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::Run(error) => Self::SetUp(error),
            ConfirmError::Mint(error) => Self::ControlLost(error.to_string()),
        }
    }
}

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
    tell: &mut dyn FnMut(Happening<'_>),
) -> Result<Tally, PropertyError> {
    let engine =
        Engine::open(target, |capabilities| pool(limits.seed, capabilities), options).await?;
    if engine.worlds().next().is_none() {
        return Err(PropertyError::NoWorld);
    }
    let (target, version) = (engine.name(), engine.version());
    tell(Happening::Started { target, version, worlds: engine.worlds().count() });
    let mut campaign = Campaign { engine: &engine, limits, options, finds: Vec::new(), tell };
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
    let skipped_worlds = engine.skipped().iter().map(|(_, why)| why.clone()).collect();
    Ok(Tally { rows, finds, skipped_worlds })
}

struct Campaign<'a> {
    engine: &'a Engine,
    limits: Limits,
    options: &'a Options,
    finds: Vec<Find>,
    tell: &'a mut dyn FnMut(Happening<'_>),
}

/// The outcome of one case.
enum Done {
    Void,
    Fine { open: bool },
    Suspicious(Suspicion),
}

impl Campaign<'_> {
    /// The valid token of each world. Where it is refused, that is a find, and nothing more is
    /// tried there.
    async fn first_controls(&mut self) -> Result<(), PropertyError> {
        let Some(valid) = Property::choose(&[]).ok().and_then(|all| all.first().copied()) else {
            return Ok(());
        };
        for world in 0..self.engine.worlds().count() {
            let sample = Sample::of(world, Vec::new());
            let Ok(seen) = self.engine.control(world).await else {
                self.engine.give_up(world);
                continue;
            };
            if seen.expected.expect != Expect::Accept {
                // A world in which no token is certainly valid shows nothing.
                self.engine.give_up(world);
                continue;
            }
            let Some(suspicion) = judge(Kind::Accepted, &[vec![seen]]) else { continue };
            let Some(lost) = control(self.engine, world).await? else { continue };
            self.engine.give_up(world);
            let seen = vec![vec![*lost]];
            let suspicion = judge(Kind::Accepted, &seen).unwrap_or(suspicion);
            self.note(Find::new(self.engine, valid, sample, &suspicion, &seen));
        }
        if self.engine.is_usable(0) {
            return Ok(());
        }
        Err(PropertyError::ControlLost("refused from the beginning".to_owned()))
    }

    fn note(&mut self, find: Find) {
        if find.level() > self.options.limit {
            return;
        }
        (self.tell)(Happening::Found(&find));
        self.finds.push(find);
    }

    /// Tries one property until its cases or its time are used up.
    async fn property(
        &mut self,
        property: &'static Property,
        until: Option<Instant>,
    ) -> Result<Row, PropertyError> {
        let mut row = Row {
            property: property.id,
            cases: 0,
            void: 0,
            open: 0,
            duration: Duration::ZERO,
            finds: 0,
            repeats: 0,
            unconfirmed: 0,
            skipped: property
                .is_beyond(self.engine.capabilities(), self.engine.channel())
                .map(str::to_owned),
        };
        let mut source = Source::new(self.engine, property, self.limits.seed);
        if source.is_empty() && row.skipped.is_none() {
            row.skipped = Some("no world for it that the target can be told".to_owned());
        }
        if row.skipped.is_some() {
            return Ok(row);
        }
        let earlier = self.finds.len();
        let mut recent: VecDeque<Sample> = VecDeque::new();
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
                    let sample = source.next_sample();
                    running.push(attempt(self.engine, property.kind, sample));
                    over = is_over(source.drawn());
                }
                let Some((sample, done)) = running.next().await else { break };
                row.cases += 1;
                match done {
                    Done::Void => row.void += 1,
                    Done::Fine { open } => {
                        row.open += usize::from(open);
                        recent.push_back(sample);
                    }
                    Done::Suspicious(suspicion) => {
                        recent.push_back(sample.clone());
                        suspicious.push((sample, suspicion));
                    }
                }
            }
            drop(running);
            row.duration += began.elapsed();
            (self.tell)(Happening::Progress { property: property.id, cases: row.cases });
            for (sample, suspicion) in suspicious {
                self.look_into(property, sample, &suspicion, &recent, &mut row).await?;
            }
            if since_control >= CONTROL_EVERY {
                since_control = 0;
                self.keep_control(property, &recent).await?;
                recent.clear();
            }
        }
        self.keep_control(property, &recent).await?;
        row.finds = self.finds.len() - earlier;
        Ok(row)
    }

    /// Confirms and shrinks what looks wrong, unless it is known.
    async fn look_into(
        &mut self,
        property: &'static Property,
        sample: Sample,
        suspicion: &Suspicion,
        recent: &VecDeque<Sample>,
        row: &mut Row,
    ) -> Result<(), PropertyError> {
        let known = |find: &&mut Find| find.explains(&sample, suspicion);
        if let Some(find) = self.finds.iter_mut().find(known) {
            find.repeats += 1;
            row.repeats += 1;
            return Ok(());
        }
        if self.finds.iter().filter(|find| find.property == property.id).count() >= MOST_FINDS {
            row.repeats += 1;
            return Ok(());
        }
        if suspicion.finding == Finding::Fault
            && let Some(ended) = self.engine.revive().await?
        {
            (self.tell)(Happening::Restarted { ended });
        }
        let kind = property.kind;
        match confirm(self.engine, kind, &sample, suspicion).await? {
            Confirmed::No => {
                row.unconfirmed += 1;
                return Ok(());
            }
            Confirmed::ControlLost(seen) => {
                return self.control_lost(property, sample.world, *seen, recent).await;
            }
            Confirmed::Find(_) => {}
        }
        let smallest = shrink(self.engine, kind, &sample, suspicion).await;
        // What was shrunk must come back as often; if it does not, what was not shrunk did.
        for candidate in [smallest, sample] {
            match confirm(self.engine, kind, &candidate, suspicion).await? {
                Confirmed::Find(found) => {
                    let (suspicion, seen) = *found;
                    let explains = |find: &&mut Find| find.explains(&candidate, &suspicion);
                    let known = self.finds.iter_mut().find(explains);
                    match known {
                        Some(known) => {
                            known.repeats += 1;
                            row.repeats += 1;
                        }
                        None => self.note(Find::new(
                            self.engine,
                            property,
                            candidate,
                            &suspicion,
                            &seen,
                        )),
                    }
                    return Ok(());
                }
                Confirmed::No => {}
                Confirmed::ControlLost(seen) => {
                    return self.control_lost(property, candidate.world, *seen, recent).await;
                }
            }
        }
        row.unconfirmed += 1;
        Ok(())
    }

    /// The valid token must still be accepted in every world where something was presented.
    async fn keep_control(
        &mut self,
        property: &'static Property,
        recent: &VecDeque<Sample>,
    ) -> Result<(), PropertyError> {
        let mut worlds: Vec<usize> = recent.iter().map(|sample| sample.world).collect();
        worlds.sort_unstable();
        worlds.dedup();
        for world in worlds.into_iter().filter(|world| self.engine.is_usable(*world)) {
            if let Some(lost) = control(self.engine, world).await? {
                self.control_lost(property, world, *lost, recent).await?;
            }
        }
        Ok(())
    }

    /// A valid token is refused that was accepted before: did one of the last samples do that?
    async fn control_lost(
        &mut self,
        property: &'static Property,
        world: usize,
        lost: Seen,
        recent: &VecDeque<Sample>,
    ) -> Result<(), PropertyError> {
        let there = recent.iter().filter(|sample| sample.world == world);
        let Some(sample) = poison(self.engine, world, there).await? else {
            return Err(PropertyError::ControlLost(lost.said()));
        };
        let suspicion = Suspicion::poisoned();
        self.engine.refresh(world).await?;
        let seen = match self.engine.try_sample(sample).await {
            Ok(seen) => seen,
            Err(error) => return Err(PropertyError::ControlLost(error.to_string())),
        };
        let find = Find::new(self.engine, property, sample.clone(), &suspicion, &seen);
        self.note(find);
        // Others may have been refused by it too; from here on everything is as new.
        Ok(self.engine.refresh(world).await?)
    }
}

/// Presents a sample and judges it.
async fn attempt(engine: &Engine, kind: Kind, sample: Sample) -> (Sample, Done) {
    let done = match present(engine, kind, &sample).await {
        Some(seen) => match judge(kind, &seen) {
            Some(suspicion) => Done::Suspicious(suspicion),
            None => {
                let is_open = |seen: &Seen| matches!(seen.expected.expect, Expect::Either(_));
                Done::Fine { open: seen.iter().flatten().all(is_open) }
            }
        },
        None => Done::Void,
    };
    (sample, done)
}

/// Presents a sample; returns nothing if it is not one of its property, or cannot be minted.
async fn present(engine: &Engine, kind: Kind, sample: &Sample) -> Option<Vec<Vec<Seen>>> {
    if let [Shot { differences, request, times: 1, .. }] = sample.shots.as_slice() {
        let recipe = engine.recipe(sample.world, differences);
        let prepared = engine.prepare(sample.world, &recipe, request.as_ref()).await.ok()?;
        if !kind.wants(&prepared.expected.expect) {
            return None;
        }
        return Some(vec![vec![engine.send(prepared).await]]);
    }
    engine.try_sample(sample).await.ok()
}
