//! Carries out one scenario: trust, control, steps, and a look whether all still works after it.

use std::collections::HashMap;
use std::time::Instant;

use indexmap::IndexMap;
use tokio::sync::SemaphorePermit;

use super::clock::Clock;
use super::exchange::{Exchange, Prepared};
use super::session::Talk;
use super::stop::{Stop, meaning};
use super::{Bench, blank, request};
use crate::event::{CaseResult, StepResult};
use crate::judge::{Judgement, claims_fault, judge};
use crate::message::{Context, leak, said};
use crate::mint::{Minted, mint};
use crate::plan::{Case, Stage};
use crate::recipe::Recipe;
use crate::scenario::{AnswerTerms, Expect, IssuerTerms, Method, Presentation, Step};
use crate::setting::Setting;
use crate::target::{Configured, NotConfigured, Observation, Verdict};
use crate::verifier::TIME_HEADER;
use crate::words::{Finding, Level, Outcome, Reason};

/// Carries out a case. Its turn is given up only while it waits for time to pass.
pub(super) async fn run<'b>(
    bench: &'b Bench,
    index: usize,
    turn: &mut Option<SemaphorePermit<'b>>,
) -> CaseResult {
    let (case, stage) = &bench.cases[index];
    let started = Instant::now();
    let mut play = Play {
        bench,
        case,
        stage,
        setting: stage.setting.clone(),
        result: blank(&case.scenario, case.level),
        controlled: false,
        tokens: 0,
        step: 0,
        clock: Clock::start(&case.time),
        issuers: case.scenario.issuers.clone(),
        departed: None,
        judged: HashMap::new(),
        talk: None,
        turn,
    };
    let stop = play.play(index).await.err();
    let (mut result, departed) = (play.result, play.departed);
    result.duration = started.elapsed();
    match (stop, departed) {
        (Some(stop), _) => stop.conclude(&mut result),
        (None, Some((finding, why))) => {
            result.outcome = Outcome::Deviation;
            result.finding = Some(finding);
            result.why = Some(why);
            result.departs = true;
        }
        (None, None) => {}
    }
    result.meaning = result.finding.map(|finding| meaning(&case.scenario, finding));
    if matches!(result.outcome, Outcome::Pass | Outcome::Skip) {
        result.evidence = None;
    }
    result
}

/// A scenario that is being carried out.
pub(super) struct Play<'a, 'b> {
    pub(super) bench: &'b Bench,
    pub(super) case: &'b Case,
    pub(super) stage: &'b Stage,
    pub(super) setting: Setting,
    pub(super) result: CaseResult,
    /// Whether the verifier has accepted a valid token.
    pub(super) controlled: bool,
    /// How many tokens were minted.
    pub(super) tokens: usize,
    /// Which step is being done.
    pub(super) step: usize,
    pub(super) clock: Clock,
    /// What each issuer serves now.
    pub(super) issuers: IndexMap<String, IssuerTerms>,
    /// What the verifier did as the backend of the profile does, and not as the texts say.
    pub(super) departed: Option<(Finding, String)>,
    /// For each issuer, how long its ledger was when it was last judged.
    pub(super) judged: HashMap<String, usize>,
    /// The connection of its session, while there is one.
    pub(super) talk: Option<Talk>,
    pub(super) turn: &'a mut Option<SemaphorePermit<'b>>,
}

impl Play<'_, '_> {
    async fn play(&mut self, index: usize) -> Result<(), Stop> {
        for (number, documents) in self.stage.issuers.values() {
            self.bench.issuers.open(*number, documents.clone())?;
        }
        let configured = match self.bench.target.configure(index, &self.stage.trust).await {
            Ok(configured) => configured,
            Err(NotConfigured::Unsupported(why)) => return Err(Stop::Skip(why)),
            Err(NotConfigured::Failed(error)) => {
                self.result.expected = "the target takes the trust".to_owned();
                self.result.observed = format!("fault: {error}");
                return Err(Stop::Finding(Finding::Fault));
            }
        };
        let outcome = self.steps(&configured).await;
        if let Some(talk) = self.talk.take() {
            talk.close().await;
        }
        self.bench.target.release(configured).await;
        for (number, _) in self.stage.issuers.values() {
            self.bench.issuers.close(*number);
        }
        outcome
    }

    async fn steps(&mut self, configured: &Configured) -> Result<(), Stop> {
        let case = self.case;
        for (index, step) in case.scenario.steps.iter().enumerate() {
            self.step = index;
            match step {
                Step::Present(presentation) => {
                    let expect = case.expect(index, presentation);
                    if matches!(expect, Expect::Reject(_)) && !self.controlled {
                        self.control(configured).await?;
                    }
                    self.present(configured, presentation, &expect).await?;
                }
                Step::Issuer(name, terms) => self.change_issuer(name, terms)?,
                Step::Pass(pass) => self.pass(pass).await,
                Step::Fetched(terms) => self.judge_ledger(terms)?,
                Step::Hears(hearing) => self.hear(hearing).await?,
                Step::SignOut => self.sign_out().await?,
            }
        }
        let last = case.scenario.steps.last();
        let ends_with_accept = matches!(last, Some(Step::Present(p)) if p.expect == Expect::Accept);
        // Where every step allows both verdicts, only a valid token can show that the verifier
        // does not simply refuse everything.
        if !self.controlled || case.scenario.one_step && !ends_with_accept {
            self.look_again(configured).await?;
        }
        Ok(())
    }

    /// The valid token must be accepted before a rejection counts.
    async fn control(&mut self, configured: &Configured) -> Result<(), Stop> {
        let control = self.case.scenario.control.clone();
        let exchange = self.exchange(configured, &control).await?;
        let step = self.record("present the control", &Expect::Accept, &exchange);
        if step.finding.is_none() {
            self.controlled = true;
            return Ok(());
        }
        self.show(&Expect::Accept, &exchange, &step);
        Err(match step.finding {
            Some(Finding::Fault) => Stop::Inconclusive(Finding::Fault),
            _ => Stop::Inconclusive(Finding::ControlRefused),
        })
    }

    async fn present(
        &mut self,
        configured: &Configured,
        presentation: &Presentation,
        expect: &Expect,
    ) -> Result<(), Stop> {
        let recipe = &presentation.recipe;
        if presentation.at_once {
            let mut prepared = Vec::new();
            for _ in 0..presentation.times {
                prepared.push(self.prepare(configured, recipe, Some(presentation))?);
            }
            let bench = self.bench;
            let exchanges = prepared.into_iter().map(|prepared| prepared.send(bench, expect));
            for exchange in futures::future::join_all(exchanges).await {
                self.judge(presentation, expect, &exchange)?;
            }
            return Ok(());
        }
        for _ in 0..presentation.times {
            let exchange = if self.case.scenario.session {
                self.present_in_session(configured, recipe, expect).await?
            } else {
                self.prepare(configured, recipe, Some(presentation))?.send(self.bench, expect).await
            };
            self.judge(presentation, expect, &exchange)?;
        }
        Ok(())
    }

    fn judge(
        &mut self,
        presentation: &Presentation,
        expect: &Expect,
        exchange: &Exchange,
    ) -> Result<(), Stop> {
        let mut judgement = judge(
            expect,
            &exchange.verdict,
            &presentation.answer,
            &exchange.observation,
            self.bench.strictness,
        );
        if let (None, Verdict::Accept, Observation::Answer(answer)) =
            (judgement.finding, &exchange.verdict, &exchange.observation)
            && presentation.answer.claims
            && let Some(remark) = claims_fault(&exchange.minted.token, answer)
        {
            judgement.finding = Some(Finding::ClaimsAltered);
            judgement.remark = Some(remark);
        }
        self.allow_departure(presentation, expect, exchange, &mut judgement);
        self.listen(presentation, exchange, &mut judgement);
        // RFC 9110 section 15.6 lets a server fail where the fault is not the caller's: that it
        // should refuse instead is advice.
        let outage = expect.reasons().contains(&Reason::KeysUnavailable);
        if judgement.finding == Some(Finding::Fault) && outage {
            self.result.level = self.result.level.max(Level::Should);
            if self.bench.limit < Level::Should {
                judgement.finding = None;
            }
        }
        let what = if presentation.recipe.is_valid_token() { "a valid token" } else { "the token" };
        self.note(format!("present {what}"), expect.to_string(), &judgement);
        self.show(expect, exchange, &judgement);
        if let Some(finding) = judgement.finding {
            return Err(Stop::Finding(finding));
        }
        self.controlled |= exchange.verdict == Verdict::Accept && *expect == Expect::Accept;
        Ok(())
    }

    /// What the backend of the profile does otherwise than the texts say is no failure: it is
    /// noted, and the scenario goes on.
    fn allow_departure(
        &mut self,
        presentation: &Presentation,
        expect: &Expect,
        exchange: &Exchange,
        judgement: &mut Judgement,
    ) {
        let Some(finding) = judgement.finding else { return };
        let Some(departure) = self.case.known_difference(self.step) else { return };
        let (wanted, answer) = departure.terms(expect, &presentation.answer, self.case.profile);
        let (verdict, observation) = (&exchange.verdict, &exchange.observation);
        if judge(&wanted, verdict, &answer, observation, self.bench.strictness).finding.is_none() {
            judgement.finding = None;
            judgement.remark = Some(match judgement.remark.take() {
                Some(remark) => format!("{remark}; so departs the profile"),
                None => "so departs the profile".to_owned(),
            });
            self.departed = Some((finding, departure.why));
        }
    }

    /// Takes note of what a refusal says. That it says too much is a finding, if there is no
    /// other.
    pub(super) fn listen(
        &mut self,
        presentation: &Presentation,
        exchange: &Exchange,
        judgement: &mut Judgement,
    ) {
        let (Verdict::Reject { reason, message }, Some(answer)) =
            (&exchange.verdict, exchange.observation.answer())
        else {
            return;
        };
        let context = Context {
            token: &exchange.minted.token,
            setting: &self.setting,
            trust: &self.stage.trust,
            url: &exchange.request.url,
            tells_issuers: self.bench.target.capabilities().tells_issuers,
            step: self.step,
            bodiless: exchange.request.method == Method::Head.as_str(),
        };
        // One thing is wrong for certain where the scenario says which, or allows one only. That a
        // backend has one message for several does not make it several.
        let stated = self.case.stated(self.step, presentation);
        let cause = match (presentation.cause, &stated) {
            (Some(cause), _) => Some(cause),
            (None, Expect::Reject(right)) if right.len() == 1 => right.first().copied(),
            _ => None,
        };
        let right = stated.reasons();
        self.result.refusals.extend(said(context, cause, *reason, right, message, &answer));
        let leak = leak(context, &answer).filter(|leak| leak.level <= self.bench.limit);
        if let (None, Some(leak)) = (judgement.finding, leak) {
            judgement.finding = Some(Finding::SecretLeaked);
            judgement.remark = Some(format!("the answer holds {}", leak.what));
            self.result.level = self.result.level.max(leak.level);
        }
    }

    /// A token must not break the verifier for the next caller.
    async fn look_again(&mut self, configured: &Configured) -> Result<(), Stop> {
        let control = self.case.scenario.control.clone();
        let exchange = self.exchange(configured, &control).await?;
        let judgement = self.record("present a valid token afterwards", &Expect::Accept, &exchange);
        match judgement.finding {
            None => Ok(()),
            Some(Finding::Fault) => {
                self.show(&Expect::Accept, &exchange, &judgement);
                Err(Stop::Finding(Finding::Fault))
            }
            // Where both verdicts are allowed no control came first: nothing is proven.
            Some(_) if !self.controlled => {
                self.show(&Expect::Accept, &exchange, &judgement);
                Err(Stop::Inconclusive(Finding::ControlRefused))
            }
            Some(_) => {
                self.show(&Expect::Accept, &exchange, &judgement);
                Err(Stop::Finding(Finding::Poisoned))
            }
        }
    }

    async fn exchange(
        &mut self,
        configured: &Configured,
        recipe: &Recipe,
    ) -> Result<Exchange, Stop> {
        Ok(self.prepare(configured, recipe, None)?.send(self.bench, &Expect::Accept).await)
    }

    pub(super) fn mint(&mut self, recipe: &Recipe) -> Result<Minted, Stop> {
        self.tokens += 1;
        self.setting.now = self.clock.now();
        self.setting.count = self.tokens;
        self.setting.serial = format!("{}#{}", self.stage.setting.serial, self.tokens);
        Ok(mint(recipe, &self.setting)?)
    }

    fn prepare(
        &mut self,
        configured: &Configured,
        recipe: &Recipe,
        presentation: Option<&Presentation>,
    ) -> Result<Prepared, Stop> {
        let minted = self.mint(recipe)?;
        let terms = presentation.and_then(|presentation| presentation.request.as_ref());
        let table = self.bench.target.presenting();
        let mut request =
            request::prepare(table, configured.url(), &minted.token, terms, &self.setting)?;
        if let Some(now) = self.clock.injected() {
            request.headers.push((TIME_HEADER.to_owned(), now.into_bytes()));
        }
        Ok(Prepared { minted, request })
    }

    fn record(&mut self, what: &str, expect: &Expect, exchange: &Exchange) -> Judgement {
        let judgement = judge(
            expect,
            &exchange.verdict,
            &AnswerTerms::default(),
            &exchange.observation,
            self.bench.strictness,
        );
        self.note(what.to_owned(), expect.to_string(), &judgement);
        judgement
    }

    pub(super) fn note(&mut self, what: String, expected: String, judgement: &Judgement) {
        let mut observed = judgement.observed.clone();
        if let Some(remark) = &judgement.remark {
            observed = format!("{observed}; {remark}");
        }
        let ok = judgement.finding.is_none();
        // Twenty equal steps are one line.
        let repeats =
            self.result.steps.last().is_some_and(|last| {
                last.ok == ok && last.what == what && last.observed == observed
            });
        if !repeats {
            self.result.steps.push(StepResult { what, expected, observed, ok });
        }
    }

    /// Makes an exchange the one that the report shows.
    pub(super) fn show(&mut self, expect: &Expect, exchange: &Exchange, judgement: &Judgement) {
        let result = &mut self.result;
        result.expected = expect.to_string();
        result.observed = match &judgement.remark {
            Some(remark) => format!("{}; {remark}", judgement.observed),
            None => judgement.observed.clone(),
        };
        (result.reason, result.message) = match &exchange.verdict {
            Verdict::Reject { reason, message } => (*reason, Some(message.clone())),
            _ => (None, None),
        };
        result.evidence = Some(exchange.evidence());
    }
}
