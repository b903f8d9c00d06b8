//! The texts that a caller sent, in every reading in which an answer may repeat them.

use super::Context;
use crate::target::Line;
use jwtspec_jose::{Tolerance, decode_with};

/// Tokens may be nested in tokens: the number of times that text is decoded from text.
const LEVELS: usize = 3;
/// Shorter runs of base64 letters hold nothing that is worth looking for.
const SHORTEST_RUN: usize = 12;
/// An issuer with fewer letters and digits is only found as it is written.
const SHORTEST_OUTLINE: usize = 6;
/// The distance from the wide letters of Unicode (U+FF01 and on) to those of ASCII.
const WIDE: u32 = 0xfee0;

/// The texts of a request and of its token: as they were sent, and decoded from base64, percent
/// encoding and the escapes of JSON, whether or not the token is well-formed.
pub(super) struct SentTexts(Vec<String>);

impl SentTexts {
    /// Collects them.
    pub(super) fn collect(context: Context<'_>) -> Self {
        let request = context.request;
        let mut texts = vec![context.token.to_owned(), request.url.clone()];
        let fields = request.headers.iter();
        texts.extend(fields.map(|(_, value)| String::from_utf8_lossy(value).into_owned()));
        texts.extend(request.body.clone());
        if let Some(messages) = &request.messages {
            texts.extend(messages.open.iter().chain(&messages.send).cloned());
        }
        texts.extend(context.lines.iter().filter_map(|line| match line {
            Line::Sent(message) => Some(message.clone()),
            Line::Received(_) | Line::Binary(_) => None,
        }));
        texts.sort_unstable();
        texts.dedup();
        let mut start = 0;
        for _ in 0..LEVELS {
            let read: Vec<String> = texts[start..].iter().flat_map(|text| readings(text)).collect();
            start = texts.len();
            texts.extend(read);
        }
        Self(texts)
    }

    /// Returns true if one of them holds this text.
    pub(super) fn hold(&self, text: &str) -> bool {
        self.0.iter().any(|sent| sent.contains(text))
    }

    /// Returns true if one of them names this issuer: literally, or with other letter case, another
    /// scheme, other punctuation, or escapes. A caller who sent that knows the issuer.
    pub(super) fn name_issuer(&self, issuer: &str) -> bool {
        let outline = outline(issuer.split_once("://").map_or(issuer, |(_, rest)| rest));
        self.0.iter().any(|sent| {
            names(sent, issuer)
                || outline.len() >= SHORTEST_OUTLINE && names(&self::outline(sent), &outline)
        })
    }
}

/// Returns true if a text that came back holds this issuer, and not only a longer one that begins
/// with it.
pub(super) fn tells_issuer(text: &str, issuer: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(issuer).any(|(at, _)| {
        let next = text[at + issuer.len()..].chars().next();
        issuer.ends_with('/') || !next.is_some_and(goes_on)
    })
}

/// Returns true if a text holds this issuer, and not only one with a longer number at its end.
fn names(text: &str, issuer: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.match_indices(issuer).any(|(at, _)| {
        let next = text[at + issuer.len()..].chars().next();
        !(is_digit(issuer.chars().next_back()) && is_digit(next))
    })
}

/// The letters and digits of a text, in small letters.
fn outline(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - WIDE).unwrap_or(c),
            _ => c,
        })
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The other readings of a text.
fn readings(text: &str) -> Vec<String> {
    let mut readings = Vec::new();
    if text.contains('%') {
        readings.push(without_percent_encoding(text));
    }
    if text.contains('\\') {
        readings.push(without_escapes(text));
    }
    for segment in text.split('.') {
        // A segment may have letters inside that do not belong there.
        let whole: String = segment.chars().filter(|c| is_base64(*c)).collect();
        if whole.len() < segment.len() {
            readings.extend(decoded(&whole));
            for run in segment.split(|c| !is_base64(c)) {
                readings.extend(decoded(run));
            }
        } else {
            readings.extend(decoded(segment));
        }
    }
    readings
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/')
}

/// The texts of a run of base64 letters, wherever in it a group of four begins. Zero bytes are
/// left out, so that UTF-16 and UTF-32 are read as well.
fn decoded(run: &str) -> Vec<String> {
    let text = |run: &str| {
        let run = if run.len() % 4 == 1 { &run[..run.len() - 1] } else { run };
        let bytes = decode_with(run, Tolerance::ALL).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', ""))
    };
    let long = (run.len() >= SHORTEST_RUN).then_some(run);
    long.into_iter().flat_map(|run| (0..4).filter_map(move |at| text(&run[at..]))).collect()
}

fn without_percent_encoding(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (next, taken) = match byte {
            Some(byte) if *first == b'%' => (byte, 2),
            _ => (*first, 0),
        };
        bytes.push(next);
        rest = &behind[taken..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text with the escapes of JSON strings resolved.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        let code = escape.strip_prefix('u').and_then(|it| it.get(..4));
        let escaped = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        rest = match (escaped, escape.chars().next()) {
            (Some(code), _) => {
                plain.extend(char::from_u32(code));
                &escape[5..]
            }
            (None, Some(c)) => {
                plain.push(match c {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    _ => c,
                });
                &escape[c.len_utf8()..]
            }
            (None, None) => escape,
        };
    }
    plain + rest
}
