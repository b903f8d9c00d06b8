//! The corpus on disk: one scenario file for each signature, readable, and presented again by `run`.

use std::io;
use std::path::{Path, PathBuf};

use super::BehaviourSignature;
use super::case::is_same_setup;
use crate::generate::SetupSpec;
use crate::property::TestCase;
use crate::property::find::write_file;
use crate::property::presented::Presented;
use jwtspec_engine::plan::check_scenario;
use jwtspec_engine::scenario::Catalogue;

/// A folder of cases.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// A case that was read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its file.
    pub path: PathBuf,
    /// Its setup.
    pub setup: SetupSpec,
    /// The case, which is of no pool yet.
    pub case: TestCase,
}

impl Store {
    /// The store in a folder, which is made when something is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every case in the folder by file name, and the mistakes of files and scenarios that are none;
    /// the search goes on without them.
    ///
    /// # Errors
    ///
    /// If the folder is there and cannot be listed.
    pub fn read(&self) -> io::Result<(Vec<Entry>, Vec<String>)> {
        let (mut entries, mut unread) = (Vec::new(), Vec::new());
        if !self.folder.exists() {
            return Ok((entries, unread));
        }
        let mut paths = Vec::new();
        for file in std::fs::read_dir(&self.folder)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            let catalogue = match Catalogue::from_path(&path) {
                Ok(catalogue) => catalogue,
                Err(error) => {
                    unread.push(error.to_string());
                    continue;
                }
            };
            for scenario in catalogue.iter() {
                let (path, id) = (path.clone(), scenario.id.clone());
                let read = check_scenario(scenario)
                    .map_err(|why| format!("cannot be carried out: {why}"))
                    .and_then(|_| {
                        TestCase::read(scenario)
                            .map_err(|why| format!("is no case of the search: it {why}"))
                    });
                match read {
                    Ok((setup, case)) => entries.push(Entry { path, setup, case }),
                    Err(why) => unread.push(format!("{}: `{id}` {why}", path.display())),
                }
            }
        }
        Ok((entries, unread))
    }

    /// Writes a case, over the one that its signature had.
    ///
    /// # Errors
    ///
    /// If it cannot be written as TOML, or not there.
    pub(super) fn write(
        &self,
        signature: &BehaviourSignature,
        case: &TestCase,
        setup: &SetupSpec,
        presented: &Presented,
    ) -> io::Result<PathBuf> {
        let path = self.folder.join(format!("{}.toml", signature.name()));
        let scenario = case.kept(setup, signature, presented);
        write_file(&path, "Kept by search.", Vec::new(), &scenario)
    }

    /// Removes a file of a case that is known under another signature now, if search wrote it.
    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let digest = stem.rsplit('-').next().unwrap_or_default();
        let is_ours = stem.matches('-').count() >= 2
            && digest.len() == 8
            && digest.chars().all(|c| c.is_ascii_hexdigit());
        if is_ours { std::fs::remove_file(path) } else { Ok(()) }
    }
}

/// The pool of setups, with those of the entries that it lacks, up to so many.
pub(super) fn with_setups(
    mut pool: Vec<SetupSpec>,
    entries: &[Entry],
    most: usize,
) -> Vec<SetupSpec> {
    for entry in entries {
        if pool.len() < most && !pool.iter().any(|setup| is_same_setup(setup, &entry.setup)) {
            pool.push(entry.setup.clone());
        }
    }
    pool
}
