//! What happens in a scenario beside tokens: issuers change, time passes, ledgers are judged.

use super::case::Play;
use super::stop::Stop;
use crate::event::StepResult;
use crate::judge::{LedgerJudgement, judge_ledger, ledger_text};
use crate::plan::change;
use crate::scenario::{FetchTerms, IssuerTerms, Pass, Since};
use crate::words::Finding;

impl Play<'_, '_> {
    pub(super) fn change_issuer(&mut self, name: &str, terms: &IssuerTerms) -> Result<(), Stop> {
        let documents = change(name, terms, &mut self.issuers, &mut self.setting)?;
        if let Some((number, _)) = self.stage.issuers.get(name) {
            self.bench.issuers.open(*number, documents)?;
        }
        self.did(format!("change what `{name}` serves"), "done");
        Ok(())
    }

    /// Notes a step that cannot be wrong.
    pub(super) fn did(&mut self, what: String, observed: &str) {
        let expected = "done".to_owned();
        let step = StepResult { what, expected, observed: observed.to_owned(), ok: true };
        self.result.steps.push(step);
    }

    /// Lets time pass. Who really waits leaves the turn to others.
    pub(super) async fn pass(&mut self, pass: &Pass) {
        let what = format!("let {} s pass", self.case.time.length(pass).as_secs_f64());
        let wait = self.clock.pass(&self.case.time, pass);
        self.did(what, if wait.is_some() { "waited" } else { "by the clock of the requests" });
        if let Some(wait) = wait {
            *self.turn = None;
            tokio::time::sleep(wait).await;
            *self.turn = self.bench.turn().await;
        }
    }

    pub(super) fn judge_ledger(&mut self, terms: &FetchTerms) -> Result<(), Stop> {
        let number = self.stage.issuers.get(&terms.issuer).map(|(number, _)| *number);
        let ledger = number.map(|number| self.bench.issuers.ledger(number)).unwrap_or_default();
        let judged = self.judged.insert(terms.issuer.clone(), ledger.len());
        let from = match terms.since {
            Since::Beginning => 0,
            Since::Previous => judged.unwrap_or_default(),
        };
        let entries = ledger.get(from..).unwrap_or_default();
        let allowance = self.case.time.allowance(self.clock.unasked());
        for judgement in judge_ledger(terms, entries, allowance) {
            let LedgerJudgement { what, expected, observed, ok } = judgement;
            let observed = format!("{observed}{}", ledger_text(entries));
            if !ok {
                self.result.expected = format!("{what}: {expected}");
                self.result.observed.clone_from(&observed);
            }
            self.result.steps.push(StepResult { what, expected, observed, ok });
            if !ok {
                return Err(Stop::Finding(Finding::IssuerAbused));
            }
        }
        Ok(())
    }
}
