//! Scenarios as tests, for `cargo test` in the repository of a verifier.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::Write;
use std::num::NonZeroUsize;
#[cfg(feature = "target-file")]
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::runtime::Runtime;

use crate::libtest::{self, Arguments, Command, Completion, Test};
use jwtspec_driver::Driver;
use jwtspec_engine::judge::shows_failure;
use jwtspec_engine::plan::{Conditions, Plan, Selection};
use jwtspec_engine::report::{Failure, why};
use jwtspec_engine::run::{Options, TestBed, raise_limit, require_descriptors};
use jwtspec_engine::scenario::Catalogue;
#[cfg(feature = "target-file")]
use jwtspec_engine::target::TargetFile;
use jwtspec_engine::target::{Deviations, Target, base_url, require_loopback};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::profile::Profile;
use jwtspec_types::text::visible;
use jwtspec_types::words::{Level, Outcome};

/// The status of a test run with failures, or that could not be set up: that of a panic.
const NOT_CLEAN: u8 = 101;

/// A verifier and the requirements that it is tested against. Put it into a test target with `harness = false`.
pub struct Conformance {
    target: Result<Target, String>,
    profile: Profile,
    level: Level,
    deviations: Vec<PathBuf>,
    scenarios: Vec<PathBuf>,
}

impl Conformance {
    /// Tests a verifier written in Rust.
    pub fn of(driver: impl Driver) -> Self {
        Self::new(Ok(Target::Rust(Arc::new(driver))))
    }

    /// Tests the verifier that a target file starts; a mistake in the file fails the run.
    #[cfg(feature = "target-file")]
    pub fn target_file(path: impl AsRef<Path>) -> Self {
        let file = TargetFile::read(path.as_ref()).map_err(text);
        Self::new(file.map(|file| Target::File(Box::new(file))))
    }

    /// Tests a driver that runs already, on this machine.
    pub fn url(url: impl Into<String>) -> Self {
        let base = base_url(&url.into()).map_err(text);
        let checked = base.and_then(|base| require_loopback(&base).map_err(text));
        Self::new(checked.map(Target::Loopback))
    }

    fn new(target: Result<Target, String>) -> Self {
        Self {
            target,
            profile: Profile::default(),
            level: Level::May,
            deviations: Vec::new(),
            scenarios: Vec::new(),
        }
    }

    /// Under another profile than `jwt`.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Nothing less binding than this (default: everything).
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Adds a file of known failures: a TOML table from scenario id or glob to why.
    #[must_use]
    pub fn deviations(mut self, path: impl Into<PathBuf>) -> Self {
        self.deviations.push(path.into());
        self
    }

    /// Adds scenarios of your own to the embedded ones.
    #[must_use]
    pub fn scenarios(mut self, path: impl Into<PathBuf>) -> Self {
        self.scenarios.push(path.into());
        self
    }

    /// Runs the tests that the command line of the process asks for.
    pub fn main(self) -> ExitCode {
        raise_limit();
        match self.run_command() {
            Ok(status) => status,
            Err(error) => {
                let _ = write_error(&error);
                ExitCode::from(NOT_CLEAN)
            }
        }
    }

    fn run_command(self) -> Result<ExitCode, String> {
        let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        let threads = std::env::var("RUST_TEST_THREADS").ok();
        match Command::parse(words, threads).map_err(text)? {
            Command::Run(arguments) => {
                require_descriptors().map_err(text)?;
                self.run(arguments)
            }
            Command::Help => {
                std::io::stdout().write_all(libtest::HELP.as_bytes()).map_err(text)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    fn run(self, mut arguments: Arguments) -> Result<ExitCode, String> {
        let mut catalogue = Catalogue::embedded().map_err(text)?;
        for path in &self.scenarios {
            catalogue.extend(Catalogue::from_path(path).map_err(text)?);
        }
        let target = self.target?;
        let mut deviations = Deviations::default();
        if let Target::File(file) = &target {
            file.add_deviations(&mut deviations, &catalogue).map_err(text)?;
        }
        for path in &self.deviations {
            deviations.add_file(path, &catalogue).map_err(text)?;
        }
        let selection = Selection::new(&[], self.level, None).map_err(text)?;
        let options = Options {
            conditions: Conditions { profile: self.profile, ..Conditions::default() },
            selection,
            limit: self.level,
            deviations,
            ..Options::default()
        };
        let plan = Plan::new(
            &catalogue,
            &options.conditions,
            &options.selection,
            &Capabilities::all(),
            Channel::ALL,
        );
        let plan = plan.map_err(text)?;
        let runtime = Runtime::new().map_err(text)?;
        let run = Arc::new(TestRun {
            runtime,
            catalogue,
            target,
            options,
            test_bed: OnceLock::new(),
            outcomes: Mutex::default(),
        });
        let ids = plan.cases.iter().map(|case| case.scenario.id.clone());
        if plan.cases.is_empty() && !plan.skipped.is_empty() {
            return Err(format!("{NOTHING_RUN}{}", plan.skipped[0].why));
        }
        let skipped = plan.skipped.iter().map(|skipped| skipped.scenario.id.clone());
        let tests = ids
            .chain(skipped)
            .map(|id| {
                let run = Arc::clone(&run);
                Test::new(id.clone(), move || run.test(&id))
            })
            .collect();
        // `Options::jobs` limits the work; the threads only let tests that wait for time to pass wait
        // together.
        arguments.threads.get_or_insert(THREADS);
        let mut output = arguments.output().map_err(text)?;
        let totals = libtest::run(&arguments, tests, &mut *output).map_err(text)?;
        let stale = run.stale();
        for pattern in &stale {
            write_error(&format!(
                "the deviation `{pattern}` matches only scenarios that pass; remove it"
            ))?;
        }
        let is_clean = totals.failed == 0 && stale.is_empty();
        Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::from(NOT_CLEAN) })
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn write_error(message: &str) -> Result<(), String> {
    writeln!(std::io::stderr(), "jwtspec: {}", visible(message)).map_err(text)
}

/// The beginning of the error where no scenario can run; it ends with the first reason.
const NOTHING_RUN: &str = "nothing would be tested, for every scenario is skipped; the first: ";

/// The number of threads: more than there are scenarios that wait.
const THREADS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// The state that all tests share. The target is started by the first that needs it, so that listing the
/// tests starts nothing.
struct TestRun {
    /// Dropped before the runtime in which it lives.
    test_bed: OnceLock<Result<TestBed, String>>,
    runtime: Runtime,
    catalogue: Catalogue,
    target: Target,
    options: Options,
    outcomes: Mutex<HashMap<String, Outcome>>,
}

impl TestRun {
    fn test(&self, id: &str) -> Result<Completion, String> {
        let test_bed = self.test_bed.get_or_init(|| {
            let set_up = async {
                let set_up = TestBed::set_up(&self.catalogue, self.target.clone(), &self.options);
                let test_bed = set_up.await.map_err(text)?;
                if self.options.preflight {
                    test_bed.preflight().await.map_err(text)?;
                }
                Ok(test_bed)
            };
            self.runtime.block_on(set_up)
        });
        let test_bed = test_bed.as_ref().map_err(String::clone)?;
        let Some(index) = test_bed.position(id) else {
            let skipped = test_bed.skipped().iter().find(|skipped| skipped.scenario.id == id);
            let why = skipped.map(|skipped| skipped.why.to_string());
            return Ok(Completion::Ignored(why.unwrap_or("not in the plan".to_owned())));
        };
        let result = self.runtime.block_on(test_bed.run_one(index));
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.insert(result.id.clone(), result.outcome);
        drop(outcomes);
        match result.outcome {
            Outcome::Pass | Outcome::Deviation => Ok(Completion::Passed),
            Outcome::Skip => Ok(Completion::Ignored(why(&result).unwrap_or_default())),
            Outcome::Fail | Outcome::Inconclusive => Err(Failure::plain(&result).to_string()),
        }
    }

    /// The deviations that explain no failure any more; judged only where all scenarios that they
    /// match ran.
    fn stale(&self) -> Vec<String> {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let ran = |id: &str| shows_failure(outcomes.get(id));
        self.options.deviations.stale(&self.catalogue, self.options.limit, ran)
    }
}
