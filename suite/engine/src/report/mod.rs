//! Reporters: they read events and write, to any writer. None knows the runner.

mod describe;
mod failure;
mod human;
mod json;
mod junit;
mod ledger;
mod markdown;
mod messages;
mod remark;
mod snapshot;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use crate::event::Event;
use jwtspec_types::nearest::nearest;
use jwtspec_types::words::words;

pub use describe::{expected, observed, why};
pub(crate) use describe::{step_action, step_expected, step_observed};
pub use failure::{Failure, Look, Part, Plain, Styled};
pub use human::Human;
pub use json::{Json, REPORT_VERSION, Report};
pub use junit::Junit;
pub use ledger::{ledger_action, ledger_expected};
pub use markdown::Markdown;
#[cfg(test)]
pub(crate) use remark::{claims_fault, leaked};
pub use snapshot::snapshots;

/// Something that reads events.
pub trait Reporter {
    /// Takes note of an event.
    ///
    /// # Errors
    ///
    /// If what it writes to fails.
    fn event(&mut self, event: &Event) -> io::Result<()>;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown report format `{}`", self.0)?;
        if let Some(near) = nearest(&self.0, Format::NAMES.iter().copied()) {
            write!(f, ", did you mean `{near}`?")?;
        }
        write!(f, " (known: {}; write FORMAT=FILE for a file)", Format::NAMES.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

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
    /// A reporter of that form.
    pub fn reporter<'w>(&self, writer: Box<dyn io::Write + 'w>) -> Box<dyn Reporter + 'w> {
        match self.format {
            Format::Human => Box::new(Human::new(writer)),
            Format::Json => Box::new(Json::new(writer)),
            Format::Junit => Box::new(Junit::new(writer)),
            Format::Markdown => Box::new(Markdown::new(writer)),
        }
    }
}
