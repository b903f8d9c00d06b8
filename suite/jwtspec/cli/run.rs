//! `jwtspec run`.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::args::RunArgs;
use super::baseline::Baseline;
use super::exit::{CLEAN, FINDINGS, INTERRUPTED, NO_TARGET};
use super::fail::Fail;
use super::interrupt::interrupted;
use super::progress::{Progress, QUIET};
use super::reasons;
use super::scenario_args::ChoiceArgs;
use super::target::target;
use jwtspec_engine::event::{CaseResult, Ending, Event, Summary};
use jwtspec_engine::plan::{Conditions, Plan, Selection};
use jwtspec_engine::report::{Destination, Format, Reporter};
use jwtspec_engine::run::{Journal, Options, RunKey};
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::{Deviations, Target};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::text::visible;
use jwtspec_types::words::Level;

/// Unreadable lines of a journal that are named.
const UNREADABLE_SHOWN: usize = 10;

pub(super) async fn run(args: RunArgs) -> Result<u8, Fail> {
    let catalogue = catalogue(&args.choice)?;
    let selection = Selection::new(&args.choice.filter, args.choice.level, args.shard)?
        .of_requirements(&args.choice.requirement)?;
    let targets = targets(&args)?;
    check_destinations(&args.report, targets.len())?;
    let mut status = CLEAN;
    for target in targets {
        let baseline = args.write_deviations.as_deref().map(Baseline::open).transpose()?;
        let given = args.deviations.as_slice();
        let files = baseline.as_ref().map_or(given.to_vec(), |baseline| baseline.among(given));
        let deviations = deviations(&target, &files, &catalogue)?;
        let options = Options {
            conditions: Conditions {
                profile: args.choice.profile,
                https: args.https,
                max_wait: args.max_wait.0,
            },
            selection: selection.clone(),
            limit: args.choice.level,
            jobs: args.jobs.into(),
            strict: args.strict,
            preflight: !args.no_preflight,
            deviations,
            ..Options::default()
        };
        let Some(summary) = run_target(&args, &catalogue, target, options, baseline).await? else {
            return Ok(INTERRUPTED);
        };
        status = status.max(match () {
            () if summary.is_void() => NO_TARGET,
            () if summary.is_clean(args.strict) => CLEAN,
            () => FINDINGS,
        });
    }
    Ok(status)
}

/// The known deviations of a target. They may name any scenario, also one that is not run.
pub(super) fn deviations(
    target: &Target,
    files: &[PathBuf],
    catalogue: &Catalogue,
) -> Result<Deviations, Fail> {
    let mut known = Catalogue::embedded()?;
    known.extend(catalogue.clone());
    let mut deviations = Deviations::default();
    if let Target::File(file) = target {
        file.add_deviations(&mut deviations, &known)?;
    }
    for path in files {
        deviations.add_file(path, &known)?;
    }
    Ok(deviations)
}

/// Runs the scenarios on one target; nothing if it was interrupted.
async fn run_target(
    args: &RunArgs,
    catalogue: &Catalogue,
    target: Target,
    mut options: Options,
    baseline: Option<Baseline>,
) -> Result<Option<Summary>, Fail> {
    let name = file_name(&target.name());
    let place = args
        .journal
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!(".jwtspec/{name}-{}.jsonl", args.choice.profile)));
    let key = RunKey::new(&target, &options);
    let (journal, resumed) = Journal::open(&place, catalogue, &key, args.resume)?;
    for at in resumed.unreadable.iter().take(UNREADABLE_SHOWN) {
        say(format_args!("{}:{at}: this line cannot be read and does not count", place.display()));
    }
    if let Some(more @ 1..) = resumed.unreadable.len().checked_sub(UNREADABLE_SHOWN) {
        say(format_args!("{}: {more} more lines cannot be read", place.display()));
    }
    options.resumed = resumed.results;

    let mut reporting = Reporting {
        journal,
        resumed: options.resumed.keys().cloned().collect(),
        reporters: reporters(&args.report, &name)?,
        progress: Progress::new(),
        results: Vec::new(),
        broken: None,
    };
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let running = async {
        let summary = jwtspec_engine::run::run(catalogue, target, &options, &sender).await;
        drop(sender);
        summary.map_err(Fail::from)
    };
    let outcome = tokio::select! {
        outcome = async { tokio::try_join!(running, reporting.follow(&mut receiver)) } => outcome,
        () = interrupted() => {
            reporting.progress.interrupted(&place);
            reporting.discard();
            return Ok(None);
        }
    };
    let summary = match outcome {
        Ok((summary, ())) => summary,
        Err(error) => {
            reporting.discard();
            return Err(error);
        }
    };
    if let Some((destination, error)) = reporting.broken {
        return Err(Fail::system(&format!("write the {} report", destination.format), error));
    }
    if let Some(baseline) = baseline {
        let path = baseline.path().to_owned();
        let left = baseline.left_elsewhere(&options.deviations, &reporting.results, &summary);
        let count = baseline.write(&reporting.results, &summary)?;
        say(format_args!("deviations written to {}: {count}", path.display()));
        for line in left {
            say(format_args!("{line}"));
        }
    }
    if let Some(path) = &args.write_reasons {
        let count = reasons::write(path, &reporting.results)?;
        say(format_args!("messages written to {}: {count}", path.display()));
    }
    Ok(Some(summary))
}

/// Says something on standard error, which may be closed.
fn say(message: fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stderr(), "{}", visible(&message.to_string()));
}

/// Everything that follows the events of a run.
struct Reporting {
    journal: Journal,
    /// The ids of scenarios that the journal holds already.
    resumed: HashSet<String>,
    reporters: Vec<OpenReport>,
    progress: Progress,
    results: Vec<CaseResult>,
    /// The first report that could not be written.
    broken: Option<(Destination, io::Error)>,
}

impl Reporting {
    /// Follows the events to the end of the run.
    async fn follow(&mut self, events: &mut UnboundedReceiver<Event>) -> Result<(), Fail> {
        loop {
            match tokio::time::timeout(QUIET, events.recv()).await {
                Ok(Some(event)) => self.event(&event)?,
                Ok(None) => return Ok(()),
                Err(_) => self.progress.quiet(),
            }
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Fail> {
        self.progress.event(event);
        match event {
            Event::RunStarted(info) => self.journal.write_version(info.version.as_deref())?,
            Event::CaseFinished(result) => {
                if !self.resumed.contains(&result.id) {
                    self.journal.write(result)?;
                }
                self.results.push((**result).clone());
            }
            _ => {}
        }
        for report in &mut self.reporters {
            // One failing report never starves another; the failure is told at the end.
            if let Err(error) = report.reporter.event(event) {
                self.broken.get_or_insert((report.destination.clone(), error));
            }
        }
        Ok(())
    }

    /// Removes the files of reports that a run did not come to write.
    fn discard(&mut self) {
        for report in self.reporters.drain(..) {
            if let Some(file) = &report.file {
                // One that cannot be removed is empty.
                let _ = std::fs::remove_file(file);
            }
        }
    }
}

/// Runs the scenarios on a target and returns their results, and how the run ended.
pub(super) async fn results(
    catalogue: &Catalogue,
    target: Target,
    options: &Options,
) -> Result<(Vec<CaseResult>, Ending), Fail> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let summary = jwtspec_engine::run::run(catalogue, target, options, &sender).await?;
    drop(sender);
    let mut results = Vec::new();
    while let Some(event) = receiver.recv().await {
        if let Event::CaseFinished(result) = event {
            results.push(*result);
        }
    }
    Ok((results, summary.ending))
}

/// The plan of all scenarios that match, for a target with every capability.
pub(super) fn plan(
    catalogue: &Catalogue,
    choice: &ChoiceArgs,
    filter: &[String],
    level: Level,
) -> Result<Plan, Fail> {
    let conditions = Conditions { profile: choice.profile, ..Conditions::default() };
    let selection = Selection::new(filter, level, None)?.of_requirements(&choice.requirement)?;
    Ok(Plan::new(catalogue, &conditions, &selection, &Capabilities::all(), Channel::ALL)?)
}

/// The scenarios that are embedded, or those of the named files and folders.
pub(super) fn catalogue(choice: &ChoiceArgs) -> Result<Catalogue, Fail> {
    scenarios_of(&choice.scenarios)
}

/// The same of these paths.
pub(super) fn scenarios_of(paths: &[PathBuf]) -> Result<Catalogue, Fail> {
    let mut paths = paths.iter();
    let Some(first) = paths.next() else { return Ok(Catalogue::embedded()?) };
    let mut catalogue = Catalogue::from_path(first)?;
    for path in paths {
        catalogue.extend(Catalogue::from_path(path)?);
    }
    Ok(catalogue)
}

fn targets(args: &RunArgs) -> Result<Vec<Target>, Fail> {
    if args.target.is_empty() {
        return Ok(vec![target(None, args.allow_remote)?]);
    }
    args.target.iter().map(|text| target(Some(text), args.allow_remote)).collect()
}

fn check_destinations(destinations: &[Destination], targets: usize) -> Result<(), Fail> {
    for destination in destinations {
        let file = destination.file.as_deref().map(Path::to_string_lossy);
        if targets > 1 && file.is_some_and(|file| !file.contains("{target}")) {
            return Err(Fail::usage(format!(
                "several targets would write their {} report to one file",
                destination.format
            ))
            .advise("put {target} into its name"));
        }
    }
    if destinations.iter().filter(|destination| destination.file.is_none()).count() > 1 {
        return Err(Fail::usage("several reports to standard output")
            .advise("write all but one to files: json=report.json"));
    }
    Ok(())
}

/// A report that is being written.
struct OpenReport {
    destination: Destination,
    reporter: Reporter<'static>,
    /// Its file, if it goes to one.
    file: Option<PathBuf>,
}

/// The reports that were asked for, and one for people if standard output is not taken.
fn reporters(destinations: &[Destination], target: &str) -> Result<Vec<OpenReport>, Fail> {
    let human = Destination { format: Format::Human, file: None };
    let taken = destinations.iter().any(|destination| destination.file.is_none());
    let own = (!taken).then_some(human);
    let mut reports = Vec::new();
    for destination in destinations.iter().chain(&own) {
        let file = destination.file.as_ref();
        let file =
            file.map(|file| PathBuf::from(file.to_string_lossy().replace("{target}", target)));
        let writer: Box<dyn Write> = match &file {
            None => Box::new(anstream::stdout()),
            Some(file) => {
                let open = File::create(file);
                let open = open.map_err(|error| Fail::file("create the report", file, error))?;
                Box::new(anstream::StripStream::new(open))
            }
        };
        let reporter = destination.reporter(writer);
        reports.push(OpenReport { destination: destination.clone(), reporter, file });
    }
    Ok(reports)
}

/// A target's name as part of a file name.
pub(super) fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    name.chars().map(safe).collect::<String>().trim_matches('-').to_owned()
}
