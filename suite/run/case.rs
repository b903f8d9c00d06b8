//! Carries out one scenario: trust, control, steps, and a look whether all still works after it.

use std::time::Instant;

use super::{Bench, blank, now, request};
use crate::event::{CaseResult, Evidence, StepResult};
use crate::issuer::StartError;
use crate::judge::{Judgement, judge};
use crate::mint::{MintError, Minted, mint};
use crate::plan::{Case, Stage, change_keys};
use crate::recipe::Recipe;
use crate::scenario::{AnswerTerms, Expect, FetchTerms, IssuerTerms, Presentation, Step};
use crate::setting::Setting;
use crate::target::{Configured, NotConfigured, Observation, PreparedRequest, Verdict};
use crate::words::{Finding, Level, Outcome};

/// Why a scenario ended before its last step.
enum Stop {
    /// Something is wrong.
    Finding(Finding),
    /// Nothing is proven.
    Inconclusive(Finding),
    /// The target cannot be told what the scenario needs.
    Skip(String),
    /// The scenario asks for what cannot be minted.
    Mistake(MintError),
    /// An issuer cannot be served as it is wanted.
    Issuer(StartError),
}

impl From<MintError> for Stop {
    fn from(error: MintError) -> Self {
        Self::Mistake(error)
    }
}

impl From<StartError> for Stop {
    fn from(error: StartError) -> Self {
        Self::Issuer(error)
    }
}

pub(super) async fn run(bench: &Bench, index: usize, case: &Case, stage: &Stage) -> CaseResult {
    let started = Instant::now();
    let mut play = Play {
        bench,
        case,
        stage,
        setting: stage.setting.clone(),
        result: blank(&case.scenario, case.level),
        controlled: false,
        tokens: 0,
    };
    let stop = play.play(index).await.err();
    let mut result = play.result;
    result.duration = started.elapsed();
    match stop {
        None => {}
        Some(Stop::Finding(finding)) => {
            result.outcome = Outcome::Fail;
            result.finding = Some(finding);
            if matches!(finding, Finding::WrongReason | Finding::PoorMessage) {
                result.level = result.level.max(Level::Should);
            }
        }
        Some(Stop::Inconclusive(finding)) => {
            result.outcome = Outcome::Inconclusive;
            result.finding = Some(finding);
        }
        Some(Stop::Skip(why)) => {
            result.outcome = Outcome::Skip;
            result.why = Some(why);
        }
        Some(Stop::Mistake(error)) => {
            result.outcome = Outcome::Inconclusive;
            result.why = Some(format!("the scenario cannot be carried out: {error}"));
        }
        Some(Stop::Issuer(error)) => {
            result.outcome = Outcome::Inconclusive;
            result.why = Some(error.to_string());
        }
    }
    result.meaning = result.finding.map(|finding| meaning(case, finding));
    if matches!(result.outcome, Outcome::Pass | Outcome::Skip) {
        result.evidence = None;
    }
    result
}

/// What a failure means: the scenario's own words, those for the reason that was overlooked, or
/// those for the kind of failure.
fn meaning(case: &Case, finding: Finding) -> String {
    let scenario = &case.scenario;
    if finding == Finding::ForgeryAccepted {
        if let Some(risk) = &scenario.risk {
            return risk.clone();
        }
        let mut expectations = scenario.steps.iter().rev().filter_map(|step| match step {
            Step::Present(presentation) => presentation.expect.reasons().first(),
            _ => None,
        });
        if let Some(reason) = expectations.next() {
            return reason.risk().to_owned();
        }
    }
    match (&scenario.risk, finding) {
        (Some(risk), Finding::ValidRejected) => risk.clone(),
        _ => finding.meaning().to_owned(),
    }
}

struct Play<'a> {
    bench: &'a Bench,
    case: &'a Case,
    stage: &'a Stage,
    setting: Setting,
    result: CaseResult,
    /// Whether the verifier has accepted a valid token.
    controlled: bool,
    /// How many tokens were minted.
    tokens: usize,
}

/// A token with its request and what came of it.
struct Exchange {
    minted: Minted,
    request: PreparedRequest,
    observation: Observation,
    verdict: Verdict,
}

impl Play<'_> {
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
        self.bench.target.release(configured).await;
        for (number, _) in self.stage.issuers.values() {
            self.bench.issuers.close(*number);
        }
        outcome
    }

    async fn steps(&mut self, configured: &Configured) -> Result<(), Stop> {
        let case = self.case;
        for (index, step) in case.scenario.steps.iter().enumerate() {
            match step {
                Step::Present(presentation) => {
                    let expect = case.expect(index, presentation);
                    if matches!(expect, Expect::Reject(_)) && !self.controlled {
                        self.control(configured).await?;
                    }
                    self.present(configured, presentation, expect).await?;
                }
                Step::Issuer(name, terms) => self.change_issuer(name, terms)?,
                Step::Fetched(terms) => self.judge_ledger(terms)?,
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
        let exchange = self.exchange(configured, &control, None).await?;
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
        for _ in 0..presentation.times {
            let exchange =
                self.exchange(configured, &presentation.recipe, Some(presentation)).await?;
            let judgement = judge(
                expect,
                &exchange.verdict,
                &presentation.answer,
                &exchange.observation,
                self.bench.strictness,
            );
            let what =
                if presentation.recipe.is_valid_token() { "a valid token" } else { "the token" };
            self.note(format!("present {what}"), expect.to_string(), &judgement);
            self.show(expect, &exchange, &judgement);
            if let Some(finding) = judgement.finding {
                return Err(Stop::Finding(finding));
            }
            self.controlled |= exchange.verdict == Verdict::Accept && *expect == Expect::Accept;
        }
        Ok(())
    }

    /// A token must not break the verifier for the next caller.
    async fn look_again(&mut self, configured: &Configured) -> Result<(), Stop> {
        let control = self.case.scenario.control.clone();
        let exchange = self.exchange(configured, &control, None).await?;
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
        presentation: Option<&Presentation>,
    ) -> Result<Exchange, Stop> {
        self.tokens += 1;
        self.setting.now = now();
        self.setting.serial = format!("{}#{}", self.stage.setting.serial, self.tokens);
        let minted = mint(recipe, &self.setting)?;
        let terms = presentation.and_then(|presentation| presentation.request.as_ref());
        let table = self.bench.target.request();
        let request =
            request::prepare(table, configured.url(), &minted.token, terms, &self.setting)?;
        let observation = self.bench.target.send(&request).await;
        let verdict = self.bench.target.reading().verdict(&observation);
        Ok(Exchange { minted, request, observation, verdict })
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

    fn note(&mut self, what: String, expected: String, judgement: &Judgement) {
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
    fn show(&mut self, expect: &Expect, exchange: &Exchange, judgement: &Judgement) {
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
        result.evidence = Some(Evidence {
            decoded: exchange.minted.decoded.clone(),
            curl: exchange.request.curl(),
            answer: answer_text(&exchange.observation),
        });
    }

    fn change_issuer(&mut self, name: &str, terms: &IssuerTerms) -> Result<(), Stop> {
        let documents = change_keys(name, terms, &mut self.setting)?;
        if let Some((number, _)) = self.stage.issuers.get(name) {
            self.bench.issuers.open(*number, documents)?;
        }
        Ok(())
    }

    fn judge_ledger(&mut self, terms: &FetchTerms) -> Result<(), Stop> {
        use crate::issuer::Resource;

        let number = self.stage.issuers.get(&terms.issuer).map(|(number, _)| *number);
        let ledger = number.map(|number| self.bench.issuers.ledger(number)).unwrap_or_default();
        let count = |wanted: Option<Resource>| {
            ledger.iter().filter(|entry| wanted.is_none_or(|one| entry.resource == one)).count()
        };
        let checks = [
            ("key set", terms.jwks, count(Some(Resource::Jwks))),
            ("discovery document", terms.discovery, count(Some(Resource::Discovery))),
            ("anything", terms.total, count(None)),
        ];
        for (what, bounds, count) in checks.into_iter().filter(|(_, bounds, _)| !bounds.is_empty())
        {
            let ok = bounds.allow(count);
            let step = StepResult {
                what: format!("count the requests to `{}` for {what}", terms.issuer),
                expected: bounds.to_string(),
                observed: count.to_string(),
                ok,
            };
            if !ok {
                self.result.expected =
                    format!("{bounds} requests to `{}` for {what}", terms.issuer);
                self.result.observed = format!("{count}{}", ledger_text(&ledger));
                self.result.steps.push(step);
                return Err(Stop::Finding(Finding::IssuerAbused));
            }
            self.result.steps.push(step);
        }
        Ok(())
    }
}

/// The requests of a ledger, each with its time since the first.
fn ledger_text(ledger: &[crate::issuer::LedgerEntry]) -> String {
    let Some(first) = ledger.first() else { return String::new() };
    let lines: Vec<String> = ledger
        .iter()
        .take(10)
        .map(|entry| {
            let after = entry.at.duration_since(first.at).as_millis();
            format!("+{after} ms {} {}", entry.method, entry.target)
        })
        .collect();
    format!(" ({})", lines.join(", "))
}

fn answer_text(observation: &Observation) -> String {
    match observation {
        Observation::Fault(what) => what.clone(),
        Observation::Answer(answer) => {
            let mut text = format!("HTTP {}\n", answer.status);
            for (name, value) in &answer.headers {
                text.push_str(&format!("{name}: {value}\n"));
            }
            text.push('\n');
            text.push_str(&answer.body);
            text
        }
    }
}
