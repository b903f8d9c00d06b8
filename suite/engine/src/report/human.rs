//! The report for people: failures explained, then the sums.

use std::io::{self, Write};

use anstyle::Style;

use super::describe::why;
use super::failure::{Failure, Look, Part, Styled};
use super::{Reporter, messages};
use crate::diagnosis::Diagnosis;
use crate::event::{CaseResult, Event, Summary};
use jwtspec_types::words::Outcome;

/// Writes for people. Colours are always written; wrap the writer to take them out.
pub struct Human<W> {
    writer: W,
    worth_telling: Vec<CaseResult>,
    diagnosis: Diagnosis,
}

/// The number of confused pairs that are shown; other reports have all.
const CONFUSIONS: usize = 8;

impl<W: Write> Human<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, worth_telling: Vec::new(), diagnosis: Diagnosis::default() }
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.worth_telling.sort_by(|a, b| a.id.cmp(&b.id));
        let of = |outcomes: &'static [Outcome]| {
            self.worth_telling.iter().filter(|result| outcomes.contains(&result.outcome))
        };
        let writer = &mut self.writer;
        for result in of(&[Outcome::Fail, Outcome::Inconclusive]) {
            writeln!(writer, "{}", Failure::new(result, Styled))?;
        }
        let heading = Style::new().bold();
        if summary.departures > 0 {
            writeln!(writer, "{heading}Departures of the profile{heading:#}")?;
            let departing = of(&[Outcome::Deviation]).filter(|result| result.departs);
            for (why, ids) in by_why(departing) {
                writeln!(writer, "  {why}\n      {}", ids.join(" "))?;
            }
            writeln!(writer)?;
        }
        if summary.deviation > summary.departures {
            writeln!(writer, "{heading}Known deviations{heading:#}")?;
            for result in of(&[Outcome::Deviation]).filter(|result| !result.departs) {
                let finding = result.finding.map(|finding| finding.as_str()).unwrap_or_default();
                let why = why(result).unwrap_or_default();
                writeln!(writer, "  {}  {}, {finding}\n      {why}", result.id, result.level)?;
            }
            writeln!(writer)?;
        }
        if summary.skip > 0 {
            writeln!(writer, "{heading}Skipped{heading:#}")?;
            for (why, ids) in by_why(of(&[Outcome::Skip])) {
                writeln!(writer, "  {why}\n      {}", ids.join(" "))?;
            }
            writeln!(writer)?;
        }
        for pattern in &summary.stale_deviations {
            let red = Styled.style(Part::Outcome(Outcome::Fail));
            writeln!(
                writer,
                "{red}STALE{red:#} the deviation `{pattern}` matches only scenarios that pass; remove it"
            )?;
        }
        let figures = self.diagnosis.figures();
        let lines = messages::figures(&figures);
        if !lines.is_empty() {
            writeln!(writer, "{heading}Messages{heading:#}")?;
            for line in lines {
                writeln!(writer, "  {line}")?;
            }
            for line in messages::confusions(&figures, CONFUSIONS) {
                writeln!(writer, "      {line}")?;
            }
            writeln!(writer)?;
        }
        self.sums(summary)
    }

    fn sums(&mut self, summary: &Summary) -> io::Result<()> {
        let count = |outcome: Outcome, number: usize| {
            let style =
                if number == 0 { Style::new() } else { Styled.style(Part::Outcome(outcome)) };
            format!("{style}{number} {outcome}{style:#}")
        };
        let mut line = format!(
            "{} scenario{}: {}, {}",
            summary.total(),
            if summary.total() == 1 { "" } else { "s" },
            count(Outcome::Pass, summary.pass),
            count(Outcome::Fail, summary.fail)
        );
        let others = [
            (Outcome::Deviation, summary.deviation),
            (Outcome::Skip, summary.skip),
            (Outcome::Inconclusive, summary.inconclusive),
        ];
        for (outcome, number) in others.into_iter().filter(|(_, number)| *number > 0) {
            line.push_str(&format!(", {}", count(outcome, number)));
            if outcome == Outcome::Deviation && summary.departures > 0 {
                line.push_str(&format!(" ({} of the profile)", summary.departures));
            }
        }
        writeln!(self.writer, "{line}")?;
        if summary.unproven > 0 {
            writeln!(
                self.writer,
                "rejections whose answer does not tell the reason: {} (`[reasons]` in the target file maps messages; `--write-reasons` drafts it)",
                summary.unproven
            )?;
        }
        self.writer.flush()
    }
}

/// Scenarios by why, most first.
fn by_why<'a>(results: impl Iterator<Item = &'a CaseResult>) -> Vec<(String, Vec<&'a str>)> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for result in results {
        let why = why(result).unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, ids)) => ids.push(&result.id),
            None => reasons.push((why, vec![&result.id])),
        }
    }
    reasons.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
    reasons
}

impl<W: Write> Reporter for Human<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(info) => {
                let version = info.version.as_deref().map(|version| format!(" {version}"));
                writeln!(
                    self.writer,
                    "jwtspec {}: {}{}, profile {}\n",
                    env!("CARGO_PKG_VERSION"),
                    info.target,
                    version.unwrap_or_default(),
                    info.profile
                )
            }
            Event::CaseFinished(result) => {
                self.diagnosis.add(&result.refusals);
                if result.outcome != Outcome::Pass {
                    self.worth_telling.push((**result).clone());
                }
                Ok(())
            }
            Event::CaseStarted { .. } | Event::StepFinished { .. } => Ok(()),
            Event::TargetRestarted { ended } => {
                writeln!(self.writer, "the target died and was started again: {ended}\n")
            }
            Event::RunFinished(summary) => self.end(summary),
        }
    }
}
