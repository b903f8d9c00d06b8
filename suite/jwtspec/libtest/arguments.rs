//! The command line of a test run.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use lexopt::Parser;
use lexopt::prelude::*;

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
    ) -> Result<Self, lexopt::Error> {
        let threads = environment.map(|value| value.parse()).transpose();
        let threads = threads.map_err(|error| format!("RUST_TEST_THREADS: {error}"))?;
        let mut arguments = Arguments { threads, ..Arguments::default() };
        let mut parser = Parser::from_args(words);
        while let Some(word) = parser.next()? {
            match word {
                Value(filter) => arguments.filters.push(filter.string()?),
                Short('h') | Long("help") => return Ok(Self::Help),
                Long("exact") => arguments.exact = true,
                Long("list") => arguments.list = true,
                Long("ignored") => arguments.ignored_only = true,
                Long("bench") => arguments.benchmarks_only = true,
                Short('q') | Long("quiet") => arguments.terse = true,
                Long("include-ignored" | "test" | "nocapture" | "no-capture" | "show-output") => {}
                Long("skip") => arguments.skip.push(parser.value()?.string()?),
                Long("test-threads") => arguments.threads = Some(parser.value()?.parse()?),
                Long("logfile") => arguments.logfile = Some(parser.value()?.into()),
                Long("format") => {
                    arguments.terse = choice(&mut parser, &[("pretty", false), ("terse", true)])?;
                }
                Long("color") => {
                    let colors = [("auto", None), ("always", Some(true)), ("never", Some(false))];
                    arguments.color = choice(&mut parser, &colors)?;
                }
                Short('Z') => choice(&mut parser, &[("unstable-options", ())])?,
                other => return Err(other.unexpected()),
            }
        }
        Ok(Self::Run(arguments))
    }
}

/// Reads the value of an option that takes one of these.
fn choice<T: Copy>(parser: &mut Parser, known: &[(&str, T)]) -> Result<T, lexopt::Error> {
    parser.value()?.parse_with(|value| {
        let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let found = known.iter().find(|(name, _)| *name == value);
        found.map(|(_, it)| *it).ok_or_else(|| format!("it is none of {}", names()))
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

    fn parsed(line: &str, environment: Option<&str>) -> Result<Command, lexopt::Error> {
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
            ("--lst", "invalid option '--lst'"),
            ("--skip", "missing argument for option '--skip'"),
            ("--list=x", "unexpected argument for option '--list': \"x\""),
            ("--format json", "cannot parse argument \"json\": it is none of pretty, terse"),
            (
                "--test-threads 0",
                "cannot parse argument \"0\": number would be zero for non-zero type",
            ),
        ] {
            assert_eq!(parsed(line, None).unwrap_err().to_string(), message);
        }
        let error = parsed("", Some("many")).unwrap_err().to_string();
        assert_eq!(error, "RUST_TEST_THREADS: invalid digit found in string");
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
