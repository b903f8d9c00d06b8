//! The loop: choose a case, present it, judge it, keep it if what came back is new.

mod minimise;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::stream::{FuturesOrdered, StreamExt};

use super::case::is_same_setup;
use super::check::Check;
use super::corpus::Corpus;
use super::generate::CaseGenerator;
use super::latency::Latency;
use super::observe::{Observed, observe, observe_signature};
use super::stability::is_stable;
use super::store::{Entry, Store, with_setups};
use super::{AnswerSignature, BehaviourSignature, Case, Kept, Unread};
use crate::fuzz::Rng;
use crate::property::find::Find;
use crate::property::presenter::Presenter;
use crate::property::{ConfirmError, PropertyError, Suspicion, TestCase, pool};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Expect;
use jwtspec_engine::target::Target;

/// Every so many cases the valid token must be accepted.
const CONTROL_EVERY: usize = 100;
/// Every so many cases a refusal is read for what it should not say, and wherever a signature is new.
const LEAK_EVERY: usize = 8;
/// More setups than the pool has come from the corpus, but no more than this in all.
const MOST_SETUPS: usize = 24;

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
pub enum SearchEvent<'a> {
    /// The target answers, and was told its setups.
    Started {
        /// Its name.
        target: &'a str,
        /// Its version, if it says one.
        version: Option<&'a str>,
        /// The number of setups it was told.
        setups: usize,
    },
    /// Something in the corpus could not be read and is left alone.
    Unread(&'a Unread),
    /// The corpus was read: so many cases have a signature of their own, of so many.
    Resumed {
        /// Those with a signature of their own.
        kept: usize,
        /// All that were read.
        read: usize,
    },
    /// A case cannot be kept on disk.
    NotWritten(String),
    /// So much is done.
    Progress {
        /// The number of cases.
        cases: usize,
        /// The number of signatures that are known.
        signatures: usize,
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
#[derive(Debug, Default)]
pub struct Exploration {
    /// The number of cases that were presented.
    pub cases: usize,
    /// The number of chosen cases that could not be minted.
    pub void: usize,
    /// The time it took, looking again included.
    pub duration: Duration,
    /// The corpus: the smallest case of each signature.
    pub corpus: BTreeMap<BehaviourSignature, Kept>,
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
    tell: &mut dyn FnMut(SearchEvent<'_>),
) -> Result<Exploration, PropertyError> {
    let (entries, unread) = match store.map(Store::read) {
        None => (Vec::new(), Vec::new()),
        Some(Ok(read)) => read,
        Some(Err(error)) => {
            tell(SearchEvent::NotWritten(format!("the corpus cannot be read: {error}")));
            (Vec::new(), Vec::new())
        }
    };
    unread.iter().for_each(|unread| tell(SearchEvent::Unread(unread)));
    let setups =
        |capabilities: &_| with_setups(pool(limits.seed, capabilities), &entries, MOST_SETUPS);
    let presenter = Presenter::open(target, setups, options).await?;
    if presenter.setups().next().is_none() {
        return Err(PropertyError::NoSetup);
    }
    let (target, version) = (presenter.target().name(), presenter.target().version());
    tell(SearchEvent::Started { target, version, setups: presenter.setups().count() });
    let mut search = Search {
        presenter: &presenter,
        store,
        limits,
        options,
        generator: CaseGenerator::new(presenter.setups()),
        corpus: Corpus::default(),
        latency: Latency::new(limits.latency),
        usable: Vec::new(),
        explored: Exploration::default(),
        tell,
    };
    let began = Instant::now();
    search.first_controls().await?;
    search.resume(entries).await?;
    search.run(began).await?;
    let (duration, corpus) = (began.elapsed(), search.corpus.into_kept());
    Ok(Exploration { duration, corpus, ..search.explored })
}

struct Search<'a> {
    presenter: &'a Presenter,
    store: Option<&'a Store>,
    limits: Limits,
    options: &'a Options,
    generator: CaseGenerator,
    corpus: Corpus,
    latency: Latency,
    /// The setups where the valid token is accepted.
    usable: Vec<usize>,
    /// The result so far; time and corpus are added at the end.
    explored: Exploration,
    tell: &'a mut dyn FnMut(SearchEvent<'_>),
}

/// A case that is looked at again, alone.
enum FollowUp {
    /// Something looks wrong.
    Suspicious(Check, Suspicion),
    /// Something looks new, or smaller.
    NewSignature,
}

impl Search<'_> {
    /// Setups in which no token is certainly valid, or the valid one is refused, show nothing.
    /// That it is refused is for `jwtspec property` to say, which looks at each setup.
    async fn first_controls(&mut self) -> Result<(), PropertyError> {
        for setup in 0..self.presenter.setups().count() {
            let certain = match self.presenter.control(setup).await {
                Ok(presented) => presented.prepared.expected.expect == Expect::Accept,
                Err(_) => false,
            };
            if !certain || crate::property::check_control(self.presenter, setup).await?.is_some() {
                self.presenter.exclude(setup);
            }
        }
        self.find_usable()
    }

    fn find_usable(&mut self) -> Result<(), PropertyError> {
        let setups = 0..self.presenter.setups().count();
        self.usable = setups.filter(|setup| self.presenter.is_usable(*setup)).collect();
        if self.usable.is_empty() {
            return Err(PropertyError::ControlLost("refused in every world".to_owned()));
        }
        Ok(())
    }

    /// Takes in what was kept before: each case is presented, for the target may have changed.
    async fn resume(&mut self, entries: Vec<Entry>) -> Result<(), PropertyError> {
        let read = entries.len();
        // The smallest first, so that bigger ones with the same signature are not kept at all.
        let mut cases: Vec<(Case, PathBuf)> = Vec::new();
        for Entry { path, setup, mut case } in entries {
            // Kept from a target that takes requests that this one has no place for.
            if case.request.is_some() && !self.presenter.target().channel().bearer {
                continue;
            }
            let mut setups = self.presenter.setups();
            let place = setups.position(|other| is_same_setup(other, &setup));
            let Some(place) = place.filter(|place| self.presenter.is_usable(*place)) else {
                continue;
            };
            case.setup = place;
            cases.push((case, path));
        }
        cases.sort_by_key(|(case, path)| (case.size(), path.clone()));
        for (case, path) in cases {
            let Ok(first) = observe(self.presenter, &case).await else { continue };
            self.investigate_suspicions(&case, first).await?;
            if !is_stable(self.presenter, &case) {
                continue;
            }
            let Some(observed) = self.observe_signature(&case).await? else { continue };
            let mut signature = observed.signature;
            signature.answer = self.corpus.bounded(signature.answer);
            if self.corpus.find(&signature).is_some() {
                // A smaller one has the same signature.
                self.remove_file(&path);
                continue;
            }
            let is_own = path.file_stem().is_some_and(|stem| *stem == *signature.name());
            if is_own {
                self.corpus.keep(signature, case, Some(path));
                continue;
            }
            let written = self.write(&signature, &case, &observed.presented);
            let is_written = written.is_some();
            self.corpus.keep(signature, case, written);
            if is_written {
                self.remove_file(&path);
            }
        }
        if read > 0 {
            (self.tell)(SearchEvent::Resumed { kept: self.corpus.len(), read });
        }
        Ok(())
    }

    async fn run(&mut self, began: Instant) -> Result<(), PropertyError> {
        let until = self.limits.time.map(|time| began + time);
        let mut number = 0;
        let mut recent: Vec<TestCase> = Vec::new();
        let mut since_control = 0;
        let (limits, presenter) = (self.limits, self.presenter);
        let is_over = move |number: usize| {
            number >= limits.cases || until.is_some_and(|until| Instant::now() >= until)
        };
        let mut over = is_over(number);
        while !over {
            // Answers are taken in the order of the cases, whichever came first: what is chosen
            // next then follows from the seed and from what was answered, and from nothing else.
            let mut running = FuturesOrdered::new();
            let mut again: Vec<(Case, FollowUp)> = Vec::new();
            loop {
                while again.is_empty()
                    && !over
                    && running.len() < limits.jobs.max(1)
                    && since_control < CONTROL_EVERY
                {
                    let case = self.choose(number);
                    (number, since_control) = (number + 1, since_control + 1);
                    running.push_back(async move {
                        let observe = observe(presenter, &case).await;
                        (case, observe)
                    });
                    over = is_over(number);
                }
                let Some((case, observe)) = running.next().await else { break };
                match observe {
                    Ok(observe) => {
                        self.explored.cases += 1;
                        recent.push(case.test_case());
                        let found = self.follow_ups(&case, observe);
                        again.extend(found.into_iter().map(|again| (case.clone(), again)));
                    }
                    Err(_) => self.explored.void += 1,
                }
            }
            drop(running);
            for (case, again) in again {
                match again {
                    FollowUp::Suspicious(check, suspicion) => {
                        self.investigate(check, case.test_case(), &suspicion, &recent).await?;
                    }
                    FollowUp::NewSignature => self.investigate_signature(case).await?,
                }
            }
            if since_control >= CONTROL_EVERY {
                since_control = 0;
                self.recheck_controls(&recent).await?;
                recent.clear();
            }
            let (signatures, finds) = (self.corpus.len(), self.explored.finds.len());
            (self.tell)(SearchEvent::Progress { cases: self.explored.cases, signatures, finds });
            over = is_over(number);
        }
        self.recheck_controls(&recent).await
    }

    /// The next case: drawn anew, or made from the corpus.
    fn choose(&mut self, number: usize) -> Case {
        let mut rng = Rng::of_case(self.limits.seed, number);
        let bearer = self.presenter.target().channel().bearer;
        let parents = match rng.one_in(3) {
            true => None,
            false => self.corpus.pick(&mut rng).zip(self.corpus.pick(&mut rng)),
        };
        match parents {
            Some((one, two)) => self.generator.mutated(&one, &two, &self.usable, bearer, &mut rng),
            None => self.generator.fresh(&self.usable, bearer, &mut rng),
        }
    }

    /// Returns what of a case is worth another look.
    fn follow_ups(&mut self, case: &Case, observe: Observed) -> Vec<FollowUp> {
        self.latency.note(observe.took);
        let answer = self.corpus.bounded(AnswerSignature::summarise(&observe.presented));
        let latency = self.latency.class(observe.took);
        let hint = BehaviourSignature { answer, latency, fetches: observe.fetches.clone() };
        self.corpus.count(&hint);
        let plain = BehaviourSignature::plain(hint.answer.clone());
        let is_new = self.corpus.find(&plain).is_none();
        let leaks = is_new || self.explored.cases.is_multiple_of(LEAK_EVERY);
        let wrong = self.judge(case, observe, leaks).into_iter();
        let mut again: Vec<FollowUp> =
            wrong.map(|(check, suspicion)| FollowUp::Suspicious(check, suspicion)).collect();
        // Another case may have fetched or slowed the target: it is tried alone, but not for ever.
        if is_stable(self.presenter, case)
            && ((self.corpus.is_better(&plain, case) && hint == plain)
                || self.corpus.is_worth_trying(&hint))
        {
            again.push(FollowUp::NewSignature);
        }
        again
    }

    /// Returns what looks wrong with the answer to a case.
    fn judge(&self, case: &Case, observe: Observed, leaks: bool) -> Vec<(Check, Suspicion)> {
        let presented = vec![vec![observe.presented]];
        let checks = [Some(Check::Answer), leaks.then_some(Check::Leak)].into_iter().flatten();
        let judged = |it: Check| Some((it, it.judge(self.presenter, case, &presented)?));
        checks.filter_map(judged).collect()
    }

    async fn investigate_suspicions(
        &mut self,
        case: &Case,
        observe: Observed,
    ) -> Result<(), PropertyError> {
        for (check, suspicion) in self.judge(case, observe, true) {
            self.investigate(check, case.test_case(), &suspicion, &[]).await?;
        }
        Ok(())
    }

    /// The signature of a case, taken alone.
    async fn observe_signature(
        &mut self,
        case: &Case,
    ) -> Result<Option<super::observe::ObservedSignature>, PropertyError> {
        match observe_signature(self.presenter, case, &self.latency).await {
            Ok(observed) => Ok(observed),
            Err(ConfirmError::Mint(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a case; that it cannot be written ends nothing.
    fn write(
        &mut self,
        signature: &BehaviourSignature,
        case: &Case,
        presented: &crate::property::presenter::Presented,
    ) -> Option<PathBuf> {
        let setup = self.presenter.setup(case.setup);
        match self.store?.write(signature, case, setup, presented) {
            Ok(path) => Some(path),
            Err(error) => {
                (self.tell)(SearchEvent::NotWritten(error.to_string()));
                None
            }
        }
    }

    /// Removes a file, unless a case that was read before is written there by now.
    fn remove_file(&mut self, path: &Path) {
        if self.corpus.owns(path) {
            return;
        }
        if let Some(Err(error)) = self.store.map(|store| store.remove_file(path)) {
            let what = format!("{} cannot be removed: {error}", path.display());
            (self.tell)(SearchEvent::NotWritten(what));
        }
    }
}
