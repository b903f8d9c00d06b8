//! Carries out one scenario: trust, control, steps, and the control again at the end.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use indexmap::IndexMap;
use tokio::sync::SemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use super::answering::Answers;
use super::clock::Clock;
use super::descriptors::requests_at_once;
use super::exchange::Exchange;
use super::pending::Pending;
use super::session_state::SessionState;
use super::{RunError, TestBed, new_result};
use crate::event::{Action, CaseResult, Comparison, Event, Expected, Observed, StepResult, Why};
use crate::judge::{
    Abort, Answered, ExcusedFinding, Judgement, Maker, Policy, acceptance_may_follow, blame_system,
    conclude, is_final, judge_control, judge_token, mistake_of_target, needs_control,
    needs_control_afterwards, proves,
};
use crate::message::Context;
use crate::plan::{Case, Setup, SkipReason};
use crate::scenario::{Expect, IssuerSpec, Method, Presentation, Step};
use crate::target::{Configured, NotConfigured, Verdict};
use jwtspec_mint::context::MintContext;
use jwtspec_types::trust::Trust;
use jwtspec_types::words::{Finding, Outcome};

/// Carries out a case. Its turn is given up only while it waits for time to pass.
///
/// # Errors
///
/// If the scenario cannot be set up.
pub(super) async fn run_case<'b>(
    test_bed: &'b TestBed,
    index: usize,
    (turn, alone): (&mut Option<SemaphorePermit<'b>>, bool),
    events: Option<&UnboundedSender<Event>>,
) -> Result<CaseResult, RunError> {
    let case = test_bed.case(index);
    let started = Instant::now();
    let (refusals, _) = test_bed.issuers().refusals();
    let setup = match test_bed.setups().of_case(index, case, test_bed.issuers()) {
        Ok(setup) => setup,
        // The system refuses a port: the other cases may still have theirs.
        Err(RunError::Issuers(error)) => {
            let mut result = new_result(&case.scenario, case.level);
            conclude(&mut result, &case.scenario, Some(error.into()), None);
            return Ok(result);
        }
        Err(error) => return Err(error),
    };
    let mut runner = CaseRunner {
        test_bed,
        case,
        setup: &setup,
        mint_context: setup.mint_context.clone(),
        result: new_result(&case.scenario, case.level),
        controlled: false,
        tokens: 0,
        minted: (0, 0),
        again: false,
        step: 0,
        step_began: started,
        clock: Clock::start(&case.time),
        issuers: case.scenario.issuers.clone(),
        pending: None,
        policy: test_bed.policy_of(index),
        alone,
        excused: None,
        judged: HashMap::new(),
        session: None,
        beside: false,
        turn,
        events,
    };
    runner.emit(|| Event::CaseStarted(case.scenario.id.clone()));
    let abort = runner.run(index).await.err().map(|abort| match test_bed.issuers().refusals() {
        // What the verifier then did may come of that.
        (now, error) if now > refusals => blame_system(abort, error),
        _ => abort,
    });
    let CaseRunner { mut result, excused, .. } = runner;
    result.duration = started.elapsed();
    conclude(&mut result, &case.scenario, abort, excused);
    if case.time.assumes_cooldown && result.outcome == Outcome::Fail {
        let length = Duration::from_secs(case.time.cache.cooldown_seconds);
        result.why = Some(Why::AssumedCooldown(length));
    }
    Ok(result)
}

/// A scenario that is being carried out.
pub(super) struct CaseRunner<'a, 'b> {
    pub(super) test_bed: &'b TestBed,
    pub(super) case: &'b Case,
    pub(super) setup: &'a Setup,
    pub(super) mint_context: MintContext,
    pub(super) result: CaseResult,
    /// True if the verifier has accepted a valid token.
    pub(super) controlled: bool,
    /// The number of tokens minted.
    pub(super) tokens: usize,
    /// The time and number of the token that a step presented last.
    pub(super) minted: (u64, usize),
    /// True if the step mints its tokens as that one was.
    pub(super) again: bool,
    /// Place of the step that is being done.
    pub(super) step: usize,
    /// The start of that step.
    step_began: Instant,
    pub(super) clock: Clock,
    /// The documents that each issuer serves now.
    pub(super) issuers: IndexMap<String, IssuerSpec>,
    /// The first failure, if the scenario went on.
    pending: Option<Box<Pending>>,
    /// The strictness with which it is judged.
    pub(super) policy: Policy,
    /// True if no other scenario acts meanwhile.
    pub(super) alone: bool,
    /// A known difference of the profile that the verifier showed.
    excused: Option<ExcusedFinding>,
    /// The length of each issuer's ledger when it was last judged.
    pub(super) judged: HashMap<String, usize>,
    /// The connection of its session, while there is one.
    pub(super) session: Option<SessionState>,
    /// True while a token is presented to the second verifier.
    beside: bool,
    pub(super) turn: &'a mut Option<SemaphorePermit<'b>>,
    events: Option<&'a UnboundedSender<Event>>,
}

impl CaseRunner<'_, '_> {
    async fn run(&mut self, index: usize) -> Result<(), Abort> {
        for (number, documents) in self.setup.issuers.values() {
            self.test_bed.issuers().open(*number, documents.clone())?;
        }
        let setup = self.setup;
        let configured = self.configure(index, &setup.trust).await?;
        let beside = match &setup.beside {
            Some(_) if !self.test_bed.target().takes_another_trust() => {
                self.test_bed.target().release(configured).await;
                return Err(SkipReason::Beside.into());
            }
            Some(trust) => Some(self.configure(index, trust).await?),
            None => None,
        };
        let outcome = self.steps(&configured, beside.as_ref()).await;
        let outcome = self.settle(outcome);
        if let Some(state) = self.session.take() {
            state.close().await;
        }
        for configured in [Some(configured), beside].into_iter().flatten() {
            self.test_bed.target().release(configured).await;
        }
        for (number, _) in self.setup.issuers.values() {
            self.test_bed.issuers().close(*number);
        }
        outcome
    }

    /// Tells the target a trust.
    async fn configure(&mut self, index: usize, trust: &Trust) -> Result<Configured, Abort> {
        match self.test_bed.target().configure(index, trust).await {
            Ok(configured) => Ok(configured),
            Err(NotConfigured::Unsupported(why)) => Err(SkipReason::Unsupported(why).into()),
            Err(NotConfigured::Failed(error)) => {
                let observed = Observed::TrustNotTaken(error.to_string());
                self.result.decisive = Some(Comparison::new(Expected::TrustTaken, observed));
                Err(Abort::Impossible(Why::Ours(mistake_of_target(&error))))
            }
        }
    }

    async fn steps(
        &mut self,
        configured: &Configured,
        beside: Option<&Configured>,
    ) -> Result<(), Abort> {
        let case = self.case;
        if self.test_bed.answers() == Answers::NoValidToken {
            // The control would get no answer; an acceptance needs none.
            self.pending = Some(Pending::new(SkipReason::GivenUp.into(), &self.result));
        }
        for (index, step) in case.scenario.steps.iter().enumerate() {
            self.step = index;
            match step {
                Step::Present(presentation) => {
                    let expect = case.expect(index, presentation);
                    if needs_control(&expect, self.controlled) && self.pending.is_none() {
                        self.control(Action::Control, configured).await?;
                    }
                    self.beside = presentation.beside;
                    let asked = beside.filter(|_| presentation.beside).unwrap_or(configured);
                    self.present(asked, presentation, &expect).await?;
                    self.beside = false;
                }
                Step::Issuer(name, terms) => self.change_issuer(name, terms)?,
                Step::Pass(pass) => self.pass(pass).await,
                Step::Fetched(_) if self.pending.is_some() => {}
                Step::Fetched(terms) => self.judge_ledger(terms)?,
                Step::Hears(hearing) => self.listen(hearing).await?,
                Step::SignOut => self.sign_out().await?,
            }
        }
        if needs_control_afterwards(case, self.controlled) && self.pending.is_none() {
            self.step = case.scenario.steps.len();
            self.control(Action::ControlAfterwards, configured).await?;
        }
        Ok(())
    }

    /// Presents the control: a valid token must be accepted before a rejection counts, and a token
    /// must not break the verifier for the next caller.
    async fn control(&mut self, action: Action, configured: &Configured) -> Result<(), Abort> {
        let control = self.case.scenario.control.clone();
        let minted = self.minted;
        self.again = false;
        let prepared = self.prepare(configured, &control, None).await?;
        self.minted = minted;
        let exchange = prepared.send(self.test_bed, &Expect::Accept).await;
        let (judgement, abort) =
            judge_control(&action, self.answered(&exchange), self.controlled, self.policy);
        let comparison = judgement.comparison(Expected::Verdict(Expect::Accept));
        let is_wrong = abort.is_some();
        self.record(action, comparison.clone(), judgement.finding, is_wrong);
        if let Some(abort) = abort {
            self.show(comparison, &exchange);
            return self.end(abort, self.step);
        }
        self.controlled = true;
        Ok(())
    }

    /// Ends the scenario because of this failure; it goes on, and ends later, if a token follows from
    /// this step on whose acceptance would be a finding by itself.
    pub(super) fn end(&mut self, abort: Abort, from: usize) -> Result<(), Abort> {
        if is_final(&abort) || self.pending.is_none() && !acceptance_may_follow(self.case, from) {
            return Err(abort);
        }
        if self.pending.is_none() {
            self.pending = Some(Pending::new(abort, &self.result));
        }
        Ok(())
    }

    /// The end of the scenario: an acceptance that is a finding by itself, else what failed first.
    fn settle(&mut self, outcome: Result<(), Abort>) -> Result<(), Abort> {
        let Some(pending) = self.pending.take() else { return outcome };
        match outcome {
            Err(Abort::Failed(finding)) if finding.is_acceptance() => outcome,
            _ => Err(pending.restore(&mut self.result)),
        }
    }

    async fn present(
        &mut self,
        configured: &Configured,
        presentation: &Presentation,
        expect: &Expect,
    ) -> Result<(), Abort> {
        let recipe = &presentation.recipe;
        self.again = presentation.again;
        if self.pending.is_some() && !matches!(expect, Expect::Reject(_)) {
            return Ok(());
        }
        if presentation.at_once {
            let mut prepared = Vec::new();
            for _ in 0..presentation.times {
                prepared.push(self.prepare(configured, recipe, Some(presentation)).await?);
            }
            let test_bed = self.test_bed;
            let exchanges = prepared.into_iter().map(|prepared| prepared.send(test_bed, expect));
            // In the order of the tokens, whichever is answered first.
            let exchanges = futures::stream::iter(exchanges).buffered(requests_at_once());
            for exchange in exchanges.collect::<Vec<_>>().await {
                self.judge_presentation(presentation, expect, &exchange)?;
            }
            return Ok(());
        }
        for _ in 0..presentation.times {
            let exchange = if self.case.scenario.session {
                self.present_in_session(configured, recipe, expect).await?
            } else {
                self.prepare(configured, recipe, Some(presentation))
                    .await?
                    .send(self.test_bed, expect)
                    .await
            };
            self.judge_presentation(presentation, expect, &exchange)?;
            // Once something is wrong a valid token shows no more, nor does another one like that
            // which was left without an answer.
            let is_silence = exchange.observation.is_silence();
            if self.pending.is_some() && (is_silence || !matches!(expect, Expect::Reject(_))) {
                break;
            }
        }
        Ok(())
    }

    fn judge_presentation(
        &mut self,
        presentation: &Presentation,
        expect: &Expect,
        exchange: &Exchange,
    ) -> Result<(), Abort> {
        let judgement = judge_token(self.case, presentation, self.answered(exchange), self.policy);
        let action = Action::Present {
            valid: presentation.recipe.is_valid_token(),
            sent: exchange.request.presents(&exchange.minted.token),
        };
        self.conclude(action, Expected::Verdict(expect.clone()), expect, exchange, judgement)?;
        self.controlled |= proves(expect, &exchange.verdict);
        Ok(())
    }

    /// The trust of the verifier that is asked.
    fn trust(&self) -> &Trust {
        let beside = self.setup.beside.as_ref().filter(|_| self.beside);
        beside.unwrap_or(&self.setup.trust)
    }

    /// The exchange, as the judge takes it.
    pub(super) fn answered<'e>(&'e self, exchange: &'e Exchange) -> Answered<'e> {
        let context = Context {
            token: &exchange.minted.token,
            mint_context: &self.mint_context,
            trust: self.trust(),
            request: &exchange.request,
            lines: exchange.observation.lines(),
            tells_issuers: self.test_bed.target().capabilities().tells_issuers,
            step: self.step,
            bodiless: exchange.request.method == Method::Head.as_str(),
        };
        let Exchange { minted, request, observation, verdict } = exchange;
        let maker = Maker::of(minted, request, &self.mint_context, self.trust());
        Answered { observation, verdict, maker, context }
    }

    /// Records what was judged of a step; the scenario ends if something is wrong.
    pub(crate) fn conclude(
        &mut self,
        action: Action,
        expected: Expected,
        expect: &Expect,
        exchange: &Exchange,
        judgement: Judgement,
    ) -> Result<(), Abort> {
        let abort = match (&judgement.mistake, judgement.finding) {
            (Some(mistake), _) => Some(Abort::Impossible(Why::Ours(mistake.clone()))),
            (None, finding) => finding.map(Abort::Failed),
        };
        self.record(action, judgement.comparison(expected), judgement.finding, abort.is_some());
        self.show(judgement.comparison(Expected::Verdict(expect.clone())), exchange);
        self.result.level = match judgement.level {
            Some(level) => self.case.level.max(level),
            None => self.case.level,
        };
        self.result.refusals.extend(judgement.said);
        if let Some(choice) = judgement.choice.filter(|it| self.result.choices.last() != Some(it)) {
            self.result.choices.push(choice);
        }
        self.excused = judgement.excused.or(self.excused.take());
        match abort {
            Some(abort) => self.end(abort, self.step + 1),
            None => Ok(()),
        }
    }

    /// Records a step. An exchange that is like the one before is not recorded again: twenty equal
    /// exchanges are one line.
    pub(super) fn record(
        &mut self,
        action: Action,
        comparison: Comparison,
        finding: Option<Finding>,
        is_wrong: bool,
    ) {
        let is_control = matches!(action, Action::Control | Action::ControlAfterwards);
        let now = Instant::now();
        let duration = now.duration_since(std::mem::replace(&mut self.step_began, now));
        let place = (!is_control).then_some(self.step);
        let step = StepResult { place, action, comparison, finding, is_wrong, duration };
        self.emit(|| Event::StepFinished { id: self.result.id.clone(), step: step.clone().into() });
        let before = self.result.steps.last();
        if !step.action.is_exchange() || !before.is_some_and(|before| before.is_like(&step)) {
            self.result.steps.push(step);
        }
    }

    /// Sends an event. That no reader is left is no reason to stop.
    fn emit(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = self.events {
            let _ = events.send(event());
        }
    }

    /// Makes an exchange the one that the report shows.
    fn show(&mut self, comparison: Comparison, exchange: &Exchange) {
        let result = &mut self.result;
        result.decisive = Some(comparison);
        (result.reason, result.message) = match &exchange.verdict {
            Verdict::Reject { reason, message } => (*reason, Some(message.clone())),
            _ => (None, None),
        };
        result.evidence = Some(exchange.evidence());
    }
}
