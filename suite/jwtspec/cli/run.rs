//! `jwtspec run`.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use super::args::{ChoiceArgs, RunArgs};
use super::exit::{CLEAN, FINDINGS};
use super::fail::Fail;
use super::progress::{Progress, QUIET};
use super::target::target;
use super::{baseline, reasons};
use jwtspec_engine::event::{CaseResult, Event, Summary};
use jwtspec_engine::plan::{Conditions, Plan, Selection};
use jwtspec_engine::report::{Destination, Format, Reporter};
use jwtspec_engine::run::{Journal, Options};
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::{Deviations, Target};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::words::Level;

pub(super) async fn run(args: RunArgs) -> Result<u8, Fail> {
    let catalogue = catalogue(&args.choice)?;
    let selection = Selection::new(&args.choice.filter, args.choice.level, args.shard)?;
    let targets = targets(&args)?;
    check_destinations(&args.report, targets.len())?;
    let mut status = CLEAN;
    for target in targets {
        let deviations = deviations(&target, &args.deviations, &catalogue)?;
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
        if !run_target(&args, &catalogue, target, options).await?.is_clean(args.strict) {
            status = FINDINGS;
        }
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
        deviations.add(&file.deviations, &known)?;
    }
    for path in files {
        deviations.add_file(path, &known)?;
    }
    Ok(deviations)
}

async fn run_target(
    args: &RunArgs,
    catalogue: &Catalogue,
    target: Target,
    mut options: Options,
) -> Result<Summary, Fail> {
    let name = file_name(&target.name());
    let place = args
        .journal
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!(".jwtspec/{name}-{}.jsonl", args.choice.profile)));
    let key = (name.as_str(), args.choice.profile.as_str(), args.strict);
    let (mut journal, done) = Journal::open(&place, catalogue, key, args.resume)?;
    options.resumed = done;

    let mut reporters = reporters(&args.report, &name)?;
    let mut progress = Progress::new();
    let mut results: Vec<CaseResult> = Vec::new();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let running = async {
        let summary = jwtspec_engine::run::run(catalogue, target, &options, &sender).await;
        drop(sender);
        summary
    };
    let reporting = async {
        let mut broken = None;
        loop {
            let event = match tokio::time::timeout(QUIET, receiver.recv()).await {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(_) => {
                    progress.quiet();
                    continue;
                }
            };
            progress.event(&event);
            if let Event::CaseFinished(result) = &event {
                if !options.resumed.contains_key(&result.id) {
                    journal.write(result)?;
                }
                results.push((**result).clone());
            }
            for (destination, reporter) in &mut reporters {
                // One failing report never starves another; the failure is told at the end.
                if let Err(error) = reporter.event(&event) {
                    broken.get_or_insert((destination.clone(), error));
                }
            }
        }
        match broken {
            None => Ok(()),
            Some((destination, error)) => {
                Err(Fail::system(&format!("write the {} report", destination.format), error))
            }
        }
    };
    let (summary, reported) = tokio::join!(running, reporting);
    let summary = summary?;
    reported?;
    if let Some(path) = &args.write_deviations {
        let count = baseline::write(path, &results)?;
        let _ = writeln!(anstream::stderr(), "failures written to {}: {count}", path.display());
    }
    if let Some(path) = &args.write_reasons {
        let count = reasons::write(path, &results)?;
        let _ = writeln!(anstream::stderr(), "messages written to {}: {count}", path.display());
    }
    Ok(summary)
}

/// Runs the scenarios on a target and returns their results.
pub(super) async fn results(
    catalogue: &Catalogue,
    target: Target,
    options: &Options,
) -> Result<Vec<CaseResult>, Fail> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    jwtspec_engine::run::run(catalogue, target, options, &sender).await?;
    drop(sender);
    let mut results = Vec::new();
    while let Some(event) = receiver.recv().await {
        if let Event::CaseFinished(result) = event {
            results.push(*result);
        }
    }
    Ok(results)
}

/// The plan of all scenarios that match, for a target with every capability.
pub(super) fn plan(
    catalogue: &Catalogue,
    choice: &ChoiceArgs,
    filter: &[String],
    level: Level,
) -> Result<Plan, Fail> {
    let conditions = Conditions { profile: choice.profile, ..Conditions::default() };
    let selection = Selection::new(filter, level, None)?;
    Ok(Plan::new(catalogue, &conditions, &selection, &Capabilities::all(), Channel::ALL)?)
}

/// The scenarios that are embedded, or those of the named files and folders.
pub(super) fn catalogue(choice: &ChoiceArgs) -> Result<Catalogue, Fail> {
    let mut paths = choice.scenarios.iter();
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

type NamedReporter = (Destination, Reporter<'static>);

/// The reports that were asked for, and one for people if standard output is not taken.
fn reporters(destinations: &[Destination], target: &str) -> Result<Vec<NamedReporter>, Fail> {
    let human = Destination { format: Format::Human, file: None };
    let taken = destinations.iter().any(|destination| destination.file.is_none());
    let own = (!taken).then_some(human);
    destinations
        .iter()
        .chain(&own)
        .map(|destination| {
            let writer: Box<dyn Write> = match &destination.file {
                None => Box::new(anstream::stdout()),
                Some(file) => {
                    let file = PathBuf::from(file.to_string_lossy().replace("{target}", target));
                    let open = File::create(&file);
                    let open =
                        open.map_err(|error| Fail::file("create the report", &file, error))?;
                    Box::new(anstream::StripStream::new(open))
                }
            };
            Ok((destination.clone(), destination.reporter(writer)))
        })
        .collect()
}

/// A target's name as part of a file name.
pub(super) fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    name.chars().map(safe).collect::<String>().trim_matches('-').to_owned()
}
