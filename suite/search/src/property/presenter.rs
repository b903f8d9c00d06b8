//! Presents cases to a target: the pool of setups that it was told, minting, sending, reading.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use futures::stream::{StreamExt, TryStreamExt};
use tokio::sync::RwLock;

use super::TestCase;
use super::presented::{Answers, Prepared, Presented, fetched};
use crate::generate::SetupSpec;
use crate::oracle_input::{self, honest_oracle};
use jwtspec_driver::TIME_HEADER;
use jwtspec_engine::judge::Maker;
use jwtspec_engine::judge::sample::{Kind, judge_refusal};
use jwtspec_engine::message::{Context, Leaked};
use jwtspec_engine::plan::{SkipReason, plan_case, within_limits};
use jwtspec_engine::run::{Options, RunError, TestBed, now, request};
use jwtspec_engine::scenario::{Expect, RequestSpec};
use jwtspec_engine::target::{Configured, NotConfigured, RunningTarget, Target, Verdict};
use jwtspec_engine::untold::UntoldTrusts;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::{Difference, Recipe};
use jwtspec_mint::{MintError, mint};
use jwtspec_oracle::{Expected, Oracle};
use jwtspec_types::capabilities::Capabilities;

/// A target that was told a pool of setups.
pub struct Presenter {
    test_bed: TestBed,
    setups: Vec<ConfiguredSetup>,
    /// For each setup that the target cannot be told, why.
    skipped: Vec<SkipReason>,
    /// The setups that the target did not take by its own mistake.
    untold: UntoldTrusts,
    serial: AtomicUsize,
}

/// A setup that the target was told.
struct ConfiguredSetup {
    spec: SetupSpec,
    /// The index of its case in the test bed.
    place: usize,
    /// The oracle for tokens of this setup.
    oracle: Oracle,
    /// The same for a clock that does not advance.
    still_oracle: Oracle,
    handle: RwLock<Option<Arc<Configured>>>,
    /// True if the valid token is accepted here; if not, nothing follows from a refusal.
    usable: AtomicBool,
}

impl Presenter {
    /// Starts target and issuers, tells the target the setups that `draw` makes for its
    /// capabilities, and passes the preflight.
    ///
    /// # Errors
    ///
    /// If any of these fails, or no setup is left.
    pub async fn open(
        target: Target,
        draw: impl FnOnce(&Capabilities) -> Vec<SetupSpec>,
        options: &Options,
    ) -> Result<Self, RunError> {
        let (mut specs, mut skipped) = (Vec::new(), Vec::new());
        let conditions = &options.conditions;
        let plan = |capabilities: &Capabilities, channel| {
            let mut cases = Vec::new();
            for spec in draw(&within_limits(capabilities, conditions.profile)) {
                let id = format!("property/setup-{}", specs.len() + 1);
                let scenario = spec.scenario(id, "a setup of property tests", vec![], vec![]);
                match plan_case(scenario, conditions, capabilities, channel) {
                    Ok(case) => {
                        cases.push(case);
                        specs.push(spec);
                    }
                    Err(why) => skipped.push(why),
                }
            }
            Ok(cases)
        };
        let test_bed = TestBed::set_up_cases(target, options, true, plan).await?;
        if options.preflight {
            test_bed.preflight().await?;
        }
        let configured = |(number, spec)| {
            // The first one is the preflight's.
            let place = number + 1;
            let oracle = honest_oracle(test_bed.setup(place));
            let (handle, usable) = (RwLock::new(None), AtomicBool::new(true));
            let still_oracle = oracle.clone().with_still_clock();
            ConfiguredSetup { spec, place, oracle, still_oracle, handle, usable }
        };
        let setups: Vec<_> = specs.into_iter().enumerate().map(configured).collect();
        let (untold, serial) = (UntoldTrusts::default(), AtomicUsize::new(0));
        let mut presenter = Self { test_bed, setups: Vec::new(), skipped, untold, serial };
        for configured in setups {
            match presenter.configure(&configured).await {
                Ok(()) => presenter.setups.push(configured),
                Err(NotConfigured::Unsupported(why)) => {
                    presenter.skipped.push(SkipReason::Unsupported(why));
                }
                Err(NotConfigured::Failed(error)) => {
                    let trust = format!("that of setup {}", configured.place);
                    presenter.untold.add(trust, &error);
                }
            }
        }
        Ok(presenter)
    }

    async fn configure(&self, configured: &ConfiguredSetup) -> Result<(), NotConfigured> {
        let setup = self.test_bed.setup(configured.place);
        let told = self.target().configure(configured.place, &setup.trust).await?;
        let before = configured.handle.write().await.replace(Arc::new(told));
        // A request that is under way keeps it until the answer has come.
        if let Some(before) = before.and_then(Arc::into_inner) {
            self.target().release(before).await;
        }
        Ok(())
    }

    /// The setups that the target was told, the plain one first.
    pub fn setups(&self) -> impl Iterator<Item = &SetupSpec> {
        self.setups.iter().map(|configured| &configured.spec)
    }

    /// The setup at a place of the pool.
    pub fn setup(&self, place: usize) -> &SetupSpec {
        &self.setups[place].spec
    }

    /// For each setup that the target could not be told, why.
    pub fn skipped(&self) -> &[SkipReason] {
        &self.skipped
    }

    /// The setups that the target did not take, though it said nothing against them.
    pub fn untold(&self) -> &UntoldTrusts {
        &self.untold
    }

    /// True if the valid token is accepted there, as far as is known.
    pub fn is_usable(&self, place: usize) -> bool {
        self.setups[place].usable.load(Ordering::Relaxed)
    }

    /// Leaves a setup alone from now on.
    pub fn exclude(&self, place: usize) {
        self.setups[place].usable.store(false, Ordering::Relaxed);
    }

    /// The target.
    pub fn target(&self) -> &RunningTarget {
        self.test_bed.target()
    }

    /// The number of times that each document of each issuer there was fetched so far.
    fn fetch_counts(&self, place: usize) -> Vec<(&str, [usize; 3])> {
        let setup = self.test_bed.setup(self.setups[place].place);
        let counts = |number| self.test_bed.issuers().request_counts(number);
        let issuers = setup.issuers.iter();
        issuers.map(|(name, (number, _))| (name.as_str(), counts(*number))).collect()
    }

    /// Returns what the refusal of a token holds and must not hold.
    pub(crate) fn leak(&self, place: usize, presented: &Presented) -> Option<Leaked> {
        let setup = self.test_bed.setup(self.setups[place].place);
        let context = Context {
            token: &presented.prepared.minted.token,
            mint_context: &setup.mint_context,
            trust: &setup.trust,
            tells_issuers: self.target().capabilities().tells_issuers,
            request: &presented.prepared.request,
            lines: presented.observation.lines(),
            step: 1,
            bodiless: false,
        };
        judge_refusal(context, &presented.verdict, &presented.observation)
    }

    /// The recipe of a step in a setup.
    pub fn recipe(&self, place: usize, differences: &[Difference]) -> Recipe {
        self.setup(place).recipe(differences.iter().cloned())
    }

    /// The context in which the next token of a setup is minted: now, with a `jti` of its own.
    pub(crate) fn mint_context(&self, place: usize) -> MintContext {
        let setup = self.test_bed.setup(self.setups[place].place);
        let number = self.serial.fetch_add(1, Ordering::Relaxed);
        let serial = format!("{}#{number}", setup.mint_context.serial);
        MintContext { now: now(), count: number, serial, ..setup.mint_context.clone() }
    }

    /// Mints one token of a step, and asks the model what it must come to.
    ///
    /// # Errors
    ///
    /// If the recipe cannot be carried out in that setup.
    pub async fn prepare(
        &self,
        place: usize,
        recipe: &Recipe,
        terms: Option<&RequestSpec>,
    ) -> Result<Prepared, MintError> {
        let configured = &self.setups[place];
        let mint_context = self.mint_context(place);
        let minted = mint(recipe, &mint_context)?;
        let url = configured.handle.read().await.as_ref().map(|it| it.url().to_owned());
        let table = self.target().presenting();
        let mut request =
            request::prepare(table, &url.unwrap_or_default(), &minted.token, terms, &mint_context)?;
        if self.target().capabilities().clock {
            let time = mint_context.now.to_string().into_bytes();
            request.headers.push((TIME_HEADER.to_owned(), time));
        }
        let expect = |model: &Oracle| -> Result<Expected, MintError> {
            let (token, signed) = (&minted.token, &minted.signed);
            Ok(match terms {
                None => model.expected(token, signed, mint_context.now),
                Some(terms) => {
                    let request = oracle_input::request(terms, token, &mint_context)?;
                    model.expected_for(&request, token, signed, mint_context.now)
                }
            })
        };
        let mut expected = expect(&configured.oracle)?;
        let mut to_the_second = false;
        if self.target().capabilities().clock {
            let exact = expect(&configured.still_oracle)?;
            to_the_second = !is_alike(&exact.expect, &expected.expect);
            expected = exact;
        }
        let trust = &self.test_bed.setup(configured.place).trust;
        let maker = Maker::of(&minted, &request, &mint_context, trust);
        Ok(Prepared { minted, request, maker, expected, to_the_second })
    }

    /// Sends a request and reads the answer.
    async fn send(&self, place: usize, prepared: Prepared) -> Presented {
        let target = self.target();
        let before = self.fetch_counts(place);
        let began = Instant::now();
        let observation = target.send(&prepared.request).await;
        let took = began.elapsed();
        let fetches = fetched(&before, &self.fetch_counts(place));
        let mut verdict = target.reading().verdict(&observation, false);
        if matches!(verdict, Verdict::Fault(_)) && observation.blames_the_sender() {
            verdict = Verdict::Reject { reason: None, message: String::new() };
        }
        Presented { prepared, observation, verdict, took, fetches }
    }

    /// Presents a case, step by step. Returns nothing as soon as one of its tokens is not of a kind
    /// that is wanted; that one is not presented.
    ///
    /// # Errors
    ///
    /// If one of its recipes cannot be carried out in its setup.
    pub(crate) async fn present_wanted(
        &self,
        test_case: &TestCase,
        kind: Kind,
    ) -> Result<Option<Answers>, MintError> {
        let setup = test_case.setup;
        let mut answers = Answers::new();
        for step in &test_case.steps {
            let recipe = self.recipe(setup, &step.differences);
            let one = async || -> Result<Option<Presented>, MintError> {
                let prepared = self.prepare(setup, &recipe, step.request.as_ref()).await?;
                let is_wanted = kind.wants(&prepared.expected.expect);
                Ok(if is_wanted { Some(self.send(setup, prepared).await) } else { None })
            };
            let at_once = if step.at_once { step.times as usize } else { 1 };
            let tokens = futures::stream::iter(0..step.times).map(|_| one()).buffered(at_once);
            let Some(tokens) = tokens.try_collect::<Vec<_>>().await?.into_iter().collect() else {
                return Ok(None);
            };
            answers.push(tokens);
        }
        Ok(Some(answers))
    }

    /// Presents a case, whatever is expected of its tokens.
    ///
    /// # Errors
    ///
    /// If one of its recipes cannot be carried out in its setup.
    pub async fn present_case(&self, test_case: &TestCase) -> Result<Answers, MintError> {
        Ok(self.present_wanted(test_case, Kind::Expected).await?.unwrap_or_default())
    }

    /// Presents the valid token of a setup.
    ///
    /// # Errors
    ///
    /// If it cannot be minted.
    pub async fn control(&self, place: usize) -> Result<Presented, MintError> {
        let prepared = self.prepare(place, &self.recipe(place, &[]), None).await?;
        Ok(self.send(place, prepared).await)
    }

    /// Starts the target again if it died, and tells it its setups anew; says how it ended.
    ///
    /// # Errors
    ///
    /// If it cannot be started again, or no longer takes what it took.
    pub async fn revive(&self) -> Result<Option<String>, RunError> {
        let ended = self.target().revive().await?;
        if ended.is_some() {
            for place in 0..self.setups.len() {
                self.reconfigure(place).await?;
            }
        }
        Ok(ended)
    }

    /// Tells the target a setup anew, so that nothing that it remembers of it counts.
    ///
    /// # Errors
    ///
    /// If it no longer takes what it took.
    pub async fn reconfigure(&self, place: usize) -> Result<(), RunError> {
        match self.configure(&self.setups[place]).await {
            Ok(()) | Err(NotConfigured::Unsupported(_)) => Ok(()),
            Err(NotConfigured::Failed(error)) => Err(error.into()),
        }
    }
}

/// True if two expectations are the same but for their reasons.
fn is_alike(one: &Expect, other: &Expect) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}
