//! `jwtspec replay`.

use std::path::{Path, PathBuf};

use super::args::ReplayArgs;
use super::exit::{CLEAN, FINDINGS};
use super::explanation::render_explanation;
use super::fail::Fail;
use super::output::write_text;
use super::run::results;
use super::target::target;
use jwtspec_advice::explain::{Question, TrustFile, explain};
use jwtspec_engine::event::CaseResult;
use jwtspec_engine::plan::Conditions;
use jwtspec_engine::report::{Failure, observed, why};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::{Catalogue, Scenario};
use jwtspec_search::explore::{Inexpressible, InputKind, input_scenario, kebab, run_bodies};
use jwtspec_search::fuzz::fixed;
use jwtspec_search::property::find::write_file;
use jwtspec_types::words::Outcome;

pub(super) async fn run(args: ReplayArgs) -> Result<u8, Fail> {
    let mut files = Vec::new();
    for path in &args.paths {
        walk(path, &mut files)?;
    }
    if files.is_empty() {
        return Err(
            Fail::usage("no file there").advise("name a find, a corpus, or an input of libFuzzer")
        );
    }
    let mut shown = false;
    let mut broken = None;
    for file in &files {
        say(&format!("{}", file.display()))?;
        // One bad file keeps no other from being replayed.
        match replay(&args, file).await {
            Ok(shows) => shown |= shows,
            Err(fail) => {
                fail.print();
                broken = Some(fail);
            }
        }
    }
    match broken {
        Some(fail) => Ok(fail.status()),
        None => Ok(if shown { FINDINGS } else { CLEAN }),
    }
}

/// The file, or every file below the folder.
fn walk(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Fail> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| Fail::file("open", path, error))?;
    let mut inside = Vec::new();
    for entry in entries {
        inside.push(entry.map_err(|error| Fail::file("list", path, error))?.path());
    }
    inside.sort();
    let is_hidden =
        |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    inside.iter().filter(|path| !is_hidden(path)).try_for_each(|path| walk(path, files))
}

/// Replays a file; true if something is wrong with it.
async fn replay(args: &ReplayArgs, file: &Path) -> Result<bool, Fail> {
    let bytes = std::fs::read(file).map_err(|error| Fail::file("read", file, error))?;
    let kind = args.kind.unwrap_or_else(|| InputKind::detect(&bytes));
    if kind == InputKind::Scenario {
        let catalogue = Catalogue::from_path(file)?;
        return present(args, &catalogue).await;
    }
    let mut shows = false;
    for (body, panic) in run_bodies(kind, &bytes) {
        match panic {
            Some(what) => {
                shows = true;
                say(&format!("  {body} panics: {}", what.trim_end().replace('\n', "\n    ")))?;
            }
            None => say(&format!("  {body}: nothing wrong"))?,
        }
    }
    if kind == InputKind::Challenge {
        let said =
            match jwtspec_engine::challenge::parse_challenges(&String::from_utf8_lossy(&bytes)) {
                Ok(list) => {
                    format!("  read as {}", jwtspec_engine::challenge::format_challenges(&list))
                }
                Err(why) => format!("  refused: {why}"),
            };
        say(&said)?;
        return Ok(shows);
    }
    if let (InputKind::Token, Ok(token)) = (kind, std::str::from_utf8(&bytes)) {
        say(&explained(token).await?)?;
    }
    let stem = kebab(&file.file_stem().unwrap_or_default().to_string_lossy());
    let scenario = match input_scenario(kind, &stem, &bytes) {
        Ok(scenario) => scenario,
        Err(Inexpressible::Mistakes(problems)) => return Err(problems.into()),
        Err(other) => {
            say(&format!("  {}", other.to_string().replace('\n', "\n  ")))?;
            return Ok(shows);
        }
    };
    let path = keep(&args.out, &stem, &scenario)?;
    say(&format!("  written down as {}", path.display()))?;
    if args.target.is_some() {
        shows |= present(args, &Catalogue::from_path(&path)?).await?;
    }
    Ok(shows)
}

/// Explains the token under the trust of the fuzz targets.
async fn explained(token: &str) -> Result<String, Fail> {
    let trust = serde_json::to_string(fixed::trust())
        .map_err(|error| Fail::system("write the trust", error))?;
    let mut question = Question::new(token, TrustFile::parse("the trust of fuzz targets", &trust)?);
    question.now = std::time::Duration::from_secs(fixed::NOW);
    let explanation = explain(&question).await?;
    Ok(render_explanation(&explanation))
}

fn keep(folder: &Path, stem: &str, scenario: &Scenario) -> Result<PathBuf, Fail> {
    let note = "Expected is what the model says.".to_owned();
    let path = folder.join(format!("{stem}.toml"));
    write_file(&path, "Made of an input of libFuzzer.", vec![note], scenario)
        .map_err(|error| Fail::file("write", &path, error))
}

/// Runs the scenarios on the target, and returns true if one of them shows something. Known
/// deviations show like anything else.
async fn present(args: &ReplayArgs, catalogue: &Catalogue) -> Result<bool, Fail> {
    let target = target(args.target.as_deref(), args.allow_remote)?;
    let options = Options {
        conditions: Conditions { profile: args.profile, ..Conditions::default() },
        ..Options::default()
    };
    let mut shows = false;
    for result in results(catalogue, target, &options).await?.0 {
        shows |= tell(&result)?;
    }
    Ok(shows)
}

/// Prints the result of a scenario; true if something is wrong, or nothing is shown at all.
fn tell(result: &CaseResult) -> Result<bool, Fail> {
    match result.outcome {
        Outcome::Pass => {
            say(&format!("  {}: nothing wrong; observed {}", result.id, observed(result)))?;
            Ok(false)
        }
        Outcome::Fail => {
            say(&Failure::coloured(result).to_string())?;
            Ok(true)
        }
        other => {
            let why = why(result).unwrap_or("no reason is known".to_owned());
            say(&format!("  {}: {other}, {why}", result.id))?;
            Ok(true)
        }
    }
}

fn say(text: &str) -> Result<(), Fail> {
    write_text(&format!("{text}\n")).map_err(|error| Fail::system("write", error))
}
