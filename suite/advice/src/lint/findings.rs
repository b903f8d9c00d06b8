//! The findings so far, rule by rule.

use super::report::Finding;
use super::rule::{Grade, Rule};
use jwtspec_jose::quoted_list;

/// Collects the observations of checks. A rule that is broken anywhere is not reported as met.
#[derive(Default)]
pub(crate) struct Findings {
    lines: Vec<Line>,
    /// The subjects that could not be judged, and what it would take.
    pub(crate) unseen: Vec<String>,
}

struct Line {
    rule: &'static Rule,
    /// The observation; nothing where the rule's own words say it.
    seen: Option<String>,
    met: bool,
}

impl Findings {
    /// Notes that the rule is not met.
    pub(crate) fn broken(&mut self, rule: &'static Rule, seen: impl Into<String>) {
        self.tell(rule, false, seen);
    }

    /// Notes that the rule is met.
    pub(crate) fn met(&mut self, rule: &'static Rule) {
        self.lines.push(Line { rule, seen: None, met: true });
    }

    /// Notes that the rule is met, with the observation.
    pub(crate) fn met_by(&mut self, rule: &'static Rule, seen: impl Into<String>) {
        self.tell(rule, true, seen);
    }

    /// Notes that the rule is met, or the fault that breaks it.
    pub(crate) fn check(&mut self, rule: &'static Rule, fault: Option<String>) {
        match fault {
            Some(seen) => self.broken(rule, seen),
            None => self.met(rule),
        }
    }

    /// The same, unless the rule was seen broken before.
    pub(crate) fn check_once(&mut self, rule: &'static Rule, fault: Option<String>) {
        if !self.is_broken(rule) {
            self.check(rule, fault);
        }
    }

    /// Notes that the rule is broken, with the observation, or else met.
    pub(crate) fn broken_if(&mut self, rule: &'static Rule, broken: bool, seen: impl Into<String>) {
        self.check(rule, broken.then(|| seen.into()));
    }

    /// Notes that the rule is met, or else broken, with the same observation.
    pub(crate) fn tell(&mut self, rule: &'static Rule, met: bool, seen: impl Into<String>) {
        self.lines.push(Line { rule, seen: Some(seen.into()), met });
    }

    /// Notes that the rule is broken if there are such names, which `seen` puts into words.
    pub(crate) fn broken_by(
        &mut self,
        rule: &'static Rule,
        names: Vec<&str>,
        seen: impl FnOnce(String) -> String,
    ) {
        self.check(rule, (!names.is_empty()).then(|| seen(quoted_list(names))));
    }

    /// True if the rule was seen broken.
    pub(crate) fn is_broken(&self, rule: &Rule) -> bool {
        self.lines.iter().any(|line| !line.met && line.rule.id == rule.id)
    }

    /// Notes a subject that could not be judged.
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
