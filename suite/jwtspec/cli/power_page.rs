//! The page of `jwtspec power`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jwtspec_engine::power::Matrix;
use jwtspec_engine::scenario::Scenario;
use jwtspec_reference::faults::Fault;

/// The faults that are named beside a scenario.
const NAMED: usize = 3;

/// The matrix as a page of Markdown: each fault with what it fails, and each scenario with the faults
/// that prove it, those first that fail the fewest others.
pub(super) struct Page<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) faults: &'a [&'static Fault],
    pub(super) scenarios: &'a [&'a Scenario],
}

/// The faults that prove a scenario, by name.
pub(super) fn proofs<'m>(matrix: &'m Matrix, scenario: &Scenario) -> Vec<&'m str> {
    let proves = |fault: &&str| Fault::named(fault).is_some_and(|it| it.proves(&scenario.id));
    matrix.catches(&scenario.id).filter(proves).collect()
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Power: what is shown to fail, and for what\n")?;
        writeln!(
            f,
            "Each fault is the reference verifier with one mistake. Written by `jwtspec power --page`.\n"
        )?;
        let proven = self.scenarios.iter().filter(|it| !proofs(self.matrix, it).is_empty()).count();
        let stated = self.scenarios.iter().filter(|it| it.unproven_because.is_some()).count();
        writeln!(
            f,
            "{} faults. Of {} scenarios {proven} are proven by a fault, and {stated} say why none proves them.\n",
            self.faults.len(),
            self.scenarios.len()
        )?;
        self.write_faults(f)?;
        let mut topics: BTreeMap<&str, Vec<&Scenario>> = BTreeMap::new();
        for scenario in self.scenarios {
            let topic = scenario.id.split('/').next().unwrap_or_default();
            topics.entry(topic).or_default().push(scenario);
        }
        topics.iter().try_for_each(|(topic, scenarios)| self.write_topic(f, topic, scenarios))
    }
}

impl Page<'_> {
    fn failed_by(&self, fault: &str) -> usize {
        self.matrix.failing(fault).map_or(0, BTreeSet::len)
    }

    fn write_faults(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Faults\n")?;
        writeln!(f, "| fault | the mistake | named by | scenarios that fail |")?;
        writeln!(f, "|---|---|---|---|")?;
        self.faults.iter().try_for_each(|fault| {
            let named = match fault.caught_by {
                [] => fault.why_uncaught.to_owned(),
                ids => ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" "),
            };
            let (name, about, failed) = (fault.name, fault.about, self.failed_by(fault.name));
            writeln!(f, "| `{name}` | {} | {} | {failed} |", cell(about), cell(&named))
        })
    }

    fn write_topic(
        &self,
        f: &mut fmt::Formatter<'_>,
        topic: &str,
        scenarios: &[&Scenario],
    ) -> fmt::Result {
        writeln!(f, "\n## {topic}\n\n| scenario | fails for |\n|---|---|")?;
        scenarios.iter().try_for_each(|scenario| {
            let mut faults = proofs(self.matrix, scenario);
            faults.sort_by_key(|fault| self.failed_by(fault));
            let more = faults.len().saturating_sub(NAMED);
            faults.truncate(NAMED);
            let mut named = faults.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" ");
            match (&scenario.unproven_because, faults.is_empty()) {
                (Some(why), _) => named = format!("unproven: {}", cell(why)),
                (None, true) => named = "no fault yet".to_owned(),
                (None, false) if more > 0 => named.push_str(&format!(" and {more} more")),
                (None, false) => {}
            }
            writeln!(f, "| `{}` | {named} |", scenario.id)
        })
    }
}

/// A text within a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
