//! A mistake in a file: what, where, and what was expected.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A file's name and text.
#[derive(Clone, Debug)]
pub struct Source {
    inner: Arc<NamedSource<String>>,
}

impl Source {
    /// Names a text; the name is what messages show.
    pub fn new(name: impl AsRef<str>, text: impl Into<String>) -> Self {
        Self { inner: Arc::new(NamedSource::new(name, text.into()).with_language("toml")) }
    }

    /// The name in messages.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.inner.inner()
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
    /// A mistake at `span`.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
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
    list: Vec<Place>,
}

impl Problems {
    /// Returns the mistakes as an error, or nothing if there are none.
    pub fn from_list(source: &Source, mut list: Vec<Problem>) -> Option<Self> {
        if list.is_empty() {
            return None;
        }
        list.sort_by_key(|problem| (problem.span.start, problem.span.end));
        let list =
            list.into_iter().map(|problem| Place { source: source.clone(), problem }).collect();
        Some(Self { source: source.clone(), list })
    }

    /// Each mistake, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter().map(|place| &place.problem)
    }

    /// Each mistake as a diagnostic of its own, for [`miette`] to draw.
    pub fn diagnostics(&self) -> impl Iterator<Item = &(dyn Diagnostic + Send + Sync)> {
        self.list.iter().map(|place| place as &(dyn Diagnostic + Send + Sync))
    }

    /// `file:line:column: message` for each mistake, one a line.
    pub fn to_lines(&self) -> String {
        let text = self.source.text();
        let mut lines = String::new();
        for problem in self.iter() {
            let before = &text[..problem.span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            lines.push_str(&format!("{}:{line}:{column}: {}", self.source.name(), problem.message));
            if let Some(help) = &problem.help {
                lines.push_str(&format!(" ({help})"));
            }
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

/// A problem together with its source, which is what miette draws.
#[derive(Debug)]
struct Place {
    source: Source,
    problem: Problem,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Place {}

impl Diagnostic for Place {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source.inner)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.problem.span.clone();
        Some(Box::new(std::iter::once(LabeledSpan::underline(span))))
    }
}
