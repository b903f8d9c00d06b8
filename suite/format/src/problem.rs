//! A mistake in a file: what, where, and what was expected.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::Diagnostic;

use super::excerpt::{Excerpt, write_line};
use jwtspec_types::text::bounded;

/// Mistakes of one file that are shown; of the others the number is.
const MOST_SHOWN: usize = 20;
/// Bytes of a message.
const MESSAGE_BYTES: usize = 400;
/// Bytes of the advice on it.
const HELP_BYTES: usize = 600;

/// A file's name and text.
#[derive(Clone, Debug)]
pub struct Source {
    inner: Arc<(String, String)>,
}

impl Source {
    /// Names a text; the name is what messages show.
    pub fn new(name: impl AsRef<str>, text: impl Into<String>) -> Self {
        Self { inner: Arc::new((name.as_ref().to_owned(), text.into())) }
    }

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
        Err(Problems { source, list: vec![problem] })
    }

    /// The name in messages.
    pub fn name(&self) -> &str {
        &self.inner.0
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.inner.1
    }
}

/// One mistake, with the bytes of the source that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// A mistake at `span`. A long message is shortened.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        let message = bounded(&message.into(), MESSAGE_BYTES).into_owned();
        Self { span, message, help: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(&help.into(), HELP_BYTES).into_owned());
        self
    }

    /// The bytes of the source that it is about.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The mistake.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The advice on it.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// Every mistake that was found in one file.
#[derive(Debug)]
pub struct Problems {
    source: Source,
    list: Vec<Problem>,
}

impl Problems {
    /// Returns the mistakes as an error, or nothing if there are none.
    pub fn from_list(source: &Source, mut list: Vec<Problem>) -> Option<Self> {
        if list.is_empty() {
            return None;
        }
        list.sort_by_key(|problem| (problem.span.start, problem.span.end));
        Some(Self { source: source.clone(), list })
    }

    /// Each mistake, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// The first mistakes, each as a diagnostic of its own, for [`miette`] to draw: cut to some
    /// lines and characters.
    pub fn diagnostics(&self) -> impl Iterator<Item = impl Diagnostic + '_> {
        self.list.iter().take(MOST_SHOWN).map(|problem| Excerpt::new(&self.source, problem))
    }

    /// The note that more mistakes were found than are shown, if that is so.
    pub fn not_shown(&self) -> Option<String> {
        let more = self.list.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0)?;
        let name = bounded(self.source.name(), MESSAGE_BYTES);
        let noun = if more == 1 { "mistake" } else { "mistakes" };
        Some(format!("{more} more {noun} in {name}"))
    }

    /// `file:line:column: message` for each of the first mistakes, one a line.
    pub fn to_lines(&self) -> String {
        let mut lines = String::new();
        for problem in self.list.iter().take(MOST_SHOWN) {
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
