//! The command line of a test run.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The text for `--help`.
pub(crate) const HELP: &str = "\
Usage: [OPTIONS] [FILTERS...]

Runs the tests whose names contain one of the filters, or all.

      --exact             A filter is the whole name of a test
      --skip FILTER       Leave out the tests that this filter selects; may be repeated
      --list              List the tests instead of running them
      --ignored           Only tests marked as ignored, of which there are none
      --include-ignored   Marked as ignored or not, which is all
      --test              Only tests, which is all
      --bench             Only benchmarks, of which there are none
      --test-threads N    Run N tests at a time (otherwise RUST_TEST_THREADS, or 64)
      --format FORMAT     pretty (a line for each test) or terse (a character)
  -q, --quiet             The same as --format terse
      --color WHEN        auto, always or never
      --logfile PATH      Write to this file instead of standard output
      --nocapture, --no-capture, --show-output, -Z unstable-options
                          Accepted without effect: output is never captured
  -h, --help              Print this text
";

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    /// Run or list tests.
    Run(Arguments),
    /// Print [`HELP`].
    Help,
}

/// The options of a test run.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    filters: Vec<String>,
    skip: Vec<String>,
    exact: bool,
    ignored_only: bool,
    /// True if tests are listed and not run.
    pub(super) list: bool,
    /// True if no test is to run.
    pub(super) benchmarks_only: bool,
    /// The number of tests at a time.
    pub(crate) threads: Option<NonZeroUsize>,
    /// True for a character instead of a line for each test.
    pub(super) terse: bool,
    /// True if output has colours; none to decide by what it is written to.
    pub(super) color: Option<bool>,
    /// The file to write to instead of standard output.
    logfile: Option<PathBuf>,
}

/// A command line that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArgumentError {
    /// No option of a test run.
    #[error("unknown option `{0}`; see `--help`")]
    Unknown(String),
    /// An option without its value.
    #[error("`{0}` needs a value")]
    NoValue(String),
    /// An option with a value that it does not take.
    #[error("`{value}` is no value of `{option}`; it takes {known}")]
    WrongValue {
        /// The option.
        option: String,
        /// The value.
        value: String,
        /// The values that it takes.
        known: &'static str,
    },
    /// A flag with a value.
    #[error("`{0}` takes no value")]
    NotAValue(String),
}

impl Command {
    /// Parses a command line, without the name of the program. `environment` is the value of
    /// `RUST_TEST_THREADS`.
    ///
    /// # Errors
    ///
    /// If an option is unknown, or its value is missing or wrong.
    pub(crate) fn parse(
        words: impl IntoIterator<Item = String>,
        environment: Option<String>,
    ) -> Result<Self, ArgumentError> {
        let mut arguments = Arguments::default();
        if let Some(value) = environment {
            arguments.threads = Some(number("RUST_TEST_THREADS", value)?);
        }
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if word == "--" {
                arguments.filters.extend(words.by_ref());
                break;
            }
            if !word.starts_with('-') || word == "-" {
                arguments.filters.push(word);
                continue;
            }
            let (option, mut given) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value.to_owned())),
                None if word.starts_with("-Z") && word.len() > 2 => {
                    ("-Z", Some(word[2..].to_owned()))
                }
                None => (word.as_str(), None),
            };
            let mut value = || {
                let value = given.take().or_else(|| words.next());
                value.ok_or_else(|| ArgumentError::NoValue(option.to_owned()))
            };
            let wrong = |value, known| {
                Err(ArgumentError::WrongValue { option: option.to_owned(), value, known })
            };
            match option {
                "-h" | "--help" => return Ok(Self::Help),
                "--exact" => arguments.exact = true,
                "--list" => arguments.list = true,
                "--ignored" => arguments.ignored_only = true,
                "--bench" => arguments.benchmarks_only = true,
                "-q" | "--quiet" => arguments.terse = true,
                "--include-ignored" | "--test" | "--nocapture" | "--no-capture"
                | "--show-output" => {}
                "--skip" => arguments.skip.push(value()?),
                "--test-threads" => arguments.threads = Some(number(option, value()?)?),
                "--logfile" => arguments.logfile = Some(value()?.into()),
                "--format" => match value()?.as_str() {
                    "pretty" => arguments.terse = false,
                    "terse" => arguments.terse = true,
                    other => return wrong(other.to_owned(), "`pretty` or `terse`"),
                },
                "--color" => match value()?.as_str() {
                    "auto" => arguments.color = None,
                    "always" => arguments.color = Some(true),
                    "never" => arguments.color = Some(false),
                    other => return wrong(other.to_owned(), "`auto`, `always` or `never`"),
                },
                "-Z" => match value()?.as_str() {
                    "unstable-options" => {}
                    other => return wrong(other.to_owned(), "`unstable-options`"),
                },
                _ => return Err(ArgumentError::Unknown(option.to_owned())),
            }
            if given.is_some() {
                return Err(ArgumentError::NotAValue(option.to_owned()));
            }
        }
        Ok(Self::Run(arguments))
    }
}

fn number(option: &str, value: String) -> Result<NonZeroUsize, ArgumentError> {
    value.parse().map_err(|_| ArgumentError::WrongValue {
        option: option.to_owned(),
        value,
        known: "a number from 1",
    })
}

impl Arguments {
    /// The output: the file that the command line names, or standard output. Decides about colours.
    ///
    /// # Errors
    ///
    /// If the file cannot be created.
    pub(crate) fn output(&mut self) -> io::Result<Box<dyn Write>> {
        let plain = self.logfile.is_some() || std::env::var_os("NO_COLOR").is_some();
        self.color.get_or_insert(!plain && io::stdout().is_terminal());
        Ok(match &self.logfile {
            Some(path) => Box::new(File::create(path)?),
            None => Box::new(io::stdout()),
        })
    }

    /// True if the test with this name is listed or run.
    pub(super) fn selects(&self, name: &str) -> bool {
        let matches = |filter: &String| {
            if self.exact { name == filter } else { name.contains(filter.as_str()) }
        };
        // No test is marked as ignored: that they are skipped shows when they run.
        !self.ignored_only
            && (self.filters.is_empty() || self.filters.iter().any(matches))
            && !self.skip.iter().any(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str, environment: Option<&str>) -> Result<Command, ArgumentError> {
        let words = line.split_whitespace().map(str::to_owned);
        Command::parse(words, environment.map(str::to_owned))
    }

    #[test]
    fn what_cargo_and_editors_pass_is_accepted() {
        for line in [
            "--list --format terse",
            "--list --format=terse --ignored",
            "--exact a/b --nocapture",
            "--no-capture --show-output --include-ignored --test --quiet -q",
            "-Z unstable-options --color auto --logfile x",
            "-Zunstable-options -- --list",
        ] {
            assert!(matches!(parsed(line, None), Ok(Command::Run(_))), "{line}");
        }
        assert!(matches!(parsed("--list -h --what", None), Ok(Command::Help)));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for (line, message) in [
            ("--lst", "unknown option `--lst`; see `--help`"),
            ("--skip", "`--skip` needs a value"),
            ("--list=x", "`--list` takes no value"),
            ("--format json", "`json` is no value of `--format`; it takes `pretty` or `terse`"),
            ("--test-threads 0", "`0` is no value of `--test-threads`; it takes a number from 1"),
        ] {
            assert_eq!(parsed(line, None).unwrap_err().to_string(), message);
        }
        let error = parsed("", Some("many")).unwrap_err().to_string();
        assert_eq!(error, "`many` is no value of `RUST_TEST_THREADS`; it takes a number from 1");
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let threads = |line, environment| match parsed(line, environment) {
            Ok(Command::Run(arguments)) => arguments.threads.map(usize::from),
            _ => None,
        };
        assert_eq!(threads("", None), None);
        assert_eq!(threads("", Some("3")), Some(3));
        assert_eq!(threads("--test-threads=2", Some("3")), Some(2));
    }
}
