//! A failure with its explanation: the requirement, the token, the answer, the meaning, a way to
//! see it again.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};

use super::describe::{expected, meaning, observed, step_action, step_observed, why};
use crate::event::{CaseResult, Evidence};
use jwtspec_mint::{Line, Mark, shorten};
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::Outcome;

/// The styles that set off parts of a failure from one another.
pub trait Look {
    /// The style of a part.
    fn style(&self, part: Part) -> Style;
}

/// A part of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The outcome.
    Outcome(Outcome),
    /// An id.
    Id,
    /// The name of a row.
    Label,
    /// A member that differs from the valid token.
    Different,
    /// A member that the valid token has and this one has not.
    Missing,
}

/// Coloured text.
#[derive(Clone, Copy, Debug)]
pub struct Styled;

impl Look for Styled {
    fn style(&self, part: Part) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match part {
            Part::Outcome(Outcome::Pass) => colour(AnsiColor::Green),
            Part::Outcome(Outcome::Fail | Outcome::Inconclusive) => colour(AnsiColor::Red).bold(),
            Part::Outcome(Outcome::Deviation | Outcome::Skip) => colour(AnsiColor::Yellow),
            Part::Id => Style::new().bold(),
            Part::Label => Style::new().dimmed(),
            Part::Different => colour(AnsiColor::Yellow).bold(),
            Part::Missing => colour(AnsiColor::Red),
        }
    }
}

/// Text without colours.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Look for Plain {
    fn style(&self, _: Part) -> Style {
        Style::new()
    }
}

/// A failure that can be displayed.
pub struct Failure<'a, L> {
    result: &'a CaseResult,
    look: L,
    why: Option<String>,
}

impl<'a, L: Look> Failure<'a, L> {
    /// The failure of a result, in this look.
    pub fn new(result: &'a CaseResult, look: L) -> Self {
        Self { result, look, why: why(result) }
    }

    /// The same with these words in the row `why`.
    #[must_use]
    pub fn with_why(self, why: Option<String>) -> Self {
        Self { why, ..self }
    }
}

/// Answers are shown up to this many lines.
const ANSWER_LINES: usize = 14;

impl<L: Look> fmt::Display for Failure<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { result, look, why } = self;
        let outcome = look.style(Part::Outcome(result.outcome));
        let id = look.style(Part::Id);
        write!(
            f,
            "{outcome}{}{outcome:#} {id}{}{id:#}  {}",
            result.outcome.as_str().to_uppercase(),
            result.id,
            result.level
        )?;
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
                let (what, came) = (step_action(step), step_observed(step));
                self.row(f, "step", &format!("{mark}  {what}: {came}"))?;
            }
        }
        if let Some(evidence) = &result.evidence {
            self.evidence(f, evidence)?;
        }
        if let Some(meaning) = meaning(result) {
            self.row(f, "means", meaning)?;
        }
        if let Some(why) = why {
            self.row(f, "why", why)?;
        }
        if let Some(evidence) = &result.evidence {
            self.row(f, "again", &evidence.curl)?;
        }
        Ok(())
    }
}

impl<L: Look> Failure<'_, L> {
    fn row(&self, f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
        let label = self.look.style(Part::Label);
        writeln!(f, "    {label}{name:<9}{label:#} {text}")
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
                    let missing = self.look.style(Part::Missing);
                    format!("{missing}- {}{missing:#}", line.text)
                }
            };
            self.row(f, if index == 0 { name } else { "" }, &text)?;
        }
        Ok(())
    }

    fn different(&self, text: &str) -> String {
        let different = self.look.style(Part::Different);
        let mut marked = String::new();
        let _ = write!(marked, "{different}> {text}{different:#}");
        marked
    }
}
