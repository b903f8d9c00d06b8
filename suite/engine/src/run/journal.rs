//! The journal: every result on disk as it happens, so that a run that is killed has lost nothing.
//!
//! One JSON object a line. The first says what was run; a run is resumed only if that is the same.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Options;
use crate::event::CaseResult;
use crate::judge::{is_settled, undeviated};
use crate::scenario::Catalogue;
use crate::target::Target;
use jwtspec_types::text::bounded;
use jwtspec_types::words::Level;

/// Bytes of a version that a message shows.
const VERSION_BYTES: usize = 200;

/// The conditions that must be the same for results to be taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunKey {
    /// Version of jwtspec.
    jwtspec: String,
    /// Name of the target, as its file says it, or its URL.
    target: String,
    /// Hash of the target file, and of the template of its configuration.
    target_file: u64,
    profile: String,
    https: bool,
    level: Level,
    max_wait: Duration,
    strict: bool,
    /// Hash of the deviations.
    deviations: u64,
}

impl RunKey {
    /// The key of a run.
    pub fn new(target: &Target, options: &Options) -> Self {
        let file = match target {
            Target::File(file) => hash(&(file, file.config_template())),
            Target::Url(_) | Target::Loopback(_) | Target::Rust(_) => 0,
        };
        Self {
            jwtspec: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.name(),
            target_file: file,
            profile: options.conditions.profile.to_string(),
            https: options.conditions.https,
            level: options.limit,
            max_wait: options.conditions.max_wait,
            strict: options.strict,
            deviations: hash(&options.deviations),
        }
    }

    /// The first condition that differs from another run's, in words.
    fn difference(&self, was: &Self) -> &'static str {
        let conditions = [
            (self.jwtspec != was.jwtspec, "jwtspec has another version"),
            (self.target != was.target, "the target is another"),
            (self.target_file != was.target_file, "the target file or its template has changed"),
            (self.profile != was.profile, "the profile is another"),
            (self.https != was.https, "`--https` differs"),
            (self.level != was.level, "`--level` differs"),
            (self.max_wait != was.max_wait, "`--max-wait` differs"),
            (self.strict != was.strict, "`--strict` differs"),
            (self.deviations != was.deviations, "the deviations have changed"),
        ];
        let first = conditions.into_iter().find(|(differs, _)| *differs);
        first.map_or("it is not the same", |(_, words)| words)
    }
}

fn hash(value: &impl Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{value:?}").hash(&mut hasher);
    hasher.finish()
}

/// A line behind the first.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Row {
    /// The result of a scenario, as it was before deviations were applied.
    Result {
        /// Fingerprint of the scenario's text.
        scenario: u64,
        /// The result.
        result: Box<CaseResult>,
    },
    /// The target when it ran.
    Target {
        /// The version that it said.
        version: Option<String>,
    },
}

/// The contents of a journal that a run goes on with.
#[derive(Debug, Default)]
pub struct Resumed {
    /// Results by scenario id, before deviations are applied.
    pub results: HashMap<String, CaseResult>,
    /// The places of lines that cannot be read; their scenarios are run again.
    pub unreadable: Vec<Unreadable>,
}

/// A line of a journal that cannot be read: the place, from 1, where it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The number of the line.
    pub line: usize,
    /// The column, in bytes.
    pub column: usize,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
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
    #[error("the journal {} is of another run: {difference}\nrun without --resume to start anew", path.display())]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// The first difference.
        difference: String,
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
    /// The version of the target that an earlier run noted.
    version: Option<Option<String>>,
}

impl Journal {
    /// Starts a journal, or goes on with one: returns what it holds already.
    ///
    /// Failures of the target itself, and scenarios whose text has changed, are run again.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or `resume` is asked of a journal of another run.
    pub fn open(
        path: &Path,
        catalogue: &Catalogue,
        key: &RunKey,
        resume: bool,
    ) -> Result<(Self, Resumed), JournalError> {
        let failed = |what| {
            let path = path.to_owned();
            move |error| JournalError::File { what, path, error }
        };
        let fingerprints: HashMap<String, u64> =
            catalogue.iter().map(|scenario| (scenario.id.clone(), scenario.fingerprint)).collect();
        let mut done = Contents::default();
        if resume {
            let bytes = match std::fs::read(path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(JournalError::Nothing(path.to_owned()));
                }
                Err(error) => return Err(failed("read")(error)),
            };
            done = read_rows(path, &bytes, key, &fingerprints)?;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).append(resume).truncate(!resume);
        let mut file = options.open(path).map_err(failed("open"))?;
        if !resume {
            write_line(&mut file, key).map_err(failed("write"))?;
        } else if done.is_torn {
            // What was cut short stays a line of its own.
            file.write_all(b"\n").map_err(failed("write"))?;
        }
        let Contents { version, resumed, .. } = done;
        Ok((Self { file, path: path.to_owned(), fingerprints, version }, resumed))
    }

    /// Writes a result down, as it was before deviations were applied.
    ///
    /// # Errors
    ///
    /// If the disk is full, for instance.
    pub fn write(&mut self, result: &CaseResult) -> Result<(), JournalError> {
        let scenario = self.fingerprints.get(&result.id).copied().unwrap_or_default();
        self.write_row(&Row::Result { scenario, result: Box::new(undeviated(result)) })
    }

    /// Writes down which version of the target runs.
    ///
    /// # Errors
    ///
    /// If it is another than that of the results that were taken over, or cannot be written.
    pub fn write_version(&mut self, version: Option<&str>) -> Result<(), JournalError> {
        let now = version.map(str::to_owned);
        match &self.version {
            Some(was) if *was == now => Ok(()),
            Some(was) => {
                let text = |version: &Option<String>| match version {
                    Some(version) => bounded(version, VERSION_BYTES).into_owned(),
                    None => "none".to_owned(),
                };
                let difference =
                    format!("the target said version {}, and says {} now", text(was), text(&now));
                Err(JournalError::OtherRun { path: self.path.clone(), difference })
            }
            None => self.write_row(&Row::Target { version: now }),
        }
    }

    fn write_row(&mut self, row: &Row) -> Result<(), JournalError> {
        write_line(&mut self.file, row).map_err(|error| JournalError::File {
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

/// What was read of a journal.
#[derive(Default)]
struct Contents {
    version: Option<Option<String>>,
    resumed: Resumed,
    /// True if the last line was cut short, as by a run that was killed.
    is_torn: bool,
}

fn read_rows(
    path: &Path,
    bytes: &[u8],
    key: &RunKey,
    fingerprints: &HashMap<String, u64>,
) -> Result<Contents, JournalError> {
    let other_run = |difference: &str| JournalError::OtherRun {
        path: path.to_owned(),
        difference: difference.to_owned(),
    };
    let mut contents = Contents { is_torn: !bytes.ends_with(b"\n"), ..Contents::default() };
    let mut lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let first = lines.next().map(|(_, line)| line).unwrap_or_default();
    match serde_json::from_slice::<RunKey>(first) {
        Ok(was) if was == *key => {}
        Ok(was) => return Err(other_run(key.difference(&was))),
        Err(error) => {
            let column = error.column().max(1);
            return Err(other_run(&format!(
                "its first line is not that of a journal of this jwtspec (1:{column})"
            )));
        }
    }
    for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(Row::Result { scenario, result }) => {
                if fingerprints.get(&result.id) == Some(&scenario) && is_settled(&result) {
                    contents.resumed.results.insert(result.id.clone(), *result);
                }
            }
            Ok(Row::Target { version }) => contents.version = Some(version),
            // One that is JSON but no result is wrong from its start.
            Err(error) => contents
                .resumed
                .unreadable
                .push(Unreadable { line: index + 1, column: error.column().max(1) }),
        }
    }
    Ok(contents)
}
