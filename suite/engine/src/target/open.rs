//! Opening a target file: it is read, parsed and checked.

use std::path::{Path, PathBuf};

#[cfg(feature = "target-file")]
use super::configuration::read_template;
use super::file::TargetFile;
use super::mistakes::find_mistakes;
#[cfg(feature = "target-file")]
use super::template::Variables;
use jwtspec_format::{Document, Problem, Problems, Source};

/// A target file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetFileError {
    /// A file that cannot be opened.
    #[error("failed to read the target file {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: std::io::Error,
    },
    /// Mistakes in the file, or in its template.
    #[error(transparent)]
    Mistakes(#[from] Problems),
}

impl TargetFile {
    /// Reads a target file, or the `target.toml` of a folder.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or it or the template of its configuration file has mistakes.
    pub fn read(path: &Path) -> Result<Self, TargetFileError> {
        let path = if path.is_dir() { path.join("target.toml") } else { path.to_owned() };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => return Err(TargetFileError::Unreadable { path, error }),
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let source = Source::from_bytes(path.to_string_lossy(), bytes)?;
        let file = Self::parse(&source, folder.unwrap_or(Path::new(".")))?;
        // Without it no template is read, and no such target is started.
        #[cfg(feature = "target-file")]
        if let Some(name) = &file.start.config {
            let examples = Variables::examples(&file.folder, file.capabilities().as_ref());
            read_template(&file.source, &file.folder, name, &examples)?;
        }
        Ok(file)
    }

    /// Parses the text of a target file, whose commands run in `folder`.
    ///
    /// # Errors
    ///
    /// Every mistake in it, each with its place.
    pub fn parse(source: &Source, folder: &Path) -> Result<Self, Problems> {
        let document = Document::parse(source);
        let (file, mut problems) = document.read::<Self>();
        if let Some(file) = &file {
            problems.extend(find_mistakes(file, &document));
        }
        problems.extend(document.into_problems());
        match (file, Problems::from_list(source, problems)) {
            (Some(file), None) => {
                Ok(Self { folder: folder.to_owned(), source: source.clone(), ..file })
            }
            (_, Some(problems)) => Err(problems),
            (None, None) => {
                Err(Problems::from_one(source, Problem::new(0..0, "not a target file")))
            }
        }
    }
}
