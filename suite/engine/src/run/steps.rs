//! The steps beside tokens: issuers change, time passes, ledgers are judged.

use std::time::Instant;

use super::case::CaseRunner;
use crate::event::{Action, Comparison, Expected, Observed};
use crate::judge::{Abort, LedgerJudgement, judge_ledger};
use crate::plan::change;
use crate::scenario::{FetchSpec, IssuerSpec, Pass, Since};

impl CaseRunner<'_, '_> {
    pub(super) fn change_issuer(&mut self, name: &str, terms: &IssuerSpec) -> Result<(), Abort> {
        let documents = change(name, terms, &mut self.issuers, &mut self.mint_context)?;
        if let Some((number, _)) = self.setup.issuers.get(name) {
            self.test_bed.issuers().open(*number, documents)?;
        }
        self.done(Action::ChangeIssuer(name.to_owned()), Observed::Done);
        Ok(())
    }

    /// Notes a step that cannot be wrong.
    fn done(&mut self, action: Action, observed: Observed) {
        self.record(action, Comparison::new(Expected::Done, observed), None, false);
    }

    /// Lets time pass. A scenario that really waits leaves its turn to others.
    pub(super) async fn pass(&mut self, pass: &Pass) {
        let action = Action::Pass(self.case.time.length(pass));
        match self.clock.pass(&self.case.time, pass) {
            None => self.done(action, Observed::Clock),
            Some(wait) => {
                let began = Instant::now();
                *self.turn = None;
                tokio::time::sleep(wait).await;
                *self.turn = self.test_bed.turn(self.alone).await;
                // That others had their turn is no time in which the target was asked.
                self.clock.stood_still(began.elapsed().saturating_sub(wait));
                self.done(action, Observed::Waited);
            }
        }
    }

    pub(crate) fn judge_ledger(&mut self, terms: &FetchSpec) -> Result<(), Abort> {
        let number = self.setup.issuers.get(&terms.issuer).map(|(number, _)| *number);
        let ledger =
            number.map(|number| self.test_bed.issuers().ledger(number)).unwrap_or_default();
        let judged = self.judged.insert(terms.issuer.clone(), ledger.len());
        let from = match terms.since {
            Since::Beginning => 0,
            Since::Previous => judged.unwrap_or_default(),
        };
        let entries = ledger.get(from..).unwrap_or_default();
        let allowance = self.case.time.allowance(self.clock.counted(entries));
        for LedgerJudgement { check, seen, finding } in judge_ledger(terms, entries, allowance) {
            let comparison = Comparison::new(Expected::Ledger(check), Observed::Ledger(seen));
            if finding.is_some() {
                self.result.decisive = Some(comparison.clone());
            }
            self.record(Action::JudgeLedger, comparison, finding, finding.is_some());
            if let Some(finding) = finding {
                self.result.level = self.case.level;
                return self.end(Abort::Failed(finding), self.step + 1);
            }
        }
        Ok(())
    }
}
