//! Presents cases to a target: the pool of setups that it was told, minting, sending, reading.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::RwLock;

use super::{TestCase, TestStep};
use crate::generate::SetupSpec;
use crate::oracle_input::{self, inline_key_set};
use jwtspec_driver::TIME_HEADER;
use jwtspec_engine::issuer::IssuerServer;
use jwtspec_engine::judge::sample::{SampleAnswer, judge_refusal};
use jwtspec_engine::message::Context;
use jwtspec_engine::message::Leaked;
use jwtspec_engine::plan::{Setup, SkipReason, plan_case, within_limits};
use jwtspec_engine::run::{Options, RunError, TestBed, extra, now, preflight, request, set_up_on};
use jwtspec_engine::scenario::{Expect, RequestSpec};
use jwtspec_engine::target::{
    Configured, NotConfigured, Observation, PreparedRequest, RunningTarget, Target, TokenTable,
    Verdict,
};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::{Difference, Recipe};
use jwtspec_mint::{MintError, Minted, mint};
use jwtspec_oracle::{Expected, Oracle};
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::trust::Provider;

/// A target that was told a pool of setups.
pub struct Presenter {
    test_bed: TestBed,
    setups: Vec<ConfiguredSetup>,
    /// For each setup that the target cannot be told, why.
    skipped: Vec<SkipReason>,
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

/// A token on its way: with what it must come to.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The token.
    pub minted: Minted,
    /// The request that presents it.
    pub request: PreparedRequest,
    /// The verdict that the model expects.
    pub expected: Expected,
    /// True if that depends on the second, which a clock that requests set holds still.
    pub to_the_second: bool,
}

/// A token that was presented, and what came of it.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The token, and what it must come to.
    pub prepared: Prepared,
    /// The answer of the target.
    pub observation: Observation,
    /// The verdict that the answer states.
    pub verdict: Verdict,
}

impl Presented {
    /// The view of it that the judge takes.
    pub(crate) fn tried(&self) -> SampleAnswer<'_> {
        let Self { prepared: Prepared { minted, request, expected, .. }, observation, verdict } =
            self;
        let (token, expect) = (minted.token.as_str(), &expected.expect);
        SampleAnswer { token, request, expect, observation, verdict }
    }

    /// The message of the refusal; empty if it was accepted.
    pub(crate) fn refusal_message(&self) -> String {
        match &self.verdict {
            Verdict::Reject { message, .. } => message.clone(),
            Verdict::Fault(fault) => fault.to_string(),
            Verdict::Accept => String::new(),
        }
    }
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
        let token = match &target {
            Target::File(file) => file.token.clone(),
            _ => TokenTable::default(),
        };
        let issuers = IssuerServer::start().await?;
        let ca_file = issuers.ca_file().to_owned();
        let mut target = target.start(options.answer_within, &ca_file).await?;
        let (capabilities, channel) = (target.capabilities().clone(), target.channel());
        let extra = extra(&token, &issuers);
        let golden = preflight::case(&options.conditions, &capabilities, channel);
        let mut set_up = vec![(golden.clone(), set_up_on(&issuers, &golden, extra)?)];
        let mut setups = Vec::new();
        let mut skipped = Vec::new();
        for spec in draw(&within_limits(&capabilities, options.conditions.profile)) {
            let id = format!("property/world-{}", set_up.len());
            let scenario = spec.scenario(id, "a world of property tests", vec![], vec![]);
            match plan_case(scenario, &options.conditions, &capabilities, channel) {
                Ok(case) => {
                    let setup = set_up_on(&issuers, &case, extra)?;
                    let oracle = Oracle::new(&setup.trust, &key_sets(&setup));
                    setups.push(ConfiguredSetup {
                        spec,
                        place: set_up.len(),
                        still_oracle: oracle.clone().with_still_clock(),
                        oracle,
                        handle: RwLock::new(None),
                        usable: AtomicBool::new(true),
                    });
                    set_up.push((case, setup));
                }
                Err(why) => skipped.push(why),
            }
        }
        target.configure_all(set_up.iter().map(|(_, setup)| setup.trust.clone()).collect()).await?;
        let test_bed = TestBed::of_cases(target, issuers, set_up, options);
        if options.preflight {
            preflight::check(&test_bed).await?;
        }
        let mut presenter =
            Self { test_bed, setups: Vec::new(), skipped, serial: AtomicUsize::new(0) };
        for configured in setups {
            match presenter.configure(&configured).await {
                Ok(()) => presenter.setups.push(configured),
                Err(NotConfigured::Unsupported(why)) => {
                    presenter.skipped.push(SkipReason::Unsupported(why));
                }
                Err(NotConfigured::Failed(error)) => return Err(error.into()),
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
    pub(crate) fn fetch_counts(&self, place: usize) -> Vec<(&str, [usize; 3])> {
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
            url: &presented.prepared.request.url,
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
        Ok(Prepared { minted, request, expected, to_the_second })
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, prepared: Prepared) -> Presented {
        let target = self.target();
        let observation = target.send(&prepared.request).await;
        let mut verdict = target.reading().verdict(&observation, false);
        if matches!(verdict, Verdict::Fault(_)) && observation.blames_the_sender() {
            verdict = Verdict::Reject { reason: None, message: String::new() };
        }
        Presented { prepared, observation, verdict }
    }

    /// Presents one token.
    ///
    /// # Errors
    ///
    /// If the recipe cannot be carried out in that setup.
    pub async fn present(
        &self,
        place: usize,
        recipe: &Recipe,
        terms: Option<&RequestSpec>,
    ) -> Result<Presented, MintError> {
        Ok(self.send(self.prepare(place, recipe, terms).await?).await)
    }

    /// Presents all tokens of a step.
    ///
    /// # Errors
    ///
    /// If its recipe cannot be carried out in that setup.
    pub async fn present_step(
        &self,
        place: usize,
        step: &TestStep,
    ) -> Result<Vec<Presented>, MintError> {
        let recipe = self.recipe(place, &step.differences);
        let one = || self.present(place, &recipe, step.request.as_ref());
        if step.at_once {
            let all = futures::future::join_all((0..step.times).map(|_| one())).await;
            return all.into_iter().collect();
        }
        let mut presented = Vec::new();
        for _ in 0..step.times {
            presented.push(one().await?);
        }
        Ok(presented)
    }

    /// Presents a case, step by step.
    ///
    /// # Errors
    ///
    /// If one of its recipes cannot be carried out in its setup.
    pub async fn present_case(
        &self,
        test_case: &TestCase,
    ) -> Result<Vec<Vec<Presented>>, MintError> {
        let mut presented = Vec::new();
        for step in &test_case.steps {
            presented.push(self.present_step(test_case.setup, step).await?);
        }
        Ok(presented)
    }

    /// Presents the valid token of a setup.
    ///
    /// # Errors
    ///
    /// If it cannot be minted.
    pub async fn control(&self, place: usize) -> Result<Presented, MintError> {
        self.present(place, &self.recipe(place, &[]), None).await
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

/// For each provider of the trust the key set that its issuer serves: all of them are honest.
fn key_sets(setup: &Setup) -> Vec<Option<Vec<u8>>> {
    let served = |issuer: &str| {
        let facts = setup.mint_context.issuers.iter().find(|(_, facts)| facts.identifier == issuer);
        let (_, documents) = setup.issuers.get(facts?.0)?;
        Some(documents.jwks.body.to_vec())
    };
    let of = |it: &Provider| inline_key_set(it).or_else(|| served(&it.issuer));
    setup.trust.providers.iter().map(of).collect()
}
