//! Standard output, and what clap says: the one place at which text of a target, a token, a file or
//! an argument goes to a terminal.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use super::exit::{BAD_USAGE, CLEAN};
use super::fail::Fail;
use jwtspec_engine::report::{Escape, Visible};

/// Writes text to standard output: colours as they are, other characters that are not seen or
/// change how others are shown as escapes.
pub(super) fn write_text(text: &str) -> io::Result<()> {
    write(text, Escape::BracesWithColours)
}

/// The same, where a closed standard output is no error.
pub(super) fn print_text(text: &str) {
    let _ = write_text(text);
}

/// Prints JSON, with the same characters as escapes of JSON. A closed standard output is no error.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Fail> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| Fail::system("write the report", error))?;
    let _ = write(&format!("{text}\n"), Escape::Json);
    Ok(())
}

fn write(text: &str, escape: Escape) -> io::Result<()> {
    write_to(anstream::stdout().lock(), text, escape)
}

fn write_to(writer: impl Write, text: &str, escape: Escape) -> io::Result<()> {
    let mut writer = Visible::new(writer, escape);
    writer.write_all(text.as_bytes())?;
    writer.flush()
}

/// Prints what clap says: help on standard output, or an error, which repeats the arguments, on
/// standard error. Returns the exit status.
pub(super) fn print_clap(error: &clap::Error) -> ExitCode {
    let text = error.render().ansi().to_string();
    if !error.use_stderr() {
        print_text(&text);
        return ExitCode::from(CLEAN);
    }
    let _ = write_to(anstream::stderr().lock(), &text, Escape::BracesWithColours);
    ExitCode::from(BAD_USAGE)
}

/// Prints a report. A closed standard output is no error.
pub(super) fn print_report(report: &(impl Serialize + Display), json: bool) -> Result<(), Fail> {
    if json {
        return print_json(report);
    }
    print_text(&report.to_string());
    Ok(())
}
