//! The output of a test run.

use std::io::{self, Write};
use std::time::Duration;

use super::{Arguments, TestOutcome, Totals};

/// The number of characters in a line of terse output.
const LINE: usize = 88;

/// Writes what libtest would.
pub(super) struct Printer<'w> {
    writer: &'w mut dyn Write,
    terse: bool,
    color: bool,
    /// The number of tests in the run.
    total: usize,
    /// The number of tests that have ended.
    done: usize,
}

/// The colours of terminals (ECMA-48, SGR).
const GREEN: u8 = 32;
const RED: u8 = 31;
const YELLOW: u8 = 33;

impl<'w> Printer<'w> {
    pub(super) fn new(writer: &'w mut dyn Write, arguments: &Arguments, total: usize) -> Self {
        let color = arguments.color.unwrap_or(false);
        Self { writer, terse: arguments.terse, color, total, done: 0 }
    }

    /// Writes the names of all tests.
    pub(super) fn list<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> io::Result<()> {
        for name in names {
            writeln!(self.writer, "{name}: test")?;
        }
        if !self.terse {
            writeln!(self.writer, "\n{}, 0 benchmarks", count(self.total))?;
        }
        self.writer.flush()
    }

    /// Writes the heading.
    pub(super) fn start(&mut self) -> io::Result<()> {
        writeln!(self.writer, "\nrunning {}", count(self.total))
    }

    /// Writes the name of a test that runs or has run.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<()> {
        if self.terse {
            return Ok(());
        }
        write!(self.writer, "test {name} ... ")?;
        self.writer.flush()
    }

    /// Writes the end of a test.
    pub(super) fn outcome(&mut self, outcome: &TestOutcome) -> io::Result<()> {
        self.done += 1;
        let (sign, word, color) = match outcome {
            TestOutcome::Passed => (".", "ok", GREEN),
            TestOutcome::Ignored(_) => ("i", "ignored", YELLOW),
            TestOutcome::Failed(_) => ("F", "FAILED", RED),
        };
        if self.terse {
            self.colored(sign, color)?;
            if self.done.is_multiple_of(LINE) {
                writeln!(self.writer, " {}/{}", self.done, self.total)?;
            }
            return self.writer.flush();
        }
        self.colored(word, color)?;
        match outcome {
            TestOutcome::Ignored(Some(why)) => writeln!(self.writer, ", {why}"),
            _ => writeln!(self.writer),
        }
    }

    /// Writes the messages of failures, and the totals.
    pub(super) fn end(
        &mut self,
        totals: &Totals,
        failures: &[(String, String)],
        duration: Duration,
    ) -> io::Result<()> {
        if !failures.is_empty() {
            writeln!(self.writer, "\nfailures:\n")?;
            for (name, message) in failures {
                writeln!(self.writer, "---- {name} stdout ----\n{}\n", message.trim_end())?;
            }
            writeln!(self.writer, "\nfailures:")?;
            for (name, _) in failures {
                writeln!(self.writer, "    {name}")?;
            }
        }
        write!(self.writer, "\ntest result: ")?;
        let (word, color) = if failures.is_empty() { ("ok", GREEN) } else { ("FAILED", RED) };
        self.colored(word, color)?;
        let Totals { passed, failed, ignored, filtered_out } = totals;
        writeln!(
            self.writer,
            ". {passed} passed; {failed} failed; {ignored} ignored; 0 measured; \
             {filtered_out} filtered out; finished in {:.2}s\n",
            duration.as_secs_f64()
        )?;
        self.writer.flush()
    }

    fn colored(&mut self, text: &str, color: u8) -> io::Result<()> {
        match self.color {
            true => write!(self.writer, "\u{1b}[{color}m{text}\u{1b}[0m"),
            false => write!(self.writer, "{text}"),
        }
    }
}

/// A number of tests, in words.
fn count(tests: usize) -> String {
    format!("{tests} test{}", if tests == 1 { "" } else { "s" })
}
