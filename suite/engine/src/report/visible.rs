//! A writer that shows hidden characters as escapes, so that what a target said cannot change how
//! a report reads.

use std::io::{self, Write};

use jwtspec_types::text::is_hidden;

/// The codes of the styles that reports and clap have: none hides text.
const STYLES: [&str; 13] =
    ["0", "1", "2", "4", "31", "32", "33", "34", "35", "36", "91", "92", "93"];
/// Bytes of the longest sequence that sets one of them, `ESC [ 9 1 m`.
const LONGEST_STYLE: usize = 5;

/// The form of an escape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// `\u202e`, as JSON has it.
    Json,
    /// `\u{202e}`.
    Braces,
    /// The same; the terminal's sequences for colours are left as they are.
    BracesWithColours,
}

/// The writer.
pub struct Visible<W> {
    inner: W,
    escape: Escape,
    /// The start of a character or of a colour of which the rest has not been written yet.
    pending: Vec<u8>,
}

impl<W: Write> Visible<W> {
    /// Writes to `inner`.
    pub fn new(inner: W, escape: Escape) -> Self {
        Self { inner, escape, pending: Vec::new() }
    }

    /// Writes what is complete of the pending bytes; all of them at the end.
    fn drain(&mut self, is_end: bool) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.pending);
        let (text, rest) = split_text(&bytes, is_end);
        let mut out = String::with_capacity(text.len());
        let mut left = text.as_ref();
        while let Some(at) = left.find(is_hidden) {
            out.push_str(&left[..at]);
            left = &left[at..];
            if self.escape == Escape::BracesWithColours && left.starts_with('\u{1b}') {
                if let Some(length) = style_length(left) {
                    out.push_str(&left[..length]);
                    left = &left[length..];
                    continue;
                }
                if !is_end && is_start_of_style(left) {
                    break;
                }
            }
            let hidden = left.chars().next().unwrap_or_default();
            self.push_escape(&mut out, hidden);
            left = &left[hidden.len_utf8()..];
        }
        if left.starts_with('\u{1b}') {
            self.pending.extend_from_slice(left.as_bytes());
        } else {
            out.push_str(left);
        }
        self.pending.extend_from_slice(rest);
        self.inner.write_all(out.as_bytes())
    }

    fn push_escape(&self, out: &mut String, hidden: char) {
        match self.escape {
            Escape::Json => {
                for unit in hidden.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            Escape::Braces | Escape::BracesWithColours => out.extend(hidden.escape_unicode()),
        }
    }
}

/// The text of the bytes, and the first ones of a character that is not complete.
fn split_text(bytes: &[u8], is_end: bool) -> (std::borrow::Cow<'_, str>, &[u8]) {
    let complete = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() && !is_end => error.valid_up_to(),
        _ => bytes.len(),
    };
    (String::from_utf8_lossy(&bytes[..complete]), &bytes[complete..])
}

/// The length of the colour at the start of a text.
fn style_length(text: &str) -> Option<usize> {
    let (code, _) = text.strip_prefix("\u{1b}[")?.split_once('m')?;
    STYLES.contains(&code).then_some(code.len() + 3)
}

/// Returns true if a text that begins with an escape may be the start of a colour.
fn is_start_of_style(text: &str) -> bool {
    let rest = &text[1..];
    let is_code = |it: &str| it.is_empty() || STYLES.iter().any(|style| style.starts_with(it));
    text.len() < LONGEST_STYLE && (rest.is_empty() || rest.strip_prefix('[').is_some_and(is_code))
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        self.drain(false)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.drain(true)?;
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(escape: Escape, parts: &[&[u8]]) -> String {
        let mut bytes = Vec::new();
        let mut writer = Visible::new(&mut bytes, escape);
        for part in parts {
            writer.write_all(part).expect("written");
        }
        writer.flush().expect("flushed");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn hidden_characters_are_escaped_in_the_form_of_the_report() {
        let text = "a\u{202e}\u{1b}[2J\u{e0001}\n\té";
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        let braces = "a\\u{202e}\\u{1b}[2J\\u{e0001}\n\té";
        for parts in [vec![text.as_bytes()], bytes] {
            assert_eq!(written(Escape::Braces, &parts), braces);
            assert_eq!(written(Escape::BracesWithColours, &parts), braces);
            let json = "a\\u202e\\u001b[2J\\udb40\\udc01\n\té";
            assert_eq!(written(Escape::Json, &parts), json);
        }
    }

    #[test]
    fn colours_are_kept_where_the_report_has_some() {
        let text = "\u{1b}[1m\u{1b}[31mred\u{1b}[0m \u{1b}[8mhidden\u{1b}[0m\u{1b}[";
        let shown = "\u{1b}[1m\u{1b}[31mred\u{1b}[0m \\u{1b}[8mhidden\u{1b}[0m\\u{1b}[";
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        for parts in [vec![text.as_bytes()], bytes] {
            assert_eq!(written(Escape::BracesWithColours, &parts), shown);
        }
    }
}
