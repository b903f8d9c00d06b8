//! The loop: choose a case, present it, judge it, keep it if what came back is new.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::case::is_same_setup;
use super::corpus::Corpus;
use super::generate::CaseGenerator;
use super::latency::Latency;
use super::observe::{has_signature, hint, observe_signature, present};
use super::stability::is_stable;
use super::store::{Entry, Store, with_setups};
use super::{BehaviourSignature, Kept};
use crate::property::campaign::{Campaign, FollowUp, Hunt, open};
use crate::property::find::Find;
use crate::property::presented::{Answers, Presented};
use crate::property::presenter::Presenter;
use crate::property::{
    Limits, PROPERTIES, Property, PropertyError, SearchEvent, Suspicion, TestCase, judge,
    judge_leak, pool, shrink_while,
};
use crate::rng::Rng;
use jwtspec_engine::judge::sample::Kind;
use jwtspec_engine::run::Options;
use jwtspec_engine::target::Target;
use jwtspec_types::words::Finding;

/// Every so many cases a refusal is read for what it should not say, and wherever a signature is new.
const LEAK_EVERY: usize = 8;
/// More setups than the pool has come from the corpus, but no more than this in all.
const MOST_SETUPS: usize = 24;
/// So often it is asked whether a smaller case has the same signature.
const MOST_REQUESTS: usize = 40;

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

/// Searches, and tells what happens as it happens. With `latency` much slower answers are something
/// new; they depend on the machine.
///
/// # Errors
///
/// If search cannot go on at all; what a verifier does wrong is a find, not an error.
pub async fn explore(
    target: Target,
    store: Option<&Store>,
    limits: Limits,
    latency: bool,
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
    unread.into_iter().for_each(|unread| tell(SearchEvent::Unread(unread)));
    let setups =
        |capabilities: &_| with_setups(pool(limits.seed, capabilities), &entries, MOST_SETUPS);
    let presenter = open(target, setups, options, tell).await?;
    let bearer = presenter.target().channel().bearer;
    let mut campaign = Campaign::new(&presenter, limits, options, tell);
    let mut search = Search {
        presenter: &presenter,
        store,
        seed: limits.seed,
        generator: CaseGenerator::new(presenter.setups(), bearer),
        corpus: Corpus::default(),
        latency: Latency::new(latency),
        explored: Exploration::default(),
    };
    let began = Instant::now();
    // That a valid token is refused is for `jwtspec property` to say, which looks at each setup.
    campaign.first_controls(false).await?;
    let setups = 0..presenter.setups().count();
    search.generator.usable = setups.filter(|setup| presenter.is_usable(*setup)).collect();
    if search.generator.usable.is_empty() {
        return Err(PropertyError::ControlRefused("of any setup"));
    }
    search.resume(&mut campaign, entries).await?;
    campaign.run(&mut search, limits.time.map(|time| began + time)).await?;
    Ok(Exploration {
        duration: began.elapsed(),
        corpus: search.corpus.into_kept(),
        finds: campaign.finds,
        repeats: campaign.repeats,
        unconfirmed: campaign.unconfirmed,
        ..search.explored
    })
}

struct Search<'a> {
    presenter: &'a Presenter,
    store: Option<&'a Store>,
    seed: u64,
    generator: CaseGenerator,
    corpus: Corpus,
    latency: Latency,
    /// The result so far: the number of cases.
    explored: Exploration,
}

impl Hunt for Search<'_> {
    /// Drawn anew, or made from the corpus.
    fn next_case(&mut self, number: usize) -> TestCase {
        let mut rng = Rng::new(self.seed, &format!("case {number}"));
        let parents = match rng.one_in(3) {
            true => None,
            false => self.corpus.pick(&mut rng).zip(self.corpus.pick(&mut rng)),
        };
        match parents {
            Some((one, two)) => self.generator.mutated(&one, &two, &mut rng),
            None => self.generator.fresh(&mut rng),
        }
    }

    fn judge(&self, case: &TestCase, answers: &Answers) -> Option<Suspicion> {
        let step = &case.steps[0];
        let kind = match step.request {
            Some(_) if step.is_bytes() => Kind::Orderly,
            // Only the usual request asks for the claims.
            None if self.presenter.target().channel().claims => Kind::Claims,
            _ => Kind::Expected,
        };
        judge(kind, answers)
    }

    /// One of those of `jwtspec property`, so one deviation covers both commands.
    fn property(&self, case: &TestCase, finding: Finding) -> &'static Property {
        let step = &case.steps[0];
        let id = match finding {
            Finding::ClaimsAltered => "claims",
            _ if step.is_bytes() => "orderly",
            _ if step.request.is_some() => "presented",
            _ => "any",
        };
        PROPERTIES.iter().find(|property| property.id == id).unwrap_or(&PROPERTIES[0])
    }

    fn take(&mut self, case: &TestCase, answers: Option<Answers>) -> Vec<FollowUp> {
        let Some(answers) = answers else {
            self.explored.void += 1;
            return Vec::new();
        };
        self.explored.cases += 1;
        let presented = &answers[0][0];
        self.latency.note(presented.took);
        let hint = self.bounded(hint(presented, &self.latency));
        self.corpus.count(&hint);
        let plain = BehaviourSignature::plain(hint.answer.clone());
        let is_new = self.corpus.find(&plain).is_none();
        let leaks = is_new || self.explored.cases.is_multiple_of(LEAK_EVERY);
        let wrong = self.suspicions(case, &answers, leaks).into_iter();
        let mut again: Vec<FollowUp> = wrong.map(FollowUp::Suspicious).collect();
        // Another case may have fetched or slowed the target: it is tried alone, but not for ever.
        if is_stable(self.presenter, case)
            && ((self.corpus.is_better(&plain, case) && hint == plain)
                || self.corpus.is_worth_trying(&hint))
        {
            again.push(FollowUp::New);
        }
        again
    }

    /// Measures a case whose signature looks new, or that says less than the one that is kept.
    async fn observe_again(
        &mut self,
        campaign: &mut Campaign<'_>,
        case: TestCase,
    ) -> Result<(), PropertyError> {
        let (presenter, latency) = (self.presenter, &self.latency);
        if presenter.revive().await?.is_some() {
            // What ends the target is for the oracle.
            return Ok(());
        }
        let Some((exact, presented)) = observe_signature(presenter, &case, latency).await? else {
            campaign.unconfirmed += 1;
            return Ok(());
        };
        let signature = self.bounded(exact.clone());
        if !self.corpus.is_better(&signature, &case) {
            return Ok(());
        }
        // Messages that are taken together are told apart again while one of them is shrunk.
        let latency = &self.latency;
        let tried = std::cell::Cell::new(0);
        let shows = async |candidate: &TestCase| {
            tried.set(tried.get() + 1);
            tried.get() <= MOST_REQUESTS
                && has_signature(presenter, candidate, &exact, latency).await
        };
        let smallest = shrink_while(presenter, &case, &shows).await;
        let (case, presented) = match observe_signature(presenter, &smallest, latency).await? {
            Some((again, shown)) if again == exact => (smallest, shown),
            _ => (case, presented),
        };
        if self.corpus.is_better(&signature, &case) {
            let path = self.write(campaign, &signature, &case, &presented);
            self.corpus.keep(signature, case, path);
        }
        Ok(())
    }

    fn progress(&mut self, campaign: &Campaign<'_>, _: Duration) -> SearchEvent<'static> {
        let (signatures, finds) = (self.corpus.len(), campaign.finds.len());
        SearchEvent::Progress { property: None, cases: self.explored.cases, signatures, finds }
    }
}

impl Search<'_> {
    /// Takes in what was kept before: each case is presented, for the target may have changed.
    async fn resume(
        &mut self,
        campaign: &mut Campaign<'_>,
        entries: Vec<Entry>,
    ) -> Result<(), PropertyError> {
        let (presenter, read) = (self.presenter, entries.len());
        // The smallest first, so that bigger ones with the same signature are not kept at all.
        let mut cases: Vec<(TestCase, PathBuf)> = Vec::new();
        for Entry { path, setup, mut case } in entries {
            // Kept from a target that takes requests that this one has no place for.
            if case.steps[0].request.is_some() && !presenter.target().channel().bearer {
                continue;
            }
            let place = presenter.setups().position(|other| is_same_setup(other, &setup));
            if let Some(place) = place.filter(|place| presenter.is_usable(*place)) {
                case.setup = place;
                cases.push((case, path));
            }
        }
        cases.sort_by_key(|(case, path)| (case.size(), path.clone()));
        for (case, path) in cases {
            let Some(first) = present(presenter, &case).await else { continue };
            for suspicion in self.suspicions(&case, &vec![vec![first]], true) {
                campaign.investigate(self, case.clone(), &suspicion, &[]).await?;
            }
            if !is_stable(presenter, &case) {
                continue;
            }
            let observed = observe_signature(presenter, &case, &self.latency).await?;
            let Some((signature, presented)) = observed else { continue };
            let signature = self.bounded(signature);
            if self.corpus.find(&signature).is_some() {
                // A smaller one has the same signature.
                self.remove_file(campaign, &path);
            } else if path.file_stem().is_some_and(|stem| *stem == *signature.name()) {
                self.corpus.keep(signature, case, Some(path));
            } else {
                let written = self.write(campaign, &signature, &case, &presented);
                let is_written = written.is_some();
                self.corpus.keep(signature, case, written);
                if is_written {
                    self.remove_file(campaign, &path);
                }
            }
        }
        if read > 0 {
            (campaign.tell)(SearchEvent::Resumed { kept: self.corpus.len(), read });
        }
        Ok(())
    }

    /// Returns what looks wrong with the answer to a case; with `leaks` what it says too much, too.
    fn suspicions(&self, case: &TestCase, answers: &Answers, leaks: bool) -> Vec<Suspicion> {
        let leak = || judge_leak(self.presenter, case.setup, answers);
        let leak = if leaks { leak() } else { None };
        self.judge(case, answers).into_iter().chain(leak).collect()
    }

    fn bounded(&mut self, signature: BehaviourSignature) -> BehaviourSignature {
        BehaviourSignature { answer: self.corpus.bounded(signature.answer), ..signature }
    }

    /// Writes a case; that it cannot be written ends nothing.
    fn write(
        &self,
        campaign: &mut Campaign<'_>,
        signature: &BehaviourSignature,
        case: &TestCase,
        presented: &Presented,
    ) -> Option<PathBuf> {
        let setup = self.presenter.setup(case.setup);
        let written = self.store?.write(signature, case, setup, presented);
        written.map_err(|error| (campaign.tell)(SearchEvent::NotWritten(error.to_string()))).ok()
    }

    /// Removes a file, unless a case that was read before is written there by now.
    fn remove_file(&self, campaign: &mut Campaign<'_>, path: &Path) {
        if self.corpus.owns(path) {
            return;
        }
        if let Some(Err(error)) = self.store.map(|store| store.remove_file(path)) {
            let what = format!("{} cannot be removed: {error}", path.display());
            (campaign.tell)(SearchEvent::NotWritten(what));
        }
    }
}
