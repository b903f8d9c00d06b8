//! Presents samples to a target: the pool of worlds that it was told, minting, sending, reading.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::RwLock;

use super::{Sample, Shot};
use crate::generate::SetupSpec;
use crate::oracle_input;
use jwtspec_driver::TIME_HEADER;
use jwtspec_engine::event::Leaked;
use jwtspec_engine::issuer::IssuerServer;
use jwtspec_engine::judge::sample::{Tried, judge_refusal};
use jwtspec_engine::message::Context;
use jwtspec_engine::plan::{Extra, Setup, SkipReason, case_of, within_limits};
use jwtspec_engine::run::{Options, RunError, TestBed, now, preflight, request, set_up_on};
use jwtspec_engine::scenario::{Expect, RequestSpec, Scenario};
use jwtspec_engine::target::{
    Configured, NotConfigured, Observation, PreparedRequest, Target, TokenTable, Verdict,
};
use jwtspec_mint::recipe::{Difference, Recipe};
use jwtspec_mint::{MintError, Minted, mint};
use jwtspec_oracle::{self as model, Expected};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::trust::{KeySource, Provider};

/// A target that was told a pool of worlds.
pub struct Engine {
    test_bed: TestBed,
    grounds: Vec<Ground>,
    /// Worlds that the target cannot be told, and why.
    skipped: Vec<(SetupSpec, SkipReason)>,
    serial: AtomicUsize,
}

/// A world that the target was told.
struct Ground {
    world: SetupSpec,
    /// The place of its case on the bench.
    place: usize,
    /// The oracle for tokens of this setup.
    model: model::Oracle,
    /// The same for a clock that does not advance.
    still: model::Oracle,
    configured: RwLock<Option<Arc<Configured>>>,
    /// True if the valid token is accepted here; if not, nothing follows from a refusal.
    usable: AtomicBool,
}

/// A token on its way: with what it must come to.
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
pub struct Seen {
    /// The token.
    pub minted: Minted,
    /// The request that presented it.
    pub request: PreparedRequest,
    /// The verdict that the model expects.
    pub expected: Expected,
    /// True if that depends on the second, which a clock that requests set holds still.
    pub to_the_second: bool,
    /// The answer of the target.
    pub observation: Observation,
    /// The verdict that the answer states.
    pub verdict: Verdict,
}

impl Seen {
    /// The view of it that the judge takes.
    pub(crate) fn tried(&self) -> Tried<'_> {
        let Self { minted, request, expected, observation, verdict, .. } = self;
        Tried { token: &minted.token, request, expect: &expected.expect, observation, verdict }
    }

    /// The message of the refusal; empty if it was accepted.
    pub(crate) fn said(&self) -> String {
        match &self.verdict {
            Verdict::Reject { message, .. } => message.clone(),
            Verdict::Fault(fault) => fault.to_string(),
            Verdict::Accept => String::new(),
        }
    }
}

impl Engine {
    /// Starts target and issuers, tells the target the worlds that `draw` makes for its
    /// capabilities, and passes the preflight.
    ///
    /// # Errors
    ///
    /// If any of these fails, or no world is left.
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
        let extra = Extra {
            header: Some(&token.header),
            claims: Some(&token.claims),
            ca_pem: Some(issuers.ca_pem()),
        };
        let golden = preflight::case(&options.conditions, &capabilities, channel);
        let mut set_up = vec![(golden.clone(), set_up_on(&issuers, &golden, extra)?)];
        let mut grounds = Vec::new();
        let mut skipped = Vec::new();
        for world in draw(&within_limits(&capabilities, options.conditions.profile)) {
            match case_of(
                scenario(&world, set_up.len()),
                &options.conditions,
                &capabilities,
                channel,
            ) {
                Ok(case) => {
                    let setup = set_up_on(&issuers, &case, extra)?;
                    let model = model::Oracle::new(&setup.trust, &key_sets(&setup));
                    grounds.push(Ground {
                        world,
                        place: set_up.len(),
                        still: model.clone().with_still_clock(),
                        model,
                        configured: RwLock::new(None),
                        usable: AtomicBool::new(true),
                    });
                    set_up.push((case, setup));
                }
                Err(why) => skipped.push((world, why)),
            }
        }
        target.tell_all(set_up.iter().map(|(_, setup)| setup.trust.clone()).collect()).await?;
        let test_bed = TestBed::of_cases(target, issuers, set_up, options);
        if options.preflight {
            preflight::check(&test_bed).await?;
        }
        let mut engine =
            Self { test_bed, grounds: Vec::new(), skipped, serial: AtomicUsize::new(0) };
        for ground in grounds {
            match engine.configure(&ground).await {
                Ok(()) => engine.grounds.push(ground),
                Err(NotConfigured::Unsupported(why)) => {
                    engine.skipped.push((ground.world, SkipReason::Unsupported(why)));
                }
                Err(NotConfigured::Failed(error)) => return Err(error.into()),
            }
        }
        Ok(engine)
    }

    async fn configure(&self, ground: &Ground) -> Result<(), NotConfigured> {
        let setup = self.test_bed.setup(ground.place);
        let told = self.test_bed.target().configure(ground.place, &setup.trust).await?;
        let before = ground.configured.write().await.replace(Arc::new(told));
        // A request that is under way keeps it until the answer has come.
        if let Some(before) = before.and_then(Arc::into_inner) {
            self.test_bed.target().release(before).await;
        }
        Ok(())
    }

    /// The worlds that the target was told, the plain one first.
    pub fn worlds(&self) -> impl Iterator<Item = &SetupSpec> {
        self.grounds.iter().map(|ground| &ground.world)
    }

    /// The world at a place of the pool.
    pub fn world(&self, place: usize) -> &SetupSpec {
        &self.grounds[place].world
    }

    /// The worlds that the target could not be told, and why.
    pub fn skipped(&self) -> &[(SetupSpec, SkipReason)] {
        &self.skipped
    }

    /// True if the valid token is accepted there, as far as is known.
    pub fn is_usable(&self, place: usize) -> bool {
        self.grounds[place].usable.load(Ordering::Relaxed)
    }

    /// Leaves a world alone from now on.
    pub fn give_up(&self, place: usize) {
        self.grounds[place].usable.store(false, Ordering::Relaxed);
    }

    /// Name of the target.
    pub fn name(&self) -> &str {
        self.test_bed.target().name()
    }

    /// Version of the target, if it says one.
    pub fn version(&self) -> Option<&str> {
        self.test_bed.target().version()
    }

    /// The capabilities of the target.
    pub fn capabilities(&self) -> &Capabilities {
        self.test_bed.target().capabilities()
    }

    /// The channel of the target.
    pub fn channel(&self) -> Channel {
        self.test_bed.target().channel()
    }

    /// The number of times that each document of each issuer there was fetched so far.
    pub(crate) fn asked(&self, place: usize) -> Vec<(&str, [usize; 3])> {
        let setup = self.test_bed.setup(self.grounds[place].place);
        let count = |(name, (number, _)): (_, &(usize, _))| {
            let name: &String = name;
            (name.as_str(), self.test_bed.issuers().asked(*number))
        };
        setup.issuers.iter().map(count).collect()
    }

    /// Returns what the refusal of a token holds and must not hold.
    pub(crate) fn leak(&self, place: usize, seen: &Seen) -> Option<Leaked> {
        let setup = self.test_bed.setup(self.grounds[place].place);
        let context = Context {
            token: &seen.minted.token,
            mint_context: &setup.mint_context,
            trust: &setup.trust,
            tells_issuers: self.capabilities().tells_issuers,
            url: &seen.request.url,
            step: 1,
            bodiless: false,
        };
        judge_refusal(context, &seen.verdict, &seen.observation)
    }

    /// The recipe of a shot in a world.
    pub fn recipe(&self, place: usize, differences: &[Difference]) -> Recipe {
        self.world(place).recipe(differences.iter().cloned())
    }

    /// Mints one token of a shot, and asks the model what it must come to.
    ///
    /// # Errors
    ///
    /// If the recipe cannot be carried out in that world.
    pub async fn prepare(
        &self,
        place: usize,
        recipe: &Recipe,
        terms: Option<&RequestSpec>,
    ) -> Result<Prepared, MintError> {
        let ground = &self.grounds[place];
        let setup = self.test_bed.setup(ground.place);
        let number = self.serial.fetch_add(1, Ordering::Relaxed);
        let mut mint_context = setup.mint_context.clone();
        mint_context.now = now();
        mint_context.count = number;
        mint_context.serial = format!("{}#{number}", setup.mint_context.serial);
        let minted = mint(recipe, &mint_context)?;
        let url = match &*ground.configured.read().await {
            Some(configured) => configured.url().to_owned(),
            None => String::new(),
        };
        let table = self.test_bed.target().presenting();
        let mut request = request::prepare(table, &url, &minted.token, terms, &mint_context)?;
        if self.capabilities().clock {
            let time = mint_context.now.to_string().into_bytes();
            request.headers.push((TIME_HEADER.to_owned(), time));
        }
        let expect = |model: &model::Oracle| -> Result<Expected, MintError> {
            let (token, signed) = (&minted.token, &minted.signed);
            Ok(match terms {
                None => model.expected(token, signed, mint_context.now),
                Some(terms) => {
                    let request = oracle_input::request(terms, token, &mint_context)?;
                    model.expected_for(&request, token, signed, mint_context.now)
                }
            })
        };
        let mut expected = expect(&ground.model)?;
        let mut to_the_second = false;
        if self.capabilities().clock {
            let exact = expect(&ground.still)?;
            to_the_second = !is_alike(&exact.expect, &expected.expect);
            expected = exact;
        }
        Ok(Prepared { minted, request, expected, to_the_second })
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, prepared: Prepared) -> Seen {
        let Prepared { minted, request, expected, to_the_second } = prepared;
        let target = self.test_bed.target();
        let observation = target.send(&request).await;
        let mut verdict = target.reading().verdict(&observation, false);
        if matches!(verdict, Verdict::Fault(_)) && observation.blames_the_sender() {
            verdict = Verdict::Reject { reason: None, message: String::new() };
        }
        Seen { minted, request, expected, to_the_second, observation, verdict }
    }

    /// Presents one token.
    ///
    /// # Errors
    ///
    /// If the recipe cannot be carried out in that world.
    pub async fn present(
        &self,
        place: usize,
        recipe: &Recipe,
        terms: Option<&RequestSpec>,
    ) -> Result<Seen, MintError> {
        Ok(self.send(self.prepare(place, recipe, terms).await?).await)
    }

    /// Presents all tokens of a shot.
    ///
    /// # Errors
    ///
    /// If its recipe cannot be carried out in that world.
    pub async fn shoot(&self, place: usize, shot: &Shot) -> Result<Vec<Seen>, MintError> {
        let recipe = self.recipe(place, &shot.differences);
        let one = || self.present(place, &recipe, shot.request.as_ref());
        if shot.at_once {
            let all = futures::future::join_all((0..shot.times).map(|_| one())).await;
            return all.into_iter().collect();
        }
        let mut seen = Vec::new();
        for _ in 0..shot.times {
            seen.push(one().await?);
        }
        Ok(seen)
    }

    /// Presents a sample, shot by shot.
    ///
    /// # Errors
    ///
    /// If one of its recipes cannot be carried out in its world.
    pub async fn try_sample(&self, sample: &Sample) -> Result<Vec<Vec<Seen>>, MintError> {
        let mut seen = Vec::new();
        for shot in &sample.shots {
            seen.push(self.shoot(sample.world, shot).await?);
        }
        Ok(seen)
    }

    /// Presents the valid token of a world.
    ///
    /// # Errors
    ///
    /// If it cannot be minted.
    pub async fn control(&self, place: usize) -> Result<Seen, MintError> {
        self.present(place, &self.recipe(place, &[]), None).await
    }

    /// Starts the target again if it died, and tells it its worlds anew; says how it ended.
    ///
    /// # Errors
    ///
    /// If it cannot be started again, or no longer takes what it took.
    pub async fn revive(&self) -> Result<Option<String>, RunError> {
        let ended = self.test_bed.target().revive().await?;
        if ended.is_some() {
            for ground in &self.grounds {
                self.refresh_ground(ground).await?;
            }
        }
        Ok(ended)
    }

    /// Tells the target a world anew, so that nothing that it remembers of it counts.
    ///
    /// # Errors
    ///
    /// If it no longer takes what it took.
    pub async fn refresh(&self, place: usize) -> Result<(), RunError> {
        self.refresh_ground(&self.grounds[place]).await
    }

    async fn refresh_ground(&self, ground: &Ground) -> Result<(), RunError> {
        match self.configure(ground).await {
            Ok(()) | Err(NotConfigured::Unsupported(_)) => Ok(()),
            Err(NotConfigured::Failed(error)) => Err(error.into()),
        }
    }
}

/// True if two expectations are the same but for their reasons.
fn is_alike(one: &Expect, other: &Expect) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// The scenario that sets up a world.
fn scenario(world: &SetupSpec, number: usize) -> Scenario {
    let mut scenario = Scenario::generated(
        format!("property/world-{number}"),
        "a world of property tests",
        Vec::new(),
        Vec::new(),
    );
    scenario.trust = world.trust.clone();
    scenario.issuers = world.issuers.clone();
    scenario.control = world.recipe([]);
    scenario
}

/// For each provider of the trust the key set that its issuer serves: all of them are honest.
fn key_sets(setup: &Setup) -> Vec<Option<Vec<u8>>> {
    let served = |issuer: &str| {
        let facts = setup.mint_context.issuers.iter().find(|(_, facts)| facts.identifier == issuer);
        let (_, documents) = setup.issuers.get(facts?.0)?;
        Some(documents.jwks.body.to_vec())
    };
    let of = |provider: &Provider| match &provider.keys {
        KeySource::Jwks(set) => serde_json::to_vec(set).ok(),
        _ => served(&provider.issuer),
    };
    setup.trust.providers.iter().map(of).collect()
}
