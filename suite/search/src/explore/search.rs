//! The loop: choose a case, present it, judge it, keep it if what came back is new.

mod settle;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::stream::{FuturesOrdered, StreamExt};

use super::case::is_same_world;
use super::corpus::Corpus;
use super::latency::Latency;
use super::make::Maker;
use super::measure::{Look, look, measure};
use super::oracle::Oracle;
use super::store::{Entry, Store, with_worlds};
use super::{Came, Case, Kept, Key, Unread};
use crate::fuzz::Rng;
use crate::property::engine::Engine;
use crate::property::find::Find;
use crate::property::{ConfirmError, PropertyError, Suspicion, pool};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Expect;
use jwtspec_engine::target::Target;

/// Every so many cases the valid token must be accepted.
const CONTROL_EVERY: usize = 100;
/// Every so many cases a refusal is read for what it should not say, and wherever a key is new.
const LEAK_EVERY: usize = 8;
/// More worlds than the pool has come from the corpus, but no more than this in all.
const MOST_WORLDS: usize = 24;

/// The limits of a search.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of cases; those that look again at something are not counted.
    pub cases: usize,
    /// The time.
    pub time: Option<Duration>,
    /// Where chance begins. The same seed gives the same cases as long as the answers are the same.
    pub seed: u64,
    /// The number of cases that are under way at the same time.
    pub jobs: usize,
    /// True if much slower answers are something new. They depend on the machine.
    pub latency: bool,
}

/// An event while search goes on.
#[derive(Debug)]
pub enum Happening<'a> {
    /// The target answers, and was told its worlds.
    Started {
        /// Its name.
        target: &'a str,
        /// Its version, if it says one.
        version: Option<&'a str>,
        /// The number of setups it was told.
        worlds: usize,
    },
    /// Something in the corpus could not be read and is left alone.
    Unread(&'a Unread),
    /// The corpus was read: so many cases have a key of their own, of so many.
    Resumed {
        /// Those with a key of their own.
        kept: usize,
        /// All that were read.
        read: usize,
    },
    /// A case joined the corpus.
    Kept {
        /// Its key.
        key: &'a Key,
        /// The case.
        case: &'a Case,
        /// True if it replaces a bigger one.
        instead: bool,
    },
    /// A case cannot be kept on disk.
    NotWritten(String),
    /// So much is done.
    Progress {
        /// The number of cases.
        cases: usize,
        /// The number of signatures that are known.
        keys: usize,
        /// The number of finds.
        finds: usize,
    },
    /// The target died and was started again.
    Restarted {
        /// The exit status and log of the process that died.
        ended: String,
    },
    /// Something was found, confirmed and shrunk.
    Found(&'a Find),
}

/// The result of a search.
#[derive(Debug)]
pub struct Exploration {
    /// The number of cases that were presented.
    pub cases: usize,
    /// The number of chosen cases that could not be minted.
    pub void: usize,
    /// The time it took, looking again included.
    pub duration: Duration,
    /// The corpus: the smallest case of each key.
    pub corpus: BTreeMap<Key, Kept>,
    /// The finds.
    pub finds: Vec<Find>,
    /// The number of cases that showed what had been found before.
    pub repeats: usize,
    /// The number of suspicions and signatures that did not come back.
    pub unconfirmed: usize,
}

/// Searches, and tells what happens as it happens.
///
/// # Errors
///
/// If search cannot go on at all; what a verifier does wrong is a find, not an error.
pub async fn explore(
    target: Target,
    store: Option<&Store>,
    limits: Limits,
    options: &Options,
    tell: &mut dyn FnMut(Happening<'_>),
) -> Result<Exploration, PropertyError> {
    let (entries, unread) = match store.map(Store::read) {
        None => (Vec::new(), Vec::new()),
        Some(Ok(read)) => read,
        Some(Err(error)) => {
            tell(Happening::NotWritten(format!("the corpus cannot be read: {error}")));
            (Vec::new(), Vec::new())
        }
    };
    unread.iter().for_each(|unread| tell(Happening::Unread(unread)));
    let worlds =
        |capabilities: &_| with_worlds(pool(limits.seed, capabilities), &entries, MOST_WORLDS);
    let engine = Engine::open(target, worlds, options).await?;
    if engine.worlds().next().is_none() {
        return Err(PropertyError::NoWorld);
    }
    let (target, version) = (engine.name(), engine.version());
    tell(Happening::Started { target, version, worlds: engine.worlds().count() });
    let mut search = Search {
        engine: &engine,
        store,
        limits,
        options,
        maker: Maker::new(engine.worlds()),
        corpus: Corpus::default(),
        latency: Latency::new(limits.latency),
        usable: Vec::new(),
        finds: Vec::new(),
        cases: 0,
        void: 0,
        repeats: 0,
        unconfirmed: 0,
        tell,
    };
    let began = Instant::now();
    search.first_controls().await?;
    search.resume(entries).await?;
    search.run(began).await?;
    Ok(Exploration {
        cases: search.cases,
        void: search.void,
        duration: began.elapsed(),
        corpus: search.corpus.into_kept(),
        finds: search.finds,
        repeats: search.repeats,
        unconfirmed: search.unconfirmed,
    })
}

struct Search<'a> {
    engine: &'a Engine,
    store: Option<&'a Store>,
    limits: Limits,
    options: &'a Options,
    maker: Maker,
    corpus: Corpus,
    latency: Latency,
    /// The worlds where the valid token is accepted.
    usable: Vec<usize>,
    finds: Vec<Find>,
    cases: usize,
    void: usize,
    repeats: usize,
    unconfirmed: usize,
    tell: &'a mut dyn FnMut(Happening<'_>),
}

/// A case that is looked at again, alone.
enum Again {
    /// Something looks wrong.
    Wrong(Oracle, Suspicion),
    /// Something looks new, or smaller.
    New,
}

impl Search<'_> {
    /// Worlds in which no token is certainly valid, or the valid one is refused, show nothing.
    /// That it is refused is for `jwtspec property` to say, which looks at each world.
    async fn first_controls(&mut self) -> Result<(), PropertyError> {
        for world in 0..self.engine.worlds().count() {
            let certain = match self.engine.control(world).await {
                Ok(seen) => seen.expected.expect == Expect::Accept,
                Err(_) => false,
            };
            if !certain || crate::property::control(self.engine, world).await?.is_some() {
                self.engine.give_up(world);
            }
        }
        self.find_usable()
    }

    fn find_usable(&mut self) -> Result<(), PropertyError> {
        let worlds = 0..self.engine.worlds().count();
        self.usable = worlds.filter(|world| self.engine.is_usable(*world)).collect();
        if self.usable.is_empty() {
            return Err(PropertyError::ControlLost("refused in every world".to_owned()));
        }
        Ok(())
    }

    /// Takes in what was kept before: each case is presented, for the target may have changed.
    async fn resume(&mut self, entries: Vec<Entry>) -> Result<(), PropertyError> {
        let read = entries.len();
        // The smallest first, so that bigger ones with the same key are not kept at all.
        let mut cases: Vec<(Case, PathBuf)> = Vec::new();
        for Entry { path, world, mut case } in entries {
            // Kept from a target that takes requests that this one has no place for.
            if case.request.is_some() && !self.engine.channel().bearer {
                continue;
            }
            let mut worlds = self.engine.worlds();
            let place = worlds.position(|other| is_same_world(other, &world));
            let Some(place) = place.filter(|place| self.engine.is_usable(*place)) else { continue };
            case.world = place;
            cases.push((case, path));
        }
        cases.sort_by_key(|(case, path)| (case.size(), path.clone()));
        for (case, path) in cases {
            let Ok(first) = look(self.engine, &case).await else { continue };
            self.judge_again(&case, first).await?;
            let Some(measured) = self.measure(&case).await? else { continue };
            let mut key = measured.key;
            key.came = self.corpus.bounded(key.came);
            if self.corpus.find(&key).is_some() {
                // A smaller one has the same key.
                self.forget(&path);
                continue;
            }
            let is_own = path.file_stem().is_some_and(|stem| *stem == *key.name());
            let written = match is_own {
                true => Some(path),
                false => {
                    let written = self.write(&key, &case, &measured.seen);
                    if written.is_some() {
                        self.forget(&path);
                    }
                    written
                }
            };
            self.corpus.keep(key, case, written);
        }
        if read > 0 {
            (self.tell)(Happening::Resumed { kept: self.corpus.len(), read });
        }
        Ok(())
    }

    async fn run(&mut self, began: Instant) -> Result<(), PropertyError> {
        let until = self.limits.time.map(|time| began + time);
        let mut number = 0;
        let mut recent: VecDeque<Case> = VecDeque::new();
        let mut since_control = 0;
        let (limits, engine) = (self.limits, self.engine);
        let is_over = move |number: usize| {
            number >= limits.cases || until.is_some_and(|until| Instant::now() >= until)
        };
        let mut over = is_over(number);
        while !over {
            // Answers are taken in the order of the cases, whichever came first: what is chosen
            // next then follows from the seed and from what was answered, and from nothing else.
            let mut running = FuturesOrdered::new();
            let mut again: Vec<(Case, Again)> = Vec::new();
            loop {
                while again.is_empty()
                    && !over
                    && running.len() < limits.jobs.max(1)
                    && since_control < CONTROL_EVERY
                {
                    let case = self.choose(number);
                    (number, since_control) = (number + 1, since_control + 1);
                    running.push_back(async move {
                        let look = look(engine, &case).await;
                        (case, look)
                    });
                    over = is_over(number);
                }
                let Some((case, look)) = running.next().await else { break };
                match look {
                    Ok(look) => {
                        self.cases += 1;
                        recent.push_back(case.clone());
                        let found = self.consider(&case, look);
                        again.extend(found.into_iter().map(|again| (case.clone(), again)));
                    }
                    Err(_) => self.void += 1,
                }
            }
            drop(running);
            for (case, again) in again {
                match again {
                    Again::Wrong(oracle, suspicion) => {
                        self.look_into(oracle, case, &suspicion, &recent).await?;
                    }
                    Again::New => self.look_for_key(case).await?,
                }
            }
            if since_control >= CONTROL_EVERY {
                since_control = 0;
                self.keep_control(&recent).await?;
                recent.clear();
            }
            let (keys, finds) = (self.corpus.len(), self.finds.len());
            (self.tell)(Happening::Progress { cases: self.cases, keys, finds });
            over = is_over(number);
        }
        self.keep_control(&recent).await
    }

    /// The next case: drawn anew, or made from the corpus.
    fn choose(&mut self, number: usize) -> Case {
        let mut rng = Rng::of_case(self.limits.seed, number);
        let bearer = self.engine.channel().bearer;
        let parents = match rng.one_in(3) {
            true => None,
            false => self.corpus.pick(&mut rng).zip(self.corpus.pick(&mut rng)),
        };
        match parents {
            Some((one, two)) => self.maker.mutated(&one, &two, &self.usable, bearer, &mut rng),
            None => self.maker.fresh(&self.usable, bearer, &mut rng),
        }
    }

    /// Returns what of a case is worth another look.
    fn consider(&mut self, case: &Case, look: Look) -> Vec<Again> {
        self.latency.note(look.took);
        let came = self.corpus.bounded(Came::of(&look.seen));
        let latency = self.latency.class(look.took);
        let hint = Key { came, latency, asked: look.asked.clone() };
        self.corpus.count(&hint);
        let plain = Key::plain(hint.came.clone());
        let is_new = self.corpus.find(&plain).is_none();
        let mut again = self.judge(case, look, is_new || self.cases.is_multiple_of(LEAK_EVERY));
        // Another case may have fetched or slowed the target: it is tried alone, but not for ever.
        if (self.corpus.is_better(&plain, case) && hint == plain)
            || self.corpus.is_worth_trying(&hint)
        {
            again.push(Again::New);
        }
        again
    }

    /// Returns what looks wrong with the answer to a case.
    fn judge(&mut self, case: &Case, look: Look, leaks: bool) -> Vec<Again> {
        let seen = vec![vec![look.seen]];
        let mut wrong = Vec::new();
        for oracle in [Oracle::Answer, Oracle::Leak] {
            if oracle == Oracle::Leak && !leaks {
                continue;
            }
            if let Some(suspicion) = oracle.judge(self.engine, case, &seen) {
                wrong.push(Again::Wrong(oracle, suspicion));
            }
        }
        wrong
    }

    async fn judge_again(&mut self, case: &Case, look: Look) -> Result<(), PropertyError> {
        for again in self.judge(case, look, true) {
            if let Again::Wrong(oracle, suspicion) = again {
                self.look_into(oracle, case.clone(), &suspicion, &VecDeque::new()).await?;
            }
        }
        Ok(())
    }

    /// The key of a case, taken alone.
    async fn measure(
        &mut self,
        case: &Case,
    ) -> Result<Option<super::measure::Measured>, PropertyError> {
        match measure(self.engine, case, &self.latency).await {
            Ok(measured) => Ok(measured),
            Err(ConfirmError::Mint(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a case; that it cannot be written ends nothing.
    fn write(
        &mut self,
        key: &Key,
        case: &Case,
        seen: &crate::property::engine::Seen,
    ) -> Option<PathBuf> {
        let world = self.engine.world(case.world);
        match self.store?.write(key, case, world, seen) {
            Ok(path) => Some(path),
            Err(error) => {
                (self.tell)(Happening::NotWritten(error.to_string()));
                None
            }
        }
    }

    fn forget(&mut self, path: &Path) {
        if let Some(Err(error)) = self.store.map(|store| store.forget(path)) {
            let what = format!("{} cannot be removed: {error}", path.display());
            (self.tell)(Happening::NotWritten(what));
        }
    }
}
