//! A deviations file written from a run, or brought up to date by one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::fail::Fail;
use jwtspec_engine::event::{CaseResult, Summary, Why};
use jwtspec_engine::judge::undeviated;
use jwtspec_engine::report::{expected, observed};
use jwtspec_engine::target::{Deviation, Deviations, DeviationsError, is_about};
use jwtspec_format::{Document, Source, read};
use jwtspec_types::words::{Finding, Level, Outcome};

const HEADING: &str =
    "# Known deviations: scenario id or glob → why, finding, level. Say of each why it is known.\n";

/// The why of an entry until a person writes one.
const UNEXPLAINED: &str = "to be explained";

type Entries = BTreeMap<String, Deviation>;

/// A deviations file that will be written at the end of a run.
pub(super) struct Baseline {
    path: PathBuf,
    /// Its text so far; nothing if there is no such file.
    text: Option<String>,
}

impl Baseline {
    /// Reads the file if there is one, and finds out whether it can be written.
    pub(super) fn open(path: &Path) -> Result<Self, Fail> {
        let text =
            match path.exists() {
                true => Some(std::fs::read_to_string(path).map_err(|error| {
                    DeviationsError::Unreadable { path: path.to_owned(), error }
                })?),
                false => None,
            };
        let open = std::fs::OpenOptions::new().append(true).create(true).open(path);
        open.map_err(|error| Fail::file("write", path, error))?;
        if text.is_none() {
            // A run that fails leaves no empty file, and a link to it as it was.
            let _ = path.canonicalize().and_then(std::fs::remove_file);
        }
        Ok(Self { path: path.to_owned(), text })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// These deviations files, each once, and this one among them if it exists already. It has its
    /// own name there, whichever name it was given by.
    pub(super) fn among(&self, given: &[PathBuf]) -> Vec<PathBuf> {
        let own = self.text.as_ref().map(|_| &self.path);
        let mut files: Vec<PathBuf> = Vec::new();
        for file in given.iter().chain(own) {
            let file = own.filter(|own| is_same_file(own, file)).unwrap_or(file);
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
        files
    }

    /// Writes what failed in a run; returns the number of entries. Entries of the file are kept with
    /// their words, get the findings that they lack, and are left out where they are stale.
    pub(super) fn write(self, results: &[CaseResult], summary: &Summary) -> Result<usize, Fail> {
        let text = self.text.unwrap_or_else(|| HEADING.to_owned());
        let source = Source::new(self.path.to_string_lossy(), text);
        let entries: Entries = read(&source)?;
        let (mut text, mut count) = updated(&source, &entries, results, summary);
        let mut failures: Vec<&CaseResult> =
            results.iter().filter(|result| is_missing(result, &entries)).collect();
        failures.sort_by(|a, b| a.id.cmp(&b.id));
        for result in failures {
            count += 1;
            let why = why(result);
            let result = &undeviated(result);
            let _ = writeln!(
                text,
                "\n# {}: {}\n# {}; expected {}, observed {}\n{:?} = {}",
                result.level,
                jwtspec_mint::shorten(&result.title),
                result.covers.join(", "),
                jwtspec_mint::shorten(&expected(result)),
                jwtspec_mint::shorten(&observed(result)),
                result.id,
                entry(&Deviation {
                    why,
                    findings: result.finding.into_iter().collect(),
                    level: Some(result.level),
                    ..Deviation::default()
                }),
            );
        }
        std::fs::write(&self.path, text).map_err(|error| Fail::file("write", &self.path, error))?;
        Ok(count)
    }

    /// A line for each entry of another file that a run has shown to be wrong: it is not changed.
    pub(super) fn left_elsewhere(
        &self,
        known: &Deviations,
        results: &[CaseResult],
        summary: &Summary,
    ) -> Vec<String> {
        let own = self.path.to_string_lossy();
        let elsewhere = known.places().filter(|(file, _)| **file != *own);
        let line = |(file, pattern): (&str, &str)| {
            let is_changed = |it: &CaseResult| is_changed(it) && is_about(pattern, &it.id);
            let said = match () {
                () if is_stale(pattern, results, summary) => "it no longer fails, remove it".into(),
                () if results.iter().any(is_changed) => {
                    format!("{own} says what fails otherwise now")
                }
                () => return None,
            };
            Some(format!("{file}: the deviation `{pattern}` is left as it is: {said}"))
        };
        elsewhere.filter_map(line).collect()
    }
}

/// Returns true if two names, of which one may be a link, lead to one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    place(one).is_some_and(|one| place(other) == Some(one))
}

/// The text of a file with its entries brought up to date, and their number. What is between them
/// stays as it is.
fn updated(
    source: &Source,
    entries: &Entries,
    results: &[CaseResult],
    summary: &Summary,
) -> (String, usize) {
    let document = Document::parse(source);
    let text = source.text();
    let (mut kept, mut end, mut count) = (String::new(), 0, 0);
    for (pattern, name, member) in document.members() {
        let Some(known) = entries.get(pattern) else { continue };
        let value = member.place();
        let failures = failures_of(pattern, results);
        let is_stale = is_stale(pattern, results, summary);
        if is_stale {
            // The comment above it is about it, unless an empty line is between them.
            let before = &text[end..name.start];
            let own = before.rfind("\n\n").map_or(0, |place| place + 1);
            kept.push_str(&before[..own]);
        } else {
            kept.push_str(&text[end..value.start]);
            let is_glob = !results.iter().any(|result| result.id == pattern);
            let now = with_findings(known, &failures, is_glob);
            match now == *known {
                true => kept.push_str(&text[value.clone()]),
                false => kept.push_str(&entry(&now)),
            }
            kept.push('\n');
            count += 1;
        }
        end = value.end;
        // The rest of its line, a comment, goes with it.
        let rest = text[end..].find('\n').map_or(text.len(), |place| end + place + 1);
        if !is_stale && !text[end..rest].trim().is_empty() {
            kept.pop();
            kept.push_str(&text[end..rest]);
        }
        end = rest;
    }
    kept.push_str(&text[end..]);
    (kept, count)
}

/// Returns true if nothing fails any more of which an entry speaks.
fn is_stale(pattern: &str, results: &[CaseResult], summary: &Summary) -> bool {
    summary.stale_deviations.iter().any(|stale| stale == pattern)
        || results.iter().any(|it| it.id == pattern && it.finding == Some(Finding::StaleDeviation))
}

/// Returns true if a scenario has a finding that entries about it do not name.
fn is_changed(result: &CaseResult) -> bool {
    result.finding == Some(Finding::DeviationChanged) && undeviated(result).finding.is_some()
}

/// Returns true if a result is a failure of which no entry speaks, or none but those of other files,
/// which say otherwise.
fn is_missing(result: &CaseResult, entries: &Entries) -> bool {
    match result.finding {
        Some(Finding::StaleDeviation) => false,
        Some(Finding::DeviationChanged) => {
            is_changed(result) && !entries.keys().any(|pattern| is_about(pattern, &result.id))
        }
        _ => matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive),
    }
}

/// The why of a new entry.
fn why(result: &CaseResult) -> String {
    match &result.why {
        Some(Why::Otherwise { why, .. }) => format!("{UNEXPLAINED}; before: {why}"),
        _ => UNEXPLAINED.to_owned(),
    }
}

/// The findings that scenarios of an entry have now, each with its level.
fn failures_of(pattern: &str, results: &[CaseResult]) -> Vec<(Finding, Level)> {
    let matching = results.iter().filter(|result| is_about(pattern, &result.id));
    matching
        .filter_map(|result| {
            let (.., finding, _) = result.before_deviation.as_ref()?;
            Some(((*finding)?, result.level))
        })
        .collect()
}

/// An entry with the findings and the level of what fails now. If it spoke of other findings, its why
/// is no longer one. A glob keeps those that it had: other scenarios, which may not have run, have them.
fn with_findings(known: &Deviation, failures: &[(Finding, Level)], is_glob: bool) -> Deviation {
    let levels = failures.iter().map(|(_, level)| *level);
    let Some(level) = levels.chain(known.level.filter(|_| is_glob)).min() else {
        return known.clone();
    };
    let mut findings: BTreeSet<Finding> = failures.iter().map(|(finding, _)| *finding).collect();
    if is_glob {
        findings.extend(&known.findings);
    }
    let is_told = failures.iter().all(|(finding, level)| known.knows(Some(*finding), *level));
    if is_told && !known.findings.is_empty() && known.level.is_some() {
        return known.clone();
    }
    let why = match is_told {
        true => known.why.clone(),
        false => format!("{UNEXPLAINED}; before: {}", known.why),
    };
    Deviation { why, findings: findings.into_iter().collect(), level: Some(level), ..known.clone() }
}

/// An entry as it is written.
fn entry(deviation: &Deviation) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let mut members = vec![format!("why = {}", text(&deviation.why))];
    let findings: Vec<String> =
        deviation.findings.iter().map(|finding| text(finding.as_str())).collect();
    match findings.as_slice() {
        [] => {}
        [one] => members.push(format!("finding = {one}")),
        many => members.push(format!("finding = [{}]", many.join(", "))),
    }
    members.extend(deviation.level.map(|level| format!("level = {}", text(level.as_str()))));
    members.extend(deviation.link.as_ref().map(|link| format!("link = {}", text(link))));
    if deviation.sometimes {
        members.push("sometimes = true".to_owned());
    }
    format!("{{ {} }}", members.join(", "))
}
