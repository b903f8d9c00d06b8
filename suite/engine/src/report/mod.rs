//! Reports of runs: made from events, written to any writer. None knows the runner.

mod closing;
mod describe;
mod failure;
mod human;
mod json;
#[cfg(feature = "junit")]
mod junit;
#[cfg(not(feature = "junit"))]
#[path = "no_junit.rs"]
mod junit;
mod ledger;
mod markdown;
mod messages;
mod preflight;
mod remark;
mod snapshot;
mod visible;

use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use crate::diagnosis::{Diagnosability, Diagnosis};
use crate::event::{CaseResult, Event, Restart, RunInfo, Summary};
use jwtspec_types::nearest::nearest;
use jwtspec_types::words::{Outcome, words};

pub(crate) use describe::describe_meaning;
pub use describe::{expected, observed, why};
pub use failure::{Failure, outcome_style};
pub use json::{REPORT_VERSION, Report};
pub use ledger::{ledger_action, ledger_expected};
pub(crate) use preflight::preflight_text;
#[cfg(test)]
pub(crate) use remark::leaked;
pub use snapshot::snapshots;
pub use visible::{Escape, Visible};

/// A report in the making: it reads events and writes, the most of it when the run ends.
pub struct Reporter<'w> {
    format: Format,
    writer: Box<dyn Write + 'w>,
    info: Option<RunInfo>,
    preflight: Option<CaseResult>,
    results: Vec<CaseResult>,
}

/// A run that has ended, its results in the order of their ids.
struct Run<'r> {
    info: &'r RunInfo,
    /// The result of the preflight, if it failed.
    preflight: Option<&'r CaseResult>,
    results: &'r [CaseResult],
    summary: &'r Summary,
}

impl Reporter<'_> {
    /// Takes note of an event.
    ///
    /// # Errors
    ///
    /// If what it writes to fails.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(info) => {
                self.info = Some(info.clone());
                if self.format == Format::Human {
                    human::write_heading(&mut self.writer, info)?;
                }
            }
            Event::CaseFinished(result) => self.results.push((**result).clone()),
            Event::PreflightFailed(result) => {
                if self.format == Format::Human {
                    writeln!(self.writer, "{}\n", preflight_text(result))?;
                }
                self.preflight = Some((**result).clone());
            }
            Event::TargetRestarted(restart) if self.format == Format::Human => match restart {
                Restart::Died(ended) => {
                    writeln!(self.writer, "the target died and was started again: {ended}\n")?;
                }
                Restart::Silent => {
                    let left = "the target left what the preflight asks without an answer";
                    writeln!(self.writer, "{left}: it was started again\n")?;
                }
            },
            Event::CaseStarted(_) | Event::StepFinished { .. } | Event::TargetRestarted(_) => {}
            Event::RunFinished(summary) => {
                let Some(info) = &self.info else { return Ok(()) };
                self.results.sort_by(|a, b| a.id.cmp(&b.id));
                let preflight = self.preflight.as_ref();
                let run = Run { info, preflight, results: &self.results, summary };
                match self.format {
                    Format::Human => human::write(&mut self.writer, &run)?,
                    Format::Json => json::write(&mut self.writer, &run)?,
                    Format::Junit => junit::write(&mut self.writer, &run)?,
                    Format::Markdown => markdown::write(&mut self.writer, &run)?,
                }
                self.writer.flush()?;
            }
        }
        Ok(())
    }
}

impl<'r> Run<'r> {
    /// The results with one of these outcomes.
    fn with_outcome(
        &self,
        outcomes: &'static [Outcome],
    ) -> impl Iterator<Item = &'r CaseResult> + use<'r> {
        self.results.iter().filter(|result| outcomes.contains(&result.outcome))
    }

    /// The quality of its refusals as diagnoses.
    fn diagnosability(&self) -> Diagnosability {
        let mut diagnosis = Diagnosis::default();
        self.results.iter().for_each(|result| diagnosis.add(&result.refusals));
        diagnosis.figures()
    }
}

/// The target with its version, and the profile.
fn title(info: &RunInfo) -> String {
    let version = info.version.as_deref().map(|version| format!(" {version}"));
    format!("{}{}, profile {}", info.target, version.unwrap_or_default(), info.profile)
}

words! {
    /// A form of report.
    Format {
        /// For people.
        Human = "human",
        /// For programs; `docs/schema/report.json` describes it.
        Json = "json",
        /// For CI servers.
        Junit = "junit",
        /// For pull requests and job summaries.
        Markdown = "markdown",
    }
}

/// A form of report and where it goes: `json=out.json`; standard output without a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The form.
    pub format: Format,
    /// The file; standard output if none.
    pub file: Option<PathBuf>,
}

/// A destination that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown report format `{0}`{near} (known: {known}; write FORMAT=FILE for a file)",
    near = nearest(.0, Format::NAMES.iter().copied())
        .map(|near| format!(", did you mean `{near}`?"))
        .unwrap_or_default(),
    known = Format::NAMES.join(", "))]
pub struct UnknownFormat(String);

impl FromStr for Destination {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, file) = match text.split_once('=') {
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        match format.parse() {
            Ok(format) if file.as_ref().is_none_or(|file| !file.as_os_str().is_empty()) => {
                Ok(Self { format, file })
            }
            _ => Err(UnknownFormat(format.to_owned())),
        }
    }
}

impl Destination {
    /// A reporter of that form. Characters that are not seen, or change how others are, come out as
    /// escapes.
    pub fn reporter<'w>(&self, writer: Box<dyn Write + 'w>) -> Reporter<'w> {
        let escape = match self.format {
            Format::Human => Escape::BracesWithColours,
            Format::Json => Escape::Json,
            Format::Junit | Format::Markdown => Escape::Braces,
        };
        let writer = Box::new(Visible::new(writer, escape));
        Reporter { format: self.format, writer, info: None, preflight: None, results: Vec::new() }
    }
}
