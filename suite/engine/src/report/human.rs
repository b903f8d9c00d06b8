//! The report for people: failures explained, then the sums.

use std::io::{self, Write};

use anstyle::Style;
use indexmap::IndexMap;

use super::describe::why;
use super::failure::{Failure, outcome_style};
use super::{Run, closing, messages, title};
use crate::event::{CaseResult, RunInfo, Summary};
use jwtspec_types::words::Outcome;

/// The number of confused pairs that are shown; other reports have all.
const CONFUSIONS: usize = 8;

/// Writes the line before everything else.
pub(super) fn write_heading(writer: &mut dyn Write, info: &RunInfo) -> io::Result<()> {
    writeln!(writer, "jwtspec {}: {}\n", env!("CARGO_PKG_VERSION"), title(info))
}

/// Writes for people. Colours are always written; wrap the writer to take them out.
pub(super) fn write(writer: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    let summary = run.summary;
    let heading = Style::new().bold();
    let mistakes = closing::mistakes(run);
    if !mistakes.is_empty() {
        writeln!(writer, "{heading}Not the verifier's: to be mended first{heading:#}")?;
        for (mistake, unjudged) in mistakes {
            let example = closing::example(&unjudged).replace('\n', "\n      ");
            writeln!(writer, "  {mistake}\n      {example}")?;
        }
        writeln!(writer)?;
    }
    for (result, more) in closing::failures(run) {
        let failure = Failure::coloured(result).with_others(more);
        writeln!(writer, "{failure}")?;
    }
    let mut flaky = run.results.iter().filter(|result| result.flaky.is_some()).peekable();
    if flaky.peek().is_some() {
        writeln!(
            writer,
            "{heading}Flaky: wrong at first, right when tried again alone{heading:#}"
        )?;
        for result in flaky {
            let finding = result.flaky.map(|finding| finding.as_str()).unwrap_or_default();
            writeln!(writer, "  {}  {}, {finding}", result.id, result.level)?;
        }
        writeln!(writer)?;
    }
    let departing = run.with_outcome(&[Outcome::Deviation]).filter(|result| result.departs);
    write_by_why(writer, "Departures of the profile", departing)?;
    if summary.deviation > summary.departures {
        writeln!(writer, "{heading}Known deviations{heading:#}")?;
        for result in run.with_outcome(&[Outcome::Deviation]).filter(|result| !result.departs) {
            let finding = result.finding.map(|finding| finding.as_str()).unwrap_or_default();
            let why = why(result).unwrap_or_default();
            writeln!(writer, "  {}  {}, {finding}\n      {why}", result.id, result.level)?;
        }
        writeln!(writer)?;
    }
    let choices = closing::choices(run);
    if !choices.is_empty() {
        writeln!(writer, "{heading}Choices, where both verdicts are allowed{heading:#}")?;
        for (chosen, ids) in choices {
            writeln!(writer, "  {chosen}\n      {}", ids.join(" "))?;
        }
        writeln!(writer)?;
    }
    write_by_why(writer, "Skipped", run.with_outcome(&[Outcome::Skip]))?;
    for pattern in &summary.stale_deviations {
        let red = outcome_style(Outcome::Fail);
        writeln!(
            writer,
            "{red}STALE{red:#} the deviation `{pattern}` matches only scenarios that pass; remove it"
        )?;
    }
    let figures = run.diagnosability();
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
    write_sums(writer, summary)?;
    if summary.flaky > 0 {
        writeln!(writer, "flaky: {} (see above)", summary.flaky)?;
    }
    if !summary.vague_deviations.is_empty() {
        writeln!(
            writer,
            "deviations that name no finding or are still to be explained: {} \
             (`--write-deviations` adds findings, `--strict` refuses them)",
            summary.vague_deviations.len()
        )?;
    }
    if let Some(line) = closing::not_tested(run) {
        writeln!(writer, "{line}")?;
    }
    if let Some(ending) = closing::ending(run) {
        let red = outcome_style(Outcome::Fail);
        writeln!(writer, "{red}{ending}{red:#}")?;
    }
    Ok(())
}

fn write_sums(writer: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let count = |outcome: Outcome, number: usize| {
        let style = if number == 0 { Style::new() } else { outcome_style(outcome) };
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
    writeln!(writer, "{line}")?;
    if summary.unproven > 0 {
        writeln!(
            writer,
            "rejections whose answer does not tell the reason: {} (`[reasons]` in the target file maps messages; `--write-reasons` drafts it)",
            summary.unproven
        )?;
    }
    Ok(())
}

/// Writes which scenarios there are by why, most first; nothing if there are none.
fn write_by_why<'a>(
    writer: &mut dyn Write,
    title: &str,
    results: impl Iterator<Item = &'a CaseResult>,
) -> io::Result<()> {
    let mut reasons: IndexMap<String, Vec<&str>> = IndexMap::new();
    for result in results {
        reasons.entry(why(result).unwrap_or_default()).or_default().push(&result.id);
    }
    if reasons.is_empty() {
        return Ok(());
    }
    reasons.sort_by(|_, ids, _, others| others.len().cmp(&ids.len()));
    let heading = Style::new().bold();
    writeln!(writer, "{heading}{title}{heading:#}")?;
    for (why, ids) in reasons {
        writeln!(writer, "  {why}\n      {}", ids.join(" "))?;
    }
    writeln!(writer)
}
