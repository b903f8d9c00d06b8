//! All scenarios: those in the binary, or those of a folder.

use std::io;
use std::path::{Path, PathBuf};

use super::Scenario;
use super::parse::parse;
use jwtspec_format::{Problems, Source};
use jwtspec_types::requirements::{Requirement, RequirementsError};

/// All scenarios of a run.
#[derive(Clone, Debug)]
pub struct Catalogue {
    scenarios: Vec<Scenario>,
}

/// The reason why scenario files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Mistakes in the files.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mistakes(Vec<Problems>),
    /// A file that cannot be opened.
    #[error("failed to read {}: {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A folder without scenario files.
    #[error("no scenario file (*.toml) in {}", .0.display())]
    NoFiles(PathBuf),
    /// Embedded requirement files that cannot be used, so that nothing can cite them.
    #[error(transparent)]
    Requirements(#[from] RequirementsError),
}

/// Returns the TOML files of a folder, sorted. The manifest of a crate, at whose top scenario files
/// may lie, is none of them.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn toml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        let is_toml = file.extension().is_some_and(|extension| extension == "toml");
        if is_toml && file.file_name() != Some(jwtspec_scenarios::MANIFEST.as_ref()) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

impl Catalogue {
    /// The scenarios that are part of jwtspec.
    ///
    /// # Errors
    ///
    /// Mistakes in the files; a test sees to it that there are none.
    pub fn embedded() -> Result<Self, ReadError> {
        let file = |(topic, text): jwtspec_scenarios::File| {
            (topic.to_owned(), Source::new(format!("scenarios/{topic}.toml"), text))
        };
        let files = jwtspec_scenarios::topics().into_iter().map(file).collect();
        Self::from_sources(files)
    }

    /// The scenarios of a file, or of all files of a folder.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds mistakes.
    pub fn from_path(path: &Path) -> Result<Self, ReadError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |error| ReadError::Unreadable { path, error }
        };
        let paths = match path.is_dir() {
            true => toml_files(path).map_err(unreadable(path))?,
            false => vec![path.to_owned()],
        };
        if paths.is_empty() {
            return Err(ReadError::NoFiles(path.to_owned()));
        }
        let (mut files, mut mistakes) = (Vec::new(), Vec::new());
        for path in paths {
            let bytes = std::fs::read(&path).map_err(unreadable(&path))?;
            let topic = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match Source::from_bytes(path.to_string_lossy(), bytes) {
                Ok(source) => files.push((topic, source)),
                Err(problems) => mistakes.push(problems),
            }
        }
        match Self::from_sources(files) {
            Ok(catalogue) if mistakes.is_empty() => Ok(catalogue),
            Ok(_) => Err(ReadError::Mistakes(mistakes)),
            Err(ReadError::Mistakes(others)) => {
                mistakes.extend(others);
                Err(ReadError::Mistakes(mistakes))
            }
            Err(error) => Err(error),
        }
    }

    /// The scenarios of one file's text; `topic` is in place of its stem.
    ///
    /// # Errors
    ///
    /// If it holds mistakes.
    pub fn from_text(topic: &str, source: &Source) -> Result<Self, ReadError> {
        Self::from_sources(vec![(topic.to_owned(), source.clone())])
    }

    fn from_sources(files: Vec<(String, Source)>) -> Result<Self, ReadError> {
        Requirement::check()?;
        let mut scenarios = Vec::new();
        let mut mistakes = Vec::new();
        for (topic, source) in files {
            match parse(&topic, &source) {
                Ok(parsed) => scenarios.extend(parsed),
                Err(problems) => mistakes.push(problems),
            }
        }
        if mistakes.is_empty() {
            Ok(Self { scenarios })
        } else {
            Err(ReadError::Mistakes(mistakes))
        }
    }

    /// Each scenario, by file and in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter()
    }

    /// The scenario with this id.
    pub fn find(&self, id: &str) -> Option<&Scenario> {
        self.iter().find(|scenario| scenario.id == id)
    }

    /// Joins the scenarios of another catalogue to these.
    pub fn extend(&mut self, other: Self) {
        self.scenarios.extend(other.scenarios);
    }
}
