//! The Markdown report: sums, a table of what is not as expected, each failure folded out.

use std::io::{self, Write};

use super::describe::{expected, observed, why};
use super::failure::Failure;
use super::preflight::preflight_text;
use super::{Run, closing, messages, title};
use jwtspec_types::words::Outcome;

/// Writes Markdown.
pub(super) fn write(writer: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    let summary = run.summary;
    writeln!(writer, "# jwtspec: {}\n", title(run.info))?;
    writeln!(writer, "| pass | fail | deviation | skip | inconclusive |")?;
    writeln!(writer, "|---|---|---|---|---|")?;
    writeln!(
        writer,
        "| {} | {} | {} | {} | {} |",
        summary.pass, summary.fail, summary.deviation, summary.skip, summary.inconclusive
    )?;
    if let Some(ending) = closing::ending(run) {
        writeln!(writer, "\n**{ending}**")?;
    }
    if let Some(preflight) = run.preflight {
        write_block(writer, &preflight_text(preflight))?;
    }
    let mistakes = closing::mistakes(run);
    if !mistakes.is_empty() {
        writeln!(writer, "\n## Not the verifier's: to be mended first")?;
        for (mistake, unjudged) in mistakes {
            let example = closing::example(&unjudged).replace('\n', "\n    ");
            write_block(writer, &format!("{mistake}\n    {example}"))?;
        }
    }
    let mut findings = run
        .with_outcome(&[Outcome::Fail, Outcome::Inconclusive])
        .filter(|result| result.mistake().is_none())
        .peekable();
    if findings.peek().is_some() {
        writeln!(writer, "\n## Findings\n")?;
        writeln!(writer, "| scenario | level | finding | expected | observed |")?;
        writeln!(writer, "|---|---|---|---|---|")?;
    }
    for result in findings {
        writeln!(
            writer,
            "| `{}` | {} | {} | {} | {} |",
            result.id,
            result.level,
            result.finding.map(|finding| finding.as_str()).unwrap_or_default(),
            cell(&expected(result)),
            cell(&observed(result))
        )?;
    }
    for (result, more) in closing::failures(run) {
        let text = Failure::plain(result).with_others(more).to_string();
        writeln!(writer, "\n<details><summary><code>{}</code></summary>", result.id)?;
        write_block(writer, &text)?;
        writeln!(writer, "\n</details>")?;
    }
    let figures = run.diagnosability();
    let lines = messages::figures(&figures);
    if !lines.is_empty() {
        writeln!(writer, "\n## Messages\n")?;
        for line in lines {
            writeln!(writer, "- {line}")?;
        }
        let confusions = messages::confusions(&figures, usize::MAX);
        if !confusions.is_empty() {
            writeln!(writer, "\n<details><summary>Causes that are confused</summary>\n")?;
            for line in confusions {
                writeln!(writer, "- {}", cell(&line))?;
            }
            writeln!(writer, "\n</details>")?;
        }
        writeln!(writer, "\n<details><summary>Each message, and for which causes</summary>\n")?;
        writeln!(writer, "| message | causes |\n|---|---|")?;
        for (message, causes) in messages::matrix(&figures) {
            writeln!(writer, "| {} | {causes} |", cell(&message))?;
        }
        writeln!(writer, "\n</details>")?;
    }
    let flaky = run.results.iter().filter_map(|result| Some((&result.id, result.flaky?)));
    for (index, (id, finding)) in flaky.enumerate() {
        if index == 0 {
            writeln!(writer, "\n## Flaky: wrong at first, right when tried again alone\n")?;
        }
        writeln!(writer, "- `{id}`: {finding}")?;
    }
    let choices = closing::choices(run);
    if !choices.is_empty() {
        writeln!(writer, "\n## Choices, where both verdicts are allowed\n")?;
        for (chosen, ids) in choices {
            writeln!(writer, "- {chosen}: `{}`", ids.join("`, `"))?;
        }
    }
    for (departs, heading) in [(true, "Departures of the profile"), (false, "Known deviations")] {
        let mut deviations = run
            .with_outcome(&[Outcome::Deviation])
            .filter(|result| result.departs == departs)
            .peekable();
        if deviations.peek().is_some() {
            writeln!(writer, "\n## {heading}\n\n| scenario | finding | why |\n|---|---|---|")?;
        }
        for result in deviations {
            let finding = result.finding.map(|finding| finding.as_str()).unwrap_or_default();
            let why = why(result).unwrap_or_default();
            writeln!(writer, "| `{}` | {finding} | {} |", result.id, cell(&why))?;
        }
    }
    if !summary.stale_deviations.is_empty() {
        writeln!(writer, "\n## Stale deviations\n")?;
        for pattern in &summary.stale_deviations {
            writeln!(writer, "- `{pattern}` matches only scenarios that pass")?;
        }
    }
    if summary.skip > 0 {
        writeln!(writer, "\n## Skipped\n")?;
        if let Some(line) = closing::not_tested(run) {
            writeln!(writer, "{}\n", cell(&line))?;
        }
        writeln!(writer, "| scenario | why |\n|---|---|")?;
        for result in run.with_outcome(&[Outcome::Skip]) {
            let why = why(result).unwrap_or_default();
            writeln!(writer, "| `{}` | {} |", result.id, cell(&why))?;
        }
    }
    Ok(())
}

/// Writes text that cannot break out of its block.
fn write_block(writer: &mut dyn Write, text: &str) -> io::Result<()> {
    let (text, fence) = (text.trim_end_matches('\n'), fence(text));
    writeln!(writer, "\n{fence}text\n{text}\n{fence}")
}

/// Text that cannot break out of a table cell.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    let line = text.trim_end().replace('\n', " ⏎ ");
    for letter in jwtspec_mint::shorten(&line).chars() {
        if "\\|`*_<>[]".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// A fence longer than any run of backticks in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}
