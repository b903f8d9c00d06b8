//! Runs tests that are made at run time. Options and output are those of Rust's own test harness,
//! so that `cargo test`, `cargo nextest` and editors can use it.

mod arguments;
mod printer;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

pub(crate) use self::arguments::{Arguments, Command, HELP};
use self::printer::Printer;

/// One test.
pub(crate) struct Test {
    name: String,
    body: Body,
}

/// Runs a test. An error is the message of a failure.
type Body = Box<dyn FnOnce() -> Result<Completion, String> + Send>;

/// The end of a test that did not fail.
pub(crate) enum Completion {
    /// It passed.
    Passed,
    /// It was not carried out, with the reason.
    Ignored(String),
}

/// The end of a test.
enum TestOutcome {
    Passed,
    Ignored(Option<String>),
    Failed(String),
}

/// The numbers of tests by their ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Tests that passed.
    pub(crate) passed: usize,
    /// Tests that failed.
    pub(crate) failed: usize,
    /// Tests that were not carried out.
    pub(crate) ignored: usize,
    /// Tests that the command line leaves out.
    pub(crate) filtered_out: usize,
}

impl Test {
    /// A test with this name.
    pub(crate) fn new(
        name: impl Into<String>,
        body: impl FnOnce() -> Result<Completion, String> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), body: Box::new(body) }
    }

    /// Runs the test. A panic is a failure.
    fn run(self) -> (String, TestOutcome) {
        let outcome = match catch_unwind(AssertUnwindSafe(self.body)) {
            Ok(Ok(Completion::Passed)) => TestOutcome::Passed,
            Ok(Ok(Completion::Ignored(why))) => TestOutcome::Ignored(Some(why)),
            Ok(Err(message)) => TestOutcome::Failed(message),
            Err(payload) => {
                let text = payload.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
                TestOutcome::Failed(format!("panicked: {}", text.unwrap_or("without a message")))
            }
        };
        (self.name, outcome)
    }
}

/// Lists or runs the tests that the command line selects, and writes what libtest would.
///
/// # Errors
///
/// If `writer` fails.
pub(crate) fn run(
    arguments: &Arguments,
    tests: Vec<Test>,
    writer: &mut dyn Write,
) -> io::Result<Totals> {
    let started = Instant::now();
    let all = tests.len();
    let tests: Vec<Test> = tests.into_iter().filter(|test| arguments.selects(&test.name)).collect();
    let mut totals = Totals { filtered_out: all - tests.len(), ..Totals::default() };
    let mut printer = Printer::new(writer, arguments, tests.len());
    if arguments.list {
        printer.list(tests.iter().map(|test| test.name.as_str()))?;
        return Ok(totals);
    }
    printer.start()?;
    let mut failures = Vec::new();
    let mut finish = |printer: &mut Printer<'_>, name: String, outcome: TestOutcome| {
        printer.outcome(&outcome)?;
        match outcome {
            TestOutcome::Passed => totals.passed += 1,
            TestOutcome::Ignored(_) => totals.ignored += 1,
            TestOutcome::Failed(message) => {
                totals.failed += 1;
                failures.push((name, message));
            }
        }
        io::Result::Ok(())
    };
    let threads = arguments.threads.map_or(1, usize::from).min(tests.len());
    if threads <= 1 || arguments.benchmarks_only {
        for test in tests {
            printer.begin(&test.name)?;
            let (name, outcome) = match arguments.benchmarks_only {
                true => (test.name, TestOutcome::Ignored(None)),
                false => test.run(),
            };
            finish(&mut printer, name, outcome)?;
        }
    } else {
        let queue = Mutex::new(tests.into_iter());
        let next = &|| queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for sender in vec![sender; threads] {
                scope.spawn(move || {
                    while let Some(test) = next() {
                        // The receiver is gone if the output cannot be written.
                        if sender.send(test.run()).is_err() {
                            return;
                        }
                    }
                });
            }
            receiver.into_iter().try_for_each(|(name, outcome)| {
                printer.begin(&name)?;
                finish(&mut printer, name, outcome)
            })
        })?;
    }
    failures.sort();
    printer.end(&totals, &failures, started.elapsed())?;
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests() -> Vec<Test> {
        vec![
            Test::new("a/passes", || Ok(Completion::Passed)),
            Test::new("a/skips", || Ok(Completion::Ignored("no need".to_owned()))),
            Test::new("b/fails", || Err("first\nsecond".to_owned())),
            Test::new("b/panics", || panic!("{} things", 3)),
        ]
    }

    /// The output for a command line, the duration replaced, and the totals.
    fn shown(line: &str) -> (String, Totals) {
        let words = line.split_whitespace().map(str::to_owned);
        let Ok(Command::Run(arguments)) = Command::parse(words, None) else { panic!("{line}") };
        let mut written = Vec::new();
        let totals = run(&arguments, tests(), &mut written).unwrap();
        let text = String::from_utf8(written).unwrap();
        let shown = match text.split_once("finished in ") {
            Some((before, _)) => format!("{before}…"),
            None => text,
        };
        (shown, totals)
    }

    const ONE_BY_ONE: &str = "
running 4 tests
test a/passes ... ok
test a/skips ... ignored, no need
test b/fails ... FAILED
test b/panics ... FAILED

failures:

---- b/fails stdout ----
first
second

---- b/panics stdout ----
panicked: 3 things


failures:
    b/fails
    b/panics

test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; …";

    #[test]
    fn the_output_is_that_of_libtest() {
        let (text, totals) = shown("--test-threads 1");
        assert_eq!(text, ONE_BY_ONE);
        assert_eq!(totals, Totals { passed: 1, failed: 2, ignored: 1, filtered_out: 0 });
        let (text, totals) = shown("--test-threads=3");
        assert_eq!(text.lines().filter(|line| line.starts_with("test ")).count(), 5);
        let (_, end) = ONE_BY_ONE.split_once("FAILED\n\n").unwrap();
        assert!(text.ends_with(end), "{text}");
        assert_eq!(totals, Totals { passed: 1, failed: 2, ignored: 1, filtered_out: 0 });
    }

    #[test]
    fn tests_are_filtered() {
        let result = |line: &str| shown(line).0.lines().last().unwrap_or_default().to_owned();
        for (line, counts) in [
            ("passes", "ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out"),
            ("passes skips", "ok. 1 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out"),
            ("a/ --exact", "ok. 0 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out"),
            ("--exact a/passes", "ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out"),
            (
                "--skip b/ --skip=ski",
                "ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out",
            ),
            (
                "--exact --skip a a/passes",
                "ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out",
            ),
            ("--ignored", "ok. 0 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out"),
            (
                "--include-ignored a/",
                "ok. 1 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out",
            ),
            ("--bench", "ok. 0 passed; 0 failed; 4 ignored; 0 measured; 0 filtered out"),
        ] {
            assert_eq!(result(line), format!("test result: {counts}; …"), "{line}");
        }
        assert!(shown("passes").0.starts_with("\nrunning 1 test\ntest a/passes ... ok\n"));
        assert!(shown("--bench skips").0.contains("test a/skips ... ignored\n"));
    }

    #[test]
    fn tests_are_listed() {
        assert_eq!(
            shown("--list a/").0,
            "a/passes: test\na/skips: test\n\n2 tests, 0 benchmarks\n"
        );
        assert_eq!(shown("--list --format terse a/").0, "a/passes: test\na/skips: test\n");
        assert_eq!(shown("--list --format terse --ignored").0, "");
    }

    #[test]
    fn output_can_be_terse_and_coloured() {
        let (text, _) = shown("-q --test-threads 1 a/");
        assert!(text.starts_with("\nrunning 2 tests\n.i\ntest result: ok. 1 passed;"), "{text}");
        let (text, _) = shown("--color always --test-threads 1 passes");
        assert!(text.contains("test a/passes ... \u{1b}[32mok\u{1b}[0m\n"), "{text}");
    }
}
