//! The report on an issuer: a contract for programs, and a text for people.

use std::fmt;

use anstyle::{AnsiColor, Style};
use serde::{Deserialize, Serialize};

use super::rule::{Grade, Group, Rule};

/// The version of the report; it grows when a member changes its meaning or goes away.
pub const REPORT_VERSION: u32 = 1;

/// The report on an issuer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Always `jwtspec`.
    pub tool: String,
    /// The version of jwtspec.
    pub version: String,
    /// The version of this format.
    pub report: u32,
    /// The URL as it was given.
    pub given: String,
    /// The issuer identifier, as far as it is known.
    pub issuer: Option<String>,
    /// The URL of the discovery document.
    pub discovery_uri: Option<String>,
    /// The URL of the key set.
    pub jwks_uri: Option<String>,
    /// The sums.
    pub summary: Sums,
    /// The findings, met rules included, by group.
    pub findings: Vec<Finding>,
    /// The subjects that could not be judged, and what it would take.
    pub unseen: Vec<String>,
}

/// The number of findings of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sums {
    /// Broken requirements.
    pub must: usize,
    /// Departures from recommendations.
    pub should: usize,
    /// Worth knowing.
    pub note: usize,
    /// Nothing to object.
    pub pass: usize,
}

/// The result of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The id of the rule.
    pub id: String,
    /// Its subject.
    pub group: Group,
    /// Its weight; `pass` if the rule is met.
    pub level: Grade,
    /// The observation.
    pub seen: String,
    /// The text that the rule comes from.
    pub source: String,
    /// The reason why it matters; nothing if the rule is met.
    pub why: Option<String>,
    /// The change to make; nothing if the rule is met.
    pub change: Option<String>,
}

impl Finding {
    pub(crate) fn new(rule: &Rule, seen: Option<&str>, met: bool) -> Self {
        Self {
            id: rule.id.to_owned(),
            group: rule.group,
            level: if met { Grade::Pass } else { rule.level },
            seen: seen.unwrap_or(rule.holds).to_owned(),
            source: rule.source.to_owned(),
            why: (!met).then(|| rule.why.to_owned()),
            change: (!met).then(|| rule.change.to_owned()),
        }
    }
}

impl Report {
    /// True if no requirement is broken and no recommendation is left out.
    pub fn is_fit(&self) -> bool {
        self.summary.is_fit()
    }
}

impl Sums {
    pub(crate) fn count(findings: &[Finding]) -> Self {
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        Self {
            must: count(Grade::Must),
            should: count(Grade::Should),
            note: count(Grade::Note),
            pass: count(Grade::Pass),
        }
    }

    pub(crate) const fn is_fit(&self) -> bool {
        self.must == 0 && self.should == 0
    }
}

/// Writes findings by group, and what could not be judged.
pub(crate) fn write_findings(
    f: &mut fmt::Formatter<'_>,
    findings: &[Finding],
    unseen: &[String],
) -> fmt::Result {
    let bold = Style::new().bold();
    let mut group = None;
    for finding in findings {
        if group.replace(finding.group) != Some(finding.group) {
            writeln!(f, "\n{bold}{}{bold:#}", finding.group)?;
        }
        write!(f, "{finding}")?;
    }
    if !unseen.is_empty() {
        writeln!(f, "\n{bold}not judged{bold:#}")?;
        for what in unseen {
            writeln!(f, "        {what}")?;
        }
    }
    Ok(())
}

/// Writes the verdict and the findings that fail. A long report scrolls away; what fails is told where people look
/// first.
pub(crate) fn write_verdict(
    f: &mut fmt::Formatter<'_>,
    verdict: &str,
    sums: Sums,
    findings: &[Finding],
) -> fmt::Result {
    let bold = Style::new().bold();
    let Sums { must, should, note, pass } = sums;
    writeln!(
        f,
        "\n{bold}{verdict}{bold:#}: {must} must, {should} should, {note} note, {pass} pass"
    )?;
    for finding in findings {
        if matches!(finding.level, Grade::Must | Grade::Should) {
            writeln!(f, "  {}  {}", finding.id, finding.seen)?;
        }
    }
    Ok(())
}

/// The report for people. Colours are always written; wrap the writer to take them out.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |f: &mut fmt::Formatter<'_>, name: &str, value: &Option<String>| {
            value.as_ref().map_or(Ok(()), |value| writeln!(f, "{name:<10} {value}"))
        };
        row(f, "issuer", &self.issuer)?;
        row(f, "discovery", &self.discovery_uri)?;
        row(f, "key set", &self.jwks_uri)?;
        write_findings(f, &self.findings, &self.unseen)?;
        let verdict = if self.is_fit() { "fit to be verified" } else { "not fit to be verified" };
        write_verdict(f, verdict, self.summary, &self.findings)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        let style = match self.level {
            Grade::Must => colour(AnsiColor::Red).bold(),
            Grade::Should => colour(AnsiColor::Yellow).bold(),
            Grade::Note => colour(AnsiColor::Cyan),
            Grade::Pass => colour(AnsiColor::Green),
        };
        let dimmed = Style::new().dimmed();
        write!(f, "{style}{:<6}{style:#}  {}", self.level, self.seen)?;
        if self.level != Grade::Pass {
            write!(f, "  {dimmed}[{}, {}]{dimmed:#}", self.id, self.source)?;
        }
        writeln!(f)?;
        for (name, what) in [("why", &self.why), ("change", &self.change)] {
            if let Some(what) = what {
                writeln!(f, "        {dimmed}{name:<8}{dimmed:#}{what}")?;
            }
        }
        Ok(())
    }
}
