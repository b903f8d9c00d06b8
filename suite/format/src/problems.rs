//! All mistakes of a file, as they are shown.

use std::fmt;

use miette::Diagnostic;

use super::excerpt::{Excerpt, NAME_BYTES, write_line};
use super::problem::{Problem, Source};
use jwtspec_types::text::bounded;

impl Source {
    /// Names the bytes of a file.
    ///
    /// # Errors
    ///
    /// The place of the first byte that is not UTF-8.
    pub fn from_bytes(name: impl AsRef<str>, bytes: Vec<u8>) -> Result<Self, Problems> {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Ok(Self::new(name, text)),
            Err(error) => error,
        };
        let place = error.utf8_error().valid_up_to();
        let source = Self::new(name, String::from_utf8_lossy(error.as_bytes()));
        let width = char::REPLACEMENT_CHARACTER.len_utf8();
        let problem = Problem::new(place..place + width, "this byte is not UTF-8")
            .with_help("save the file as UTF-8");
        Err(Problems::from_one(&source, problem))
    }
}

/// Every mistake that was found in one file.
#[derive(Debug)]
pub struct Problems {
    source: Source,
    list: Vec<Problem>,
}

impl Problems {
    /// Mistakes of one file that are shown; of the others the number is.
    pub const MOST_SHOWN: usize = 20;

    /// One mistake as an error.
    pub fn from_one(source: &Source, problem: Problem) -> Self {
        Self { source: source.clone(), list: vec![problem] }
    }

    /// Returns the mistakes as an error, or nothing if there are none.
    pub fn from_list(source: &Source, mut list: Vec<Problem>) -> Option<Self> {
        if list.is_empty() {
            return None;
        }
        list.sort_by_key(|problem| (problem.span().start, problem.span().end));
        Some(Self { source: source.clone(), list })
    }

    /// Each mistake, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// The first mistakes, each as a diagnostic of its own, for [`miette`] to draw: cut to some
    /// lines and characters.
    pub fn diagnostics(&self) -> impl Iterator<Item = impl Diagnostic + '_> {
        self.list.iter().take(Self::MOST_SHOWN).map(|problem| Excerpt::new(&self.source, problem))
    }

    /// The note that more mistakes were found than are shown, if that is so.
    pub fn not_shown(&self) -> Option<String> {
        let more = self.list.len().checked_sub(Self::MOST_SHOWN).filter(|more| *more > 0)?;
        let name = bounded(self.source.name(), NAME_BYTES);
        let noun = if more == 1 { "mistake" } else { "mistakes" };
        Some(format!("{more} more {noun} in {name}"))
    }

    /// `file:line:column: message` for each of the first mistakes, one a line.
    pub fn to_lines(&self) -> String {
        let mut lines = String::new();
        for problem in self.list.iter().take(Self::MOST_SHOWN) {
            write_line(&mut lines, &self.source, problem);
        }
        if let Some(note) = self.not_shown() {
            lines.push_str(&note);
            lines.push('\n');
        }
        lines
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_lines().trim_end())
    }
}

impl std::error::Error for Problems {}
