//! A failure with its explanation: the requirement, the token, the answer, the meaning, a way to
//! see it again.

use std::fmt;

use anstyle::{AnsiColor, Style};

use super::describe::{comparison_text, expected, meaning, observed, step_action, why};
use crate::event::{CaseResult, Evidence};
use jwtspec_mint::{Line, Mark, shorten};
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::Outcome;

/// Returns the style of an outcome.
pub fn outcome_style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Pass => colour(AnsiColor::Green),
        Outcome::Fail | Outcome::Inconclusive => colour(AnsiColor::Red).bold(),
        Outcome::Deviation | Outcome::Skip => colour(AnsiColor::Yellow),
    }
}

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

/// A failure that can be displayed.
pub struct Failure<'a> {
    result: &'a CaseResult,
    is_coloured: bool,
    why: Option<String>,
    others: Vec<&'a str>,
}

impl<'a> Failure<'a> {
    /// The failure of a result, in colours.
    pub fn coloured(result: &'a CaseResult) -> Self {
        Self { result, is_coloured: true, why: why(result), others: Vec::new() }
    }

    /// The failure of a result, without colours.
    pub fn plain(result: &'a CaseResult) -> Self {
        Self { is_coloured: false, ..Self::coloured(result) }
    }

    /// The same with these words in the row `why`.
    #[must_use]
    pub fn with_why(self, why: Option<String>) -> Self {
        Self { why, ..self }
    }

    /// The same with the ids of scenarios that show nothing else.
    #[must_use]
    pub(super) fn with_others(self, others: Vec<&'a str>) -> Self {
        Self { others, ..self }
    }

    /// Sets a text off from the others.
    fn styled(&self, style: Style, text: impl fmt::Display) -> String {
        if self.is_coloured { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// Answers are shown up to this many lines.
const ANSWER_LINES: usize = 14;

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { result, why, .. } = self;
        let outcome = result.outcome.as_str().to_uppercase();
        let outcome = self.styled(outcome_style(result.outcome), outcome);
        let id = self.styled(Style::new().bold(), &result.id);
        write!(f, "{outcome} {id}  {}", result.level)?;
        if let Some(finding) = result.finding {
            write!(f, "  {finding}")?;
        }
        writeln!(f, "\n    {}", result.title)?;
        for id in &result.covers {
            if let Ok(requirement) = RequirementId::named(id) {
                let text = format!("{}: {} [{id}]", requirement.clause(), requirement.text);
                self.row(f, "requires", &text)?;
            }
        }
        if result.decisive.is_some() {
            self.row(f, "expected", &expected(result))?;
            self.row(f, "observed", &observed(result))?;
        }
        if result.steps.len() > 1 {
            for step in &result.steps {
                let mark = if step.is_ok() { "ok" } else { "no" };
                let (what, came) = (step_action(step), comparison_text(&step.comparison));
                self.row(f, "step", &format!("{mark}  {what}: {came}"))?;
            }
        }
        if let Some(evidence) = &result.evidence {
            self.evidence(f, evidence)?;
        }
        if let Some(meaning) = meaning(result) {
            self.row(f, "impact", meaning)?;
        }
        if let Some(why) = why {
            self.row(f, "why", why)?;
        }
        if let Some(evidence) = &result.evidence {
            self.row(f, "reproduce", &evidence.curl)?;
        }
        if !self.others.is_empty() {
            let others = format!("{} more: {}", self.others.len(), self.others.join(" "));
            self.row(f, "likewise", &others)?;
        }
        Ok(())
    }
}

impl Failure<'_> {
    fn row(&self, f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
        let label = self.styled(Style::new().dimmed(), format_args!("{name:<9}"));
        writeln!(f, "    {label} {text}")
    }

    fn evidence(&self, f: &mut fmt::Formatter<'_>, evidence: &Evidence) -> fmt::Result {
        self.members(f, "header", &evidence.decoded.header)?;
        self.members(f, "claims", &evidence.decoded.claims)?;
        for note in &evidence.decoded.notes {
            self.row(f, "token", &self.different(note))?;
        }
        if evidence.decoded.is_plain() {
            self.row(f, "token", "the valid token")?;
        }
        let lines: Vec<&str> = evidence.answer.trim_end().lines().collect();
        for (index, line) in lines.iter().take(ANSWER_LINES).enumerate() {
            self.row(f, if index == 0 { "answer" } else { "" }, &shorten(line))?;
        }
        if lines.len() > ANSWER_LINES {
            self.row(f, "", &format!("… {} more lines", lines.len() - ANSWER_LINES))?;
        }
        Ok(())
    }

    fn members(&self, f: &mut fmt::Formatter<'_>, name: &str, lines: &[Line]) -> fmt::Result {
        for (index, line) in lines.iter().enumerate() {
            let text = match line.mark {
                Mark::Same => format!("  {}", line.text),
                Mark::Different => self.different(&line.text),
                Mark::Missing => {
                    self.styled(colour(AnsiColor::Red), format_args!("- {}", line.text))
                }
            };
            self.row(f, if index == 0 { name } else { "" }, &text)?;
        }
        Ok(())
    }

    fn different(&self, text: &str) -> String {
        self.styled(colour(AnsiColor::Yellow).bold(), format_args!("> {text}"))
    }
}
