//! `jwtspec snapshot`: keeps error output for review, and compares it with the reviewed one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::SnapshotArgs;
use super::exit::{CLEAN, FINDINGS, NO_TARGET};
use super::fail::Fail;
use super::output::print_text;
use super::run::{catalogue, file_name, results};
use super::snapshot_texts::{Texts, obstacle};
use super::target::target;
use jwtspec_engine::event::{CaseResult, Ending, Why};
use jwtspec_engine::plan::{Conditions, Selection};
use jwtspec_engine::report::why;
use jwtspec_engine::run::Options;
use jwtspec_types::words::Level;

pub(super) async fn run(args: SnapshotArgs) -> Result<u8, Fail> {
    let catalogue = catalogue(&args.choice)?;
    let selection = Selection::new(&args.choice.filter, args.choice.level, None)?
        .of_requirements(&args.choice.requirement)?;
    let target = target(args.target.target.as_deref(), args.target.allow_remote)?;
    let folder =
        args.dir.clone().unwrap_or_else(|| Path::new("snapshots").join(file_name(&target.name())));
    let conditions = Conditions {
        profile: args.choice.profile,
        max_wait: args.max_wait.0,
        ..Conditions::default()
    };
    let options = Options { conditions, selection, ..Options::default() };
    let (results, ending) = results(&catalogue, target, &options).await?;
    // What such a target said, or left unsaid, is compared with nothing.
    let nothing = match ending {
        Ending::Whole => None,
        Ending::PreflightFailed => {
            Some("the target was not seen to tell a good token from a bad one")
        }
        Ending::GivenUp => Some("valid tokens in a row were left without an answer"),
        Ending::NothingRun => Some("no scenario could be judged"),
    };
    if let Some(why) = nothing {
        return Err(Fail::library(NO_TARGET, format_args!("no snapshot was compared: {why}"))
            .advise("`jwtspec run` with the same options shows what happened"));
    }
    // With a filter, what it leaves out has not gone.
    let choice = &args.choice;
    let whole = choice.filter.is_empty()
        && choice.scenarios.is_empty()
        && choice.requirement.is_empty()
        && choice.level == Level::May;
    let texts = Texts::new(&results, whole);
    let (changes, unanswered) = compare(&folder, &texts, whole)?;
    for change in &changes {
        if args.accept {
            change.accept()?;
        } else {
            change.propose()?;
        }
        print_text(&format!("{} {}\n", change.word(), change.kept.display()));
    }
    print_text(&match (changes.len(), args.accept) {
        (0, _) => format!("{} snapshots, as they were\n", texts.topics().count()),
        (count, true) => format!("{count} accepted\n"),
        (count, false) => format!(
            "{count} to review: `cargo insta review`, or `jwtspec snapshot --accept` for all\n"
        ),
    });
    if let Some(unseen) = unseen(&results).or_else(|| without_verdict(&unanswered)) {
        return Err(unseen);
    }
    Ok(if changes.is_empty() || args.accept { CLEAN } else { FINDINGS })
}

/// The failure that there are scenarios that could not be carried out, each reason once.
fn unseen(results: &[CaseResult]) -> Option<Fail> {
    let mut reasons: Vec<(&Why, Vec<&CaseResult>)> = Vec::new();
    for result in results {
        let Some(obstacle) = obstacle(result) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == obstacle) {
            Some((_, unseen)) => unseen.push(result),
            None => reasons.push((obstacle, vec![result])),
        }
    }
    let lines = reasons.iter().filter_map(|(_, unseen)| {
        let first = unseen.first()?;
        let why = why(first).unwrap_or_default();
        Some(match unseen.len() {
            1 => format!("{why}\n1 scenario: {}", first.id),
            count => format!("{why}\n{count} scenarios, such as {}", first.id),
        })
    });
    let advice = lines.collect::<Vec<_>>().join("\n");
    let count: usize = reasons.iter().map(|(_, unseen)| unseen.len()).sum();
    let message = format!(
        "{count} scenarios could not be carried out, for no fault of the verifier; what was kept of \
         them stays as it is"
    );
    (count > 0).then(|| Fail::library(NO_TARGET, message).advise(advice))
}

/// The failure that there are scenarios of which something was kept, and that came to no verdict.
fn without_verdict(ids: &[String]) -> Option<Fail> {
    let first = ids.first()?;
    let message = format!(
        "the target gave no verdict in {} of the scenarios that were kept, such as {first}; what was \
         kept of them stays as it is",
        ids.len()
    );
    Some(
        Fail::library(NO_TARGET, message)
            .advise("`jwtspec run` with the same options shows what happened"),
    )
}

/// A snapshot that is not as it was.
struct Change {
    /// The file of the reviewed one.
    kept: PathBuf,
    topic: String,
    /// The present text; nothing if the topic is gone.
    text: Option<String>,
    is_new: bool,
}

impl Change {
    fn word(&self) -> &'static str {
        match (&self.text, self.is_new) {
            (None, _) => "gone   ",
            (Some(_), true) => "new    ",
            (Some(_), false) => "changed",
        }
    }

    fn accept(&self) -> Result<(), Fail> {
        match &self.text {
            Some(text) => write(&self.kept, &self.topic, text)?,
            None => std::fs::remove_file(&self.kept)
                .map_err(|error| Fail::file("remove the snapshot", &self.kept, error))?,
        }
        forget_proposal(&self.kept);
        Ok(())
    }

    /// Beside the reviewed one, where `cargo insta review` looks for it.
    fn propose(&self) -> Result<(), Fail> {
        match &self.text {
            Some(text) => write(&proposal(&self.kept), &self.topic, text),
            None => Ok(()),
        }
    }
}

fn proposal(kept: &Path) -> PathBuf {
    kept.with_extension("snap.new")
}

fn forget_proposal(kept: &Path) {
    // There may be none.
    let _ = std::fs::remove_file(proposal(kept));
}

/// Compares the texts with those that were kept. Returns the changes, and the ids of the scenarios
/// that came to no verdict, of which something was kept.
fn compare(folder: &Path, texts: &Texts, whole: bool) -> Result<(Vec<Change>, Vec<String>), Fail> {
    let mut topics: BTreeSet<String> = texts.topics().cloned().collect();
    if whole {
        topics.extend(kept_topics(folder)?);
    }
    let (mut changes, mut unseen) = (Vec::new(), Vec::new());
    for topic in topics {
        let kept = folder.join(format!("{topic}.snap"));
        let before = match std::fs::read_to_string(&kept) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Fail::file("read the snapshot", &kept, error)),
        };
        unseen.extend(texts.unseen(&topic, before.as_deref().map(content).unwrap_or_default()));
        let text = texts.of(&topic, before.as_deref().map(content));
        if before.as_deref().map(content) == text.as_deref().map(str::trim_end) {
            forget_proposal(&kept);
        } else {
            changes.push(Change { kept, topic, text, is_new: before.is_none() });
        }
    }
    Ok((changes, unseen))
}

fn kept_topics(folder: &Path) -> Result<Vec<String>, Fail> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Fail::file("read the folder", folder, error)),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter_map(|name| name.strip_suffix(".snap").map(str::to_owned)).collect())
}

/// The text behind the head of an insta snapshot.
fn content(file: &str) -> &str {
    let behind = file.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    behind.map_or(file, |(_, content)| content).trim_end()
}

fn write(path: &Path, topic: &str, text: &str) -> Result<(), Fail> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Fail::file("create the folder", folder, error))?;
    }
    let head = format!("---\nsource: jwtspec snapshot\nexpression: {topic}\n---\n");
    std::fs::write(path, format!("{head}{}\n", text.trim_end()))
        .map_err(|error| Fail::file("write the snapshot", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_snapshot_is_not_its_content() {
        assert_eq!(content("---\nsource: x\nexpression: y\n---\n## a\n---\nb\n"), "## a\n---\nb");
        assert_eq!(content("no head\n"), "no head");
    }
}
