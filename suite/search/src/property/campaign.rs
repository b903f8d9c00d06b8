//! Presents case after case, with the valid token in between, and looks into what looks wrong.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::TestCase;
use super::confirm::{Confirmed, PropertyError, check_control, confirm_and_shrink, find_poisoner};
use super::find::Find;
use super::presented::{Answers, Presented};
use super::presenter::Presenter;
use super::table::{PROPERTIES, Property};
use super::tally::{Limits, SearchEvent};
use super::verdict::{Suspicion, judge, judge_leak};
use crate::generate::SetupSpec;
use futures::stream::{FuturesOrdered, StreamExt};
use jwtspec_engine::judge::sample::Kind;
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Expect;
use jwtspec_engine::target::Target;
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::words::{Finding, Level};

/// Every so many cases the valid token must be accepted.
const CONTROL_EVERY: usize = 100;
/// More different finds of one property are counted and not shrunk.
const MOST_FINDS: usize = 20;

/// The source of the cases of a campaign, which also says what is made of their answers.
pub(crate) trait Hunt {
    /// Chooses a case.
    fn next_case(&mut self, number: usize) -> TestCase;

    /// The kind of tokens that are worth presenting.
    fn kind(&self) -> Kind {
        Kind::Expected
    }

    /// Returns what is wrong with the answers to a case, if anything.
    fn judge(&self, test_case: &TestCase, answers: &Answers) -> Option<Suspicion>;

    /// The property that a case breaks.
    fn property(&self, test_case: &TestCase, finding: Finding) -> &'static Property;

    /// Takes note of the answers to a case, or that there are none because it was not presented.
    /// Returns what is worth another look.
    fn take(&mut self, test_case: &TestCase, answers: Option<Answers>) -> Vec<FollowUp>;

    /// Looks at a case again, alone, of which the answer was new.
    async fn observe_again(
        &mut self,
        _: &mut Campaign<'_>,
        _: TestCase,
    ) -> Result<(), PropertyError> {
        Ok(())
    }

    /// The event after some cases, which took so long.
    fn progress(&mut self, campaign: &Campaign<'_>, took: Duration) -> SearchEvent<'static>;
}

/// A reason to look at a case again, alone.
pub(crate) enum FollowUp {
    /// Something looks wrong.
    Suspicious(Suspicion),
    /// Something looks new.
    New,
}

/// A search of one target, and what it has found so far.
pub(crate) struct Campaign<'a> {
    pub(crate) presenter: &'a Presenter,
    pub(crate) limits: Limits,
    /// Finds of a lower level are passed over.
    limit: Level,
    pub(crate) finds: Vec<Find>,
    /// The number of cases that showed what had been found before.
    pub(crate) repeats: usize,
    /// The number of suspicions that did not come back.
    pub(crate) unconfirmed: usize,
    pub(crate) tell: &'a mut dyn FnMut(SearchEvent<'_>),
}

/// Starts a target, and tells it a pool of setups.
///
/// # Errors
///
/// If that fails, or it can be told none.
pub(crate) async fn open(
    target: Target,
    pool: impl FnOnce(&Capabilities) -> Vec<SetupSpec>,
    options: &Options,
    tell: &mut dyn FnMut(SearchEvent<'_>),
) -> Result<Presenter, PropertyError> {
    let presenter = Presenter::open(target, pool, options).await?;
    if !presenter.untold().is_empty() {
        tell(SearchEvent::Untold(presenter.untold()));
    }
    let (target, version) = (presenter.target().name(), presenter.target().version());
    match presenter.setups().count() {
        0 if !presenter.untold().is_empty() => return Err(PropertyError::NothingTold),
        0 => return Err(PropertyError::NoSetup),
        setups => tell(SearchEvent::Started { target, version, setups }),
    }
    Ok(presenter)
}

impl<'a> Campaign<'a> {
    pub(crate) fn new(
        presenter: &'a Presenter,
        limits: Limits,
        options: &Options,
        tell: &'a mut dyn FnMut(SearchEvent<'_>),
    ) -> Self {
        let (limit, finds) = (options.limit, Vec::new());
        Self { presenter, limits, limit, finds, repeats: 0, unconfirmed: 0, tell }
    }

    /// Excludes each setup where no token is certainly valid, or the valid one is refused, for it
    /// shows nothing. A refusal is a find, if it is asked for.
    pub(crate) async fn first_controls(&mut self, find: bool) -> Result<(), PropertyError> {
        for setup in 0..self.presenter.setups().count() {
            let control = self.presenter.control(setup).await.ok();
            let expected = control.map(|presented| presented.prepared.expected.expect);
            if expected != Some(Expect::Accept) {
                self.presenter.exclude(setup);
                continue;
            }
            let Some(lost) = check_control(self.presenter, setup).await? else { continue };
            self.presenter.exclude(setup);
            let answers = vec![vec![*lost]];
            if let (true, Some(suspicion)) = (find, judge(Kind::Accepted, &answers)) {
                let test_case = TestCase::of(setup, Vec::new());
                self.record(&PROPERTIES[0], test_case, &suspicion, &answers);
            }
        }
        Ok(())
    }

    /// Presents cases until they or the time are used up.
    pub(crate) async fn run(
        &mut self,
        hunt: &mut impl Hunt,
        until: Option<Instant>,
    ) -> Result<(), PropertyError> {
        let presenter = self.presenter;
        let (mut number, mut since_control) = (0, 0);
        let mut recent: Vec<TestCase> = Vec::new();
        let Limits { cases, jobs, .. } = self.limits;
        let is_over =
            |number| number >= cases || until.is_some_and(|until| Instant::now() >= until);
        while !is_over(number) {
            // Answers are taken in the order of the cases, whichever came first: what is chosen
            // next then follows from the seed and from what was answered, and from nothing else.
            let began = Instant::now();
            let mut running = FuturesOrdered::new();
            let mut again: Vec<(TestCase, FollowUp)> = Vec::new();
            loop {
                while again.is_empty()
                    && !is_over(number)
                    && running.len() < jobs.max(1)
                    && since_control < CONTROL_EVERY
                {
                    let (test_case, kind) = (hunt.next_case(number), hunt.kind());
                    (number, since_control) = (number + 1, since_control + 1);
                    running.push_back(async move {
                        let answers = presenter.present_wanted(&test_case, kind).await;
                        (test_case, answers.ok().flatten())
                    });
                }
                let Some((test_case, answers)) = running.next().await else { break };
                if answers.is_some() {
                    recent.push(test_case.clone());
                }
                let found = hunt.take(&test_case, answers);
                again.extend(found.into_iter().map(|again| (test_case.clone(), again)));
            }
            drop(running);
            let took = began.elapsed();
            for (test_case, again) in again {
                match again {
                    FollowUp::Suspicious(suspicion) => {
                        self.investigate(hunt, test_case, &suspicion, &recent).await?;
                    }
                    FollowUp::New => hunt.observe_again(self, test_case).await?,
                }
            }
            if since_control >= CONTROL_EVERY {
                since_control = 0;
                self.recheck_controls(hunt, &recent).await?;
                recent.clear();
            }
            let event = hunt.progress(self, took);
            (self.tell)(event);
        }
        self.recheck_controls(hunt, &recent).await
    }

    /// Confirms and shrinks what looks wrong, unless it is known.
    pub(crate) async fn investigate(
        &mut self,
        hunt: &impl Hunt,
        test_case: TestCase,
        suspicion: &Suspicion,
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        let presenter = self.presenter;
        let property = &hunt.property(&test_case, suspicion.finding).id;
        if Find::count_repeat(&mut self.finds, &test_case, suspicion)
            || self.finds.iter().filter(|find| find.property == *property).count() >= MOST_FINDS
        {
            self.repeats += 1;
            return Ok(());
        }
        if let Some(ended) = presenter.revive().await? {
            (self.tell)(SearchEvent::Restarted { ended });
        }
        let judge = |test_case: &TestCase, answers: &Answers| match suspicion.finding {
            Finding::SecretLeaked => judge_leak(presenter, test_case.setup, answers),
            _ => hunt.judge(test_case, answers),
        };
        match confirm_and_shrink(presenter, &judge, test_case, suspicion).await? {
            Confirmed::No => self.unconfirmed += 1,
            Confirmed::ControlLost(setup, lost) => {
                self.blame(hunt, (setup, *lost), recent).await?;
            }
            Confirmed::Found(test_case, found) => {
                let (suspicion, answers) = *found;
                let property = hunt.property(&test_case, suspicion.finding);
                self.record(property, test_case, &suspicion, &answers);
            }
        }
        Ok(())
    }

    /// The valid token must still be accepted in every setup where something was presented.
    async fn recheck_controls(
        &mut self,
        hunt: &impl Hunt,
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        let setups: BTreeSet<usize> = recent.iter().map(|test_case| test_case.setup).collect();
        for setup in setups.into_iter().filter(|setup| self.presenter.is_usable(*setup)) {
            if let Some(lost) = check_control(self.presenter, setup).await? {
                self.blame(hunt, (setup, *lost), recent).await?;
            }
        }
        Ok(())
    }

    /// Records the one of these cases after which the valid token of a setup is refused.
    async fn blame(
        &mut self,
        hunt: &impl Hunt,
        (setup, lost): (usize, Presented),
        recent: &[TestCase],
    ) -> Result<(), PropertyError> {
        let presenter = self.presenter;
        let there = recent.iter().filter(|test_case| test_case.setup == setup);
        let Some(test_case) = find_poisoner(presenter, setup, there).await? else {
            return Err(PropertyError::ControlLost(lost.refusal_message()));
        };
        presenter.reconfigure(setup).await?;
        let answers = presenter.present_case(test_case).await?;
        // Others may have been refused by it too; from here on everything is as new.
        presenter.reconfigure(setup).await?;
        let property = hunt.property(test_case, Finding::Poisoned);
        self.record(property, test_case.clone(), &Suspicion::poisoned(&answers), &answers);
        Ok(())
    }

    fn record(
        &mut self,
        property: &'static Property,
        test_case: TestCase,
        suspicion: &Suspicion,
        answers: &Answers,
    ) {
        if Find::count_repeat(&mut self.finds, &test_case, suspicion) {
            self.repeats += 1;
            return;
        }
        let property = property.broken_by(suspicion);
        let find = Find::new(self.presenter, property, test_case, suspicion, answers);
        if find.level() <= self.limit {
            (self.tell)(SearchEvent::Found(&find));
            self.finds.push(find);
        }
    }
}
