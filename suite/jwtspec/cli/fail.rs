//! Why a command could not do its work, and how that is printed.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use miette::{GraphicalReportHandler, GraphicalTheme};

use super::exit::{BAD_USAGE, NO_TARGET};
use jwtspec_advice::lint::LintError;
use jwtspec_advice::probe::ProbeError;
use jwtspec_advice::token_source::SourceError;
use jwtspec_engine::issuer::StartError;
use jwtspec_engine::run::{JournalError, RunError};
use jwtspec_engine::scenario::ReadError;
use jwtspec_engine::target::{DeviationsError, NotLoopback, TargetFileError};
use jwtspec_format::Problems;
use jwtspec_search::property::PropertyError;

/// Why a command could not do its work.
#[derive(Debug)]
pub(super) enum Fail {
    /// Mistakes in files.
    Mistakes(Vec<Problems>),
    /// Anything else: a sentence, and behind a line break what to do.
    Message { status: u8, text: String },
}

impl Fail {
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self::Message { status: BAD_USAGE, text: text.into() }
    }

    pub(super) fn system(what: &str, error: impl Display) -> Self {
        Self::usage(format!("failed to {what}: {error}"))
    }

    pub(super) fn file(what: &str, path: &Path, error: impl Display) -> Self {
        Self::usage(format!("failed to {what} {}: {error}", path.display()))
    }

    pub(super) fn status(&self) -> u8 {
        match self {
            Self::Mistakes(_) => BAD_USAGE,
            Self::Message { status, .. } => *status,
        }
    }

    /// Prints it to standard error; there is nobody to tell if that fails.
    pub(super) fn print(&self) {
        let mut stderr = anstream::stderr().lock();
        match self {
            Self::Mistakes(files) => {
                let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
                    .with_context_lines(1);
                for problems in files {
                    for diagnostic in problems.diagnostics() {
                        let mut text = String::new();
                        let _ = handler.render_report(&mut text, diagnostic);
                        let _ = writeln!(stderr, "{}", text.trim_end());
                    }
                }
                let count: usize = files.iter().map(|problems| problems.iter().count()).sum();
                let noun = if count == 1 { "mistake" } else { "mistakes" };
                let _ = writeln!(stderr, "\n{count} {noun}");
            }
            Self::Message { text, .. } => {
                let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
                let bold = Style::new().bold();
                // The errors of a run come here as text, whatever step they were raised in.
                let (message, advice) = text.split_once('\n').unwrap_or((text, ""));
                let _ = writeln!(stderr, "{red}error:{red:#} {message}");
                if !advice.is_empty() {
                    let advice = advice.replace('\n', "\n      ");
                    let _ = writeln!(stderr, "{bold}help:{bold:#} {advice}");
                }
            }
        }
    }
}

impl From<ReadError> for Fail {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Mistakes(files) => Self::Mistakes(files),
            other => Self::usage(other.to_string()),
        }
    }
}

impl From<Problems> for Fail {
    fn from(problems: Problems) -> Self {
        Self::Mistakes(vec![problems])
    }
}

impl From<DeviationsError> for Fail {
    fn from(error: DeviationsError) -> Self {
        match error {
            DeviationsError::Mistakes(problems) => problems.into(),
            other => Self::usage(other.to_string()),
        }
    }
}

impl From<TargetFileError> for Fail {
    fn from(error: TargetFileError) -> Self {
        match error {
            TargetFileError::Mistakes(problems) => problems.into(),
            other => Self::usage(other.to_string()),
        }
    }
}

impl From<RunError> for Fail {
    fn from(error: RunError) -> Self {
        let status = match &error {
            RunError::Selection(_) | RunError::Scenario { .. } => BAD_USAGE,
            RunError::Target(_) | RunError::Issuers(_) | RunError::Preflight(_) => NO_TARGET,
        };
        Self::Message { status, text: error.to_string() }
    }
}

impl From<ProbeError> for Fail {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::SetUp(error) => error.into(),
            error @ ProbeError::Preflight(_) => {
                Self::Message { status: NO_TARGET, text: error.to_string() }
            }
        }
    }
}

impl From<PropertyError> for Fail {
    fn from(error: PropertyError) -> Self {
        match error {
            PropertyError::SetUp(error) => error.into(),
            error => Self::Message { status: NO_TARGET, text: error.to_string() },
        }
    }
}

impl From<JournalError> for Fail {
    fn from(error: JournalError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<NotLoopback> for Fail {
    fn from(error: NotLoopback) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<LintError> for Fail {
    fn from(error: LintError) -> Self {
        let status = match &error {
            LintError::Unreachable(_) | LintError::Client(_) => NO_TARGET,
            LintError::NotAUrl(_) | LintError::Elsewhere(_) | LintError::Authority => BAD_USAGE,
        };
        Self::Message { status, text: error.to_string() }
    }
}

impl From<SourceError> for Fail {
    fn from(error: SourceError) -> Self {
        let status = match &error {
            SourceError::Unreachable(_) | SourceError::Client(_) | SourceError::Target(_) => {
                NO_TARGET
            }
            _ => BAD_USAGE,
        };
        Self::Message { status, text: error.to_string() }
    }
}

impl From<StartError> for Fail {
    fn from(error: StartError) -> Self {
        Self::Message { status: NO_TARGET, text: error.to_string() }
    }
}
