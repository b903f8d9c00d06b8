//! The journal: every result on disk as it happens, so that a run that is killed has lost nothing.
//!
//! One JSON object a line. The first says what was run; a run is resumed only if that is the same.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::event::CaseResult;
use crate::judge::is_settled;
use crate::scenario::Catalogue;

/// The conditions that must be the same for results to be taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    jwtspec: String,
    target: String,
    profile: String,
    strict: bool,
}

#[derive(Serialize, Deserialize)]
struct Row {
    /// Fingerprint of the scenario's text.
    scenario: u64,
    result: CaseResult,
}

/// A journal that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file.
    #[error("failed to {what} the journal {}: {error}\nchoose another place with --journal", path.display())]
    File {
        /// The action that failed.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// It belongs to another run.
    #[error("the journal {} is of another run ({was}; now {now})\nrun without --resume to start anew", path.display())]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// The earlier run.
        was: String,
        /// The present run.
        now: String,
    },
    /// There is nothing to resume.
    #[error("there is no journal {} to resume\nrun without --resume", .0.display())]
    Nothing(PathBuf),
}

/// An open journal.
pub struct Journal {
    file: File,
    path: PathBuf,
    fingerprints: HashMap<String, u64>,
}

impl Journal {
    /// Starts a journal, or goes on with one: returns what it holds already, by scenario id.
    ///
    /// Failures of the target itself, and scenarios whose text has changed, are run again.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or `resume` is asked of a journal of another run.
    pub fn open(
        path: &Path,
        catalogue: &Catalogue,
        (target, profile, strict): (&str, &str, bool),
        resume: bool,
    ) -> Result<(Self, HashMap<String, CaseResult>), JournalError> {
        let failed = |what| {
            let path = path.to_owned();
            move |error| JournalError::File { what, path, error }
        };
        let fingerprints: HashMap<String, u64> =
            catalogue.iter().map(|scenario| (scenario.id.clone(), scenario.fingerprint)).collect();
        let head = Head {
            jwtspec: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.to_owned(),
            profile: profile.to_owned(),
            strict,
        };
        let done = if resume { read_results(path, &head, &fingerprints)? } else { HashMap::new() };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).append(resume).truncate(!resume);
        let mut file = options.open(path).map_err(failed("open"))?;
        if !resume {
            write_line(&mut file, &head).map_err(failed("write"))?;
        }
        Ok((Self { file, path: path.to_owned(), fingerprints }, done))
    }

    /// Writes a result down.
    ///
    /// # Errors
    ///
    /// If the disk is full, for instance.
    pub fn write(&mut self, result: &CaseResult) -> Result<(), JournalError> {
        let scenario = self.fingerprints.get(&result.id).copied().unwrap_or_default();
        let row = Row { scenario, result: result.clone() };
        write_line(&mut self.file, &row).map_err(|error| JournalError::File {
            what: "write",
            path: self.path.clone(),
            error,
        })
    }
}

fn write_line(file: &mut File, row: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(row)?;
    line.push(b'\n');
    file.write_all(&line)
}

fn read_results(
    path: &Path,
    head: &Head,
    fingerprints: &HashMap<String, u64>,
) -> Result<HashMap<String, CaseResult>, JournalError> {
    let file = File::open(path).map_err(|_| JournalError::Nothing(path.to_owned()))?;
    let mut lines = BufReader::new(file).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    let was: Option<Head> = serde_json::from_str(&first).ok();
    if was.as_ref() != Some(head) {
        let text = |head: &Head| {
            let strict = if head.strict { ", strict" } else { "" };
            format!("jwtspec {}, {}, profile {}{strict}", head.jwtspec, head.target, head.profile)
        };
        return Err(JournalError::OtherRun {
            path: path.to_owned(),
            was: was.as_ref().map_or_else(|| "not a journal".to_owned(), text),
            now: text(head),
        });
    }
    // The last line may be cut short: the run was killed while it was written.
    let rows =
        lines.map_while(Result::ok).filter_map(|line| serde_json::from_str::<Row>(&line).ok());
    Ok(rows
        .filter(|row| fingerprints.get(&row.result.id) == Some(&row.scenario))
        .filter(|row| is_settled(&row.result))
        .map(|row| (row.result.id.clone(), row.result))
        .collect())
}
