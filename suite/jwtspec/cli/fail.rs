//! The error of a command, and its printed form.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use miette::{GraphicalReportHandler, GraphicalTheme};

use super::exit::{BAD_USAGE, NO_TARGET};
use jwtspec_advice::explain::ExplainError;
use jwtspec_advice::lint::LintError;
use jwtspec_advice::probe::ProbeError;
use jwtspec_advice::token_source::SourceError;
use jwtspec_engine::issuer::StartError;
use jwtspec_engine::plan::SelectionError;
use jwtspec_engine::run::{JournalError, RunError, TooFewDescriptors};
use jwtspec_engine::scenario::ReadError;
use jwtspec_engine::target::{DeviationsError, NotLoopback, TargetFileError, TargetUrlError};
use jwtspec_format::Problems;
use jwtspec_mint::MintError;
use jwtspec_search::property::PropertyError;
use jwtspec_types::advised::Advised;
use jwtspec_types::text::bounded;

/// Bytes of a message.
const MESSAGE_BYTES: usize = 1500;
/// Bytes of the advice on it, with what a target printed or a request that shows the error.
const ADVICE_BYTES: usize = 8000;

/// The reason why a command could not do its work.
#[derive(Debug)]
pub(super) enum Fail {
    /// Mistakes in files.
    Mistakes(Vec<Problems>),
    /// Anything else.
    Message {
        /// The exit status.
        status: u8,
        /// A sentence.
        message: String,
        /// The remedy, in one or more lines.
        advice: Option<String>,
    },
}

impl Fail {
    /// Bad usage, or a bad file.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Message { status: BAD_USAGE, message: message.into(), advice: None }
    }

    /// Adds the remedy to a message.
    pub(super) fn advise(mut self, text: impl Into<String>) -> Self {
        if let Self::Message { advice, .. } = &mut self {
            *advice = Some(text.into());
        }
        self
    }

    /// An error of a library crate, which prints its advice behind its first line.
    pub(super) fn library(status: u8, error: impl Display) -> Self {
        let text = error.to_string();
        let (message, advice) = match text.split_once('\n') {
            Some((message, advice)) => (message.to_owned(), Some(advice.to_owned())),
            None => (text, None),
        };
        Self::Message { status, message, advice }
    }

    pub(super) fn system(what: &str, error: impl Display) -> Self {
        Self::library(BAD_USAGE, format_args!("failed to {what}: {error}"))
    }

    pub(super) fn file(what: &str, path: &Path, error: impl Display) -> Self {
        Self::system(&format!("{what} {}", path.display()), error)
    }

    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Mistakes(_) => BAD_USAGE,
            Self::Message { status, .. } => *status,
        }
    }

    /// Prints it to standard error, and ignores that standard error may be closed.
    pub(super) fn print(&self) {
        let mut stderr = anstream::stderr().lock();
        match self {
            Self::Mistakes(files) => {
                let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
                    .with_context_lines(1);
                for problems in files {
                    for diagnostic in problems.diagnostics() {
                        let mut text = String::new();
                        let _ = handler.render_report(&mut text, &diagnostic);
                        let _ = writeln!(stderr, "{}", text.trim_end());
                    }
                    if let Some(note) = problems.not_shown() {
                        let _ = writeln!(stderr, "{note}");
                    }
                }
                let count: usize = files.iter().map(|problems| problems.iter().count()).sum();
                let noun = if count == 1 { "mistake" } else { "mistakes" };
                let _ = writeln!(stderr, "\n{count} {noun}");
            }
            Self::Message { message, advice, .. } => {
                let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
                let bold = Style::new().bold();
                let message = bounded(message, MESSAGE_BYTES);
                let _ = writeln!(stderr, "{red}error:{red:#} {message}");
                if let Some(advice) = advice {
                    let advice = bounded(advice, ADVICE_BYTES).replace('\n', "\n      ");
                    let _ = writeln!(stderr, "{bold}help:{bold:#} {advice}");
                }
            }
        }
    }
}

impl From<Problems> for Fail {
    fn from(problems: Problems) -> Self {
        Self::Mistakes(vec![problems])
    }
}

impl From<Vec<Problems>> for Fail {
    fn from(files: Vec<Problems>) -> Self {
        Self::Mistakes(files)
    }
}

/// Converts errors about files, which may hold mistakes.
macro_rules! file_errors {
    ($($error:ident),+) => {
        $(impl From<$error> for Fail {
            fn from(error: $error) -> Self {
                match error {
                    $error::Mistakes(mistakes) => mistakes.into(),
                    other => Self::library(BAD_USAGE, other),
                }
            }
        })+
    };
}

file_errors!(ReadError, DeviationsError, TargetFileError);

/// Converts errors of library crates; the pattern binds the error, the expression is the status.
macro_rules! library_errors {
    ($($error:ty: |$bound:pat_param| $status:expr;)+) => {
        $(impl From<$error> for Fail {
            fn from(error: $error) -> Self {
                let $bound = &error;
                Self::library($status, error)
            }
        })+
    };
}

library_errors! {
    Advised: |_| BAD_USAGE;
    ExplainError: |_| BAD_USAGE;
    JournalError: |_| BAD_USAGE;
    MintError: |_| BAD_USAGE;
    NotLoopback: |_| BAD_USAGE;
    SelectionError: |_| BAD_USAGE;
    StartError: |_| NO_TARGET;
    TargetUrlError: |_| BAD_USAGE;
    TooFewDescriptors: |_| NO_TARGET;
    RunError: |error| match error {
        RunError::Selection(_) | RunError::Scenario { .. } => BAD_USAGE,
        RunError::Target(_) | RunError::Issuers(_) | RunError::Preflight(_) => NO_TARGET,
    };
    LintError: |error| match error {
        LintError::Unreachable(_) | LintError::Client(_) => NO_TARGET,
        LintError::NotAUrl(_) | LintError::Elsewhere(_) | LintError::Authority => BAD_USAGE,
    };
    SourceError: |error| match error {
        SourceError::Unreachable(_) | SourceError::Client(_) | SourceError::Target(_) => NO_TARGET,
        _ => BAD_USAGE,
    };
}

impl From<ProbeError> for Fail {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::SetUp(error) => error.into(),
            error @ ProbeError::Preflight(_) => Self::library(NO_TARGET, error),
        }
    }
}

impl From<PropertyError> for Fail {
    fn from(error: PropertyError) -> Self {
        match error {
            PropertyError::SetUp(error) => error.into(),
            error => Self::library(NO_TARGET, error),
        }
    }
}
