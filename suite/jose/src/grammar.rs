//! The grammar of JSON (RFC 8259) without any limit: tells a text that is not JSON from one that is,
//! and goes beyond what the reader takes.

use std::fmt;
use std::ops::Range;

use serde_json::Value;

/// The most arrays and objects inside each other that are read, as in `serde_json`.
pub(crate) const MOST_LEVELS: usize = 127;
/// Longer numbers are described by their length.
const LONGEST_SHOWN: usize = 24;

/// A property of a JSON text for which it is not read (RFC 8259 section 9): a clause that reads
/// after "the header is JSON, but".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// A number that a double does not hold, as it is written.
    #[error("holds {}, which is beyond what a double can hold", shown_number(.0))]
    Number(String),
    /// The escape of one half of a surrogate pair, without the other half.
    #[error("holds the lone surrogate U+{0:04X}, which is no character")]
    LoneSurrogate(u16),
    /// More arrays and objects inside each other than this.
    #[error("is nested deeper than {0} levels, the most that are read")]
    Depth(usize),
}

fn shown_number(spelling: &str) -> String {
    match spelling.len() {
        length if length > LONGEST_SHOWN => format!("a number of {length} characters"),
        _ => format!("the number {spelling}"),
    }
}

/// The place of something in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The octet in that line, counted from 1.
    pub column: usize,
}

impl Place {
    fn of(text: &str, at: usize) -> Self {
        let before = &text.as_bytes()[..at];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let newlines = before.iter().filter(|byte| **byte == b'\n').count();
        Self { line: newlines + 1, column: at - start + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// The first breach of the grammar in a text that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SyntaxFault {
    /// Something that the grammar does not allow here.
    #[error("unexpected text at {0}")]
    Unexpected(Place),
    /// The text ends before its value does.
    #[error("the text ends too early, at {0}")]
    Ended(Place),
}

/// The first thing in a JSON text for which it is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The limit that it breaks.
    pub limit: Limit,
    /// Its place.
    pub place: Place,
}

/// Something beyond a limit, and the bytes that it takes up.
struct Found {
    limit: Limit,
    span: Range<usize>,
}

/// The result of checking a text.
pub(crate) struct Scan<'a> {
    text: &'a str,
    found: Vec<Found>,
    /// Where the grammar is broken.
    broken: Option<usize>,
    /// True if nesting beyond the limit does not end.
    open: bool,
}

impl<'a> Scan<'a> {
    /// Checks a text, in a time and stack that its nesting does not change.
    pub(crate) fn new(text: &'a str) -> Self {
        let mut scanner = Scanner { text, at: 0, open: Vec::new(), deep: None, found: Vec::new() };
        let broken = scanner.whole().err().map(|Broken| scanner.at);
        Self { text, broken, open: scanner.deep.is_some(), found: scanner.found }
    }

    /// The breach of the grammar; nothing if the text is JSON.
    pub(crate) fn fault(&self) -> Option<SyntaxFault> {
        let at = self.broken?;
        let place = Place::of(self.text, at);
        Some(if at < self.text.len() {
            SyntaxFault::Unexpected(place)
        } else {
            SyntaxFault::Ended(place)
        })
    }

    /// True if something beyond a limit comes before what breaks the grammar.
    pub(crate) fn is_beyond(&self) -> bool {
        self.open || !self.found.is_empty()
    }

    /// The first thing beyond a limit.
    pub(crate) fn excess(&self) -> Option<Excess> {
        let first = self.found.first()?;
        let place = Place::of(self.text, first.span.start);
        Some(Excess { limit: first.limit.clone(), place })
    }

    /// The text with what is beyond a limit replaced.
    fn within_limits(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut done = 0;
        for Found { limit, span } in &self.found {
            text.push_str(&self.text[done..span.start]);
            text.push_str(match limit {
                Limit::Number(_) => "0",
                Limit::LoneSurrogate(_) => "\u{fffd}",
                Limit::Depth(_) => "null",
            });
            done = span.end;
        }
        text + &self.text[done..]
    }
}

/// Returns the first thing for which a JSON text is not read; nothing if it is read, or is not JSON.
///
/// ```
/// use jwtspec_jose::{Limit, excess};
///
/// let limit = |text: &str| excess(text.as_bytes()).map(|excess| excess.limit);
/// assert_eq!(limit("[1e400]"), Some(Limit::Number("1e400".to_owned())));
/// assert_eq!(limit("[1e300]"), None);
/// assert_eq!(limit("[1e400"), None);
/// ```
pub fn excess(bytes: &[u8]) -> Option<Excess> {
    let scan = Scan::new(std::str::from_utf8(bytes).ok()?);
    if scan.broken.is_some() { None } else { scan.excess() }
}

/// Reads any JSON text, also one that is beyond a limit: a number is 0 then, a lone surrogate
/// U+FFFD, and what is nested too deep null. For texts of which only some member matters.
///
/// Returns nothing if the text is not JSON.
pub fn read_leniently(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let scan = Scan::new(text);
    if scan.broken.is_some() { None } else { serde_json::from_str(&scan.within_limits()).ok() }
}

/// The scanner is at what breaks the grammar.
struct Broken;

type Checked = Result<(), Broken>;

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The brackets that are open.
    open: Vec<u8>,
    /// Where the nesting began that is too deep.
    deep: Option<usize>,
    found: Vec<Found>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Checked {
        if self.take(byte) { Ok(()) } else { Err(Broken) }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Notes what is beyond a limit, unless it is inside of what is.
    fn exceed(&mut self, limit: Limit, start: usize) {
        if self.deep.is_none() {
            self.found.push(Found { limit, span: start..self.at });
        }
    }

    fn whole(&mut self) -> Checked {
        loop {
            self.value()?;
            // Behind a value, or in an object or array that is empty.
            loop {
                self.skip_space();
                let Some(&bracket) = self.open.last() else {
                    return if self.at == self.text.len() { Ok(()) } else { Err(Broken) };
                };
                if self.take(if bracket == b'{' { b'}' } else { b']' }) {
                    self.close();
                    continue;
                }
                self.expect(b',')?;
                if bracket == b'{' {
                    self.name()?;
                }
                break;
            }
        }
    }

    /// A value that is neither object nor array, or the brackets before one.
    fn value(&mut self) -> Checked {
        loop {
            self.skip_space();
            let Some(bracket @ (b'{' | b'[')) = self.peek() else { return self.scalar() };
            if self.open.len() == MOST_LEVELS {
                self.deep = Some(self.at);
            }
            self.open.push(bracket);
            self.at += 1;
            self.skip_space();
            match (bracket, self.peek()) {
                (b'{', Some(b'}')) | (b'[', Some(b']')) => return Ok(()),
                (b'{', _) => self.name()?,
                _ => {}
            }
        }
    }

    fn close(&mut self) {
        self.open.pop();
        if self.open.len() == MOST_LEVELS
            && let Some(start) = self.deep.take()
        {
            self.exceed(Limit::Depth(MOST_LEVELS), start);
        }
    }

    /// The name of a member, and the colon behind it.
    fn name(&mut self) -> Checked {
        self.skip_space();
        self.string()?;
        self.skip_space();
        self.expect(b':')
    }

    fn scalar(&mut self) -> Checked {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let rest = &self.text[self.at..];
                let word = ["null", "true", "false"].into_iter().find(|it| rest.starts_with(it));
                self.at += word.ok_or(Broken)?.len();
                Ok(())
            }
        }
    }

    fn string(&mut self) -> Checked {
        self.expect(b'"')?;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                None | Some(..b' ') => return Err(Broken),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Checked {
        let start = self.at;
        self.at += 1;
        if !self.take(b'u') {
            let is_known = self.peek().is_some_and(|byte| b"\"\\/bfnrt".contains(&byte));
            self.at += usize::from(is_known);
            return if is_known { Ok(()) } else { Err(Broken) };
        }
        let unit = self.unit()?;
        if (0xD800..0xDC00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
            let between = self.at;
            self.at += 2;
            if (0xDC00..0xE000).contains(&self.unit()?) {
                return Ok(());
            }
            self.at = between;
        }
        if (0xD800..0xE000).contains(&unit) {
            self.exceed(Limit::LoneSurrogate(unit), start);
        }
        Ok(())
    }

    /// The four digits of an escape.
    fn unit(&mut self) -> Result<u16, Broken> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let is_hex = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex).ok_or(Broken)?;
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Checked {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        let spelling = &self.text[start..self.at];
        if serde_json::from_str::<f64>(spelling).is_err() {
            self.exceed(Limit::Number(spelling.to_owned()), start);
        }
        Ok(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Checked {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(Broken) }
    }
}

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
