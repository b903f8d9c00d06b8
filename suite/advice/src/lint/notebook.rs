//! What was seen so far, rule by rule.

use super::report::Finding;
use super::rule::{Grade, Rule};

/// Collects what checks see. A rule that is broken anywhere is not reported as met.
#[derive(Default)]
pub(crate) struct Notebook {
    lines: Vec<Line>,
    /// What could not be judged, and what it would take.
    pub(crate) unseen: Vec<String>,
}

struct Line {
    rule: &'static Rule,
    /// What was seen; nothing where the rule's own words say it.
    seen: Option<String>,
    met: bool,
}

impl Notebook {
    /// The rule is not met.
    pub(crate) fn broken(&mut self, rule: &'static Rule, seen: impl Into<String>) {
        self.lines.push(Line { rule, seen: Some(seen.into()), met: false });
    }

    /// The rule is met.
    pub(crate) fn met(&mut self, rule: &'static Rule) {
        self.lines.push(Line { rule, seen: None, met: true });
    }

    /// The rule is met, and what was seen is worth telling.
    pub(crate) fn met_by(&mut self, rule: &'static Rule, seen: impl Into<String>) {
        self.lines.push(Line { rule, seen: Some(seen.into()), met: true });
    }

    /// The rule is met unless something was seen that breaks it.
    pub(crate) fn judge(&mut self, rule: &'static Rule, fault: Option<String>) {
        match fault {
            Some(seen) => self.broken(rule, seen),
            None => self.met(rule),
        }
    }

    /// Whether the rule was seen broken.
    pub(crate) fn is_broken(&self, rule: &Rule) -> bool {
        self.lines.iter().any(|line| !line.met && line.rule.id == rule.id)
    }

    /// Says what could not be judged.
    pub(crate) fn unseen(&mut self, what: impl Into<String>) {
        self.unseen.push(what.into());
    }

    /// Every broken rule, each time it was seen, and every met one once; by group.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for line in &self.lines {
            let told = findings.iter().any(|it| it.id == line.rule.id && it.level == Grade::Pass);
            if line.met && (told || self.is_broken(line.rule)) {
                continue;
            }
            let finding = Finding::new(line.rule, line.seen.as_deref(), line.met);
            // Both documents come from one server, and often have the same to say.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings.sort_by_key(|finding| finding.group);
        findings
    }
}
