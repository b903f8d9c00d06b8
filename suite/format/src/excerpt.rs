//! The lines around a mistake, cut to what a message may print, for miette to draw.

use std::fmt::{self, Write};
use std::ops::Range;

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};

use super::problem::{Problem, Source};
use jwtspec_types::text::{bounded, shown};

/// Bytes of a line that holds a mistake.
const LINE_BYTES: usize = 110;
/// Bytes of it before the mistake.
const BEFORE_BYTES: usize = 40;
/// Bytes of a line around it.
const CONTEXT_BYTES: usize = 100;
/// Lines of the longest mistake that is shown as a whole; of a longer one the first line is.
const MOST_LINES: usize = 3;
/// Bytes of a file's name.
pub(super) const NAME_BYTES: usize = 200;

/// The line and the column of a byte, from 1.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..floor(text, offset)];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The offset, or that of the character that it is inside.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// A mistake and the text around it.
#[derive(Debug)]
pub(super) struct Excerpt<'p> {
    problem: &'p Problem,
    name: String,
    /// The lines, cut.
    text: String,
    /// The mistake in them.
    span: Range<usize>,
    /// The number of the first line, from 0.
    first_line: usize,
    /// The column of the mistake in the file, from 0.
    column: usize,
}

impl<'p> Excerpt<'p> {
    /// Cuts the lines around a mistake out of a file.
    pub(super) fn new(source: &Source, problem: &'p Problem) -> Self {
        let whole = source.text();
        let start = floor(whole, problem.span().start);
        let end = floor(whole, problem.span().end.max(start));
        let (line, column) = position(whole, start);
        let mut excerpt = Self {
            problem,
            name: bounded(source.name(), NAME_BYTES).into_owned(),
            text: String::new(),
            span: 0..0,
            first_line: line - 1,
            column: column - 1,
        };
        let line_start = whole[..start].rfind('\n').map_or(0, |at| at + 1);
        if line_start > 0 {
            let before = &whole[..line_start - 1];
            excerpt.first_line -= 1;
            excerpt.add_context(before.rsplit('\n').next().unwrap_or_default());
        }
        let inside = &whole[start..end];
        let covered = inside.trim_end_matches('\n').matches('\n').count() + 1;
        let shown_lines = if covered > MOST_LINES { 1 } else { covered };
        let mut rest = &whole[line_start..];
        let mut at = line_start;
        for _ in 0..shown_lines {
            let (row, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let from = start.saturating_sub(at).min(row.len());
            let to = end.saturating_sub(at).min(row.len());
            excerpt.add_line(row, from, to, at <= start);
            (rest, at) = (after, at + row.len() + 1);
        }
        if !rest.is_empty() {
            excerpt.add_context(rest.split('\n').next().unwrap_or_default());
        }
        excerpt
    }

    /// Adds a line that holds no part of the mistake.
    fn add_context(&mut self, row: &str) {
        self.push(row.trim_end_matches('\r'), CONTEXT_BYTES);
        self.text.push('\n');
    }

    /// Adds a line that holds the mistake from one byte to another.
    fn add_line(&mut self, row: &str, from: usize, to: usize, is_first: bool) {
        let row = row.trim_end_matches('\r');
        let (from, to) = (from.min(row.len()), to.min(row.len()));
        let before = &row[..from];
        if before.len() > BEFORE_BYTES && row.len() > LINE_BYTES {
            let skipped = (before.len() - BEFORE_BYTES..=before.len())
                .find(|at| before.is_char_boundary(*at))
                .unwrap_or(before.len());
            self.text.push('…');
            self.push(&before[skipped..], LINE_BYTES);
        } else {
            self.push(before, LINE_BYTES);
        }
        if is_first {
            self.span = self.text.len()..self.text.len();
        }
        let is_whole = self.push(&row[from..to], LINE_BYTES - BEFORE_BYTES);
        self.span.end = self.text.len();
        if is_whole {
            self.push(&row[to..], LINE_BYTES - BEFORE_BYTES);
        }
        self.text.push('\n');
    }

    /// Adds as much of a text as fits into some bytes. Returns true if that is all of it.
    fn push(&mut self, text: &str, most: usize) -> bool {
        let limit = self.text.len() + most;
        for character in text.chars() {
            if self.text.len() >= limit {
                self.text.push('…');
                return false;
            }
            self.text.extend(shown(character));
        }
        true
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem.message())
    }
}

impl std::error::Error for Excerpt<'_> {}

impl Diagnostic for Excerpt<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::underline(self.span.clone()))))
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, before, after)?;
        // Without context it is the head of the message that is asked for, which names the place.
        let column = if before == 0 { self.column } else { contents.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            contents.line() + self.first_line,
            column,
            contents.line_count(),
        )))
    }
}

/// `file:line:column: message (help)`.
pub(super) fn write_line(lines: &mut String, source: &Source, problem: &Problem) {
    let (line, column) = position(source.text(), problem.span().start);
    let name = bounded(source.name(), NAME_BYTES);
    // Writing to a string does not fail.
    let _ = write!(lines, "{name}:{line}:{column}: {}", problem.message());
    if let Some(help) = problem.help() {
        let _ = write!(lines, " ({help})");
    }
    lines.push('\n');
}
