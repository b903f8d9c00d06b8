//! Faults in the syntax of JSON: readers that forgive what is none.
//!
//! Each rewrites what it forgives, and leaves the rest to the reference verifier. The signature is
//! over the text as it came.

use serde_json::Value;

use super::{Fault, as_before, changed, fault, wrong_check};
use crate::{Examination, Objection};

/// A check that decodes as before, and then respells header and claims.
macro_rules! reading {
    ($($read:tt)+) => { changed("base64url", |it| rewrite(it, $($read)+)) };
}

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "evaluates-json",
        "reads header and claims as an expression of JavaScript",
        reading!(|text| respelled(text, &JAVASCRIPT)),
    )
    .caught_by(&[
        "json/*-comment",
        "json/comma-at-end-of-*",
        "json/single-quotes",
        "json/unquoted-name",
        "json/undefined-literal",
        "json/not-a-number",
        "json/infinity",
        "json/exp-infinity",
        "json/exp-not-a-number",
        "json/number-in-hexadecimal",
        "json/number-with-*",
        "json/number-*-point",
        "json/unknown-escape",
    ]),
    wrong_check(
        "json-comments-skipped",
        "skips comments in header and claims",
        reading!(|text| respelled(text, &Syntax { comments: true, ..Syntax::JSON })),
    )
    .caught_by(&["json/block-comment", "json/line-comment"]),
    wrong_check(
        "json-comma-at-end-skipped",
        "takes a comma behind the last member",
        reading!(|text| respelled(text, &Syntax { last_comma: true, ..Syntax::JSON })),
    )
    .caught_by(&["json/comma-at-end-of-*"]),
    wrong_check(
        "json-quotes-optional",
        "takes single quotes, and names without any",
        reading!(|text| {
            let syntax = Syntax { single_quotes: true, bare_names: true, ..Syntax::JSON };
            respelled(text, &syntax)
        }),
    )
    .caught_by(&["json/single-quotes", "json/unquoted-name"]),
    wrong_check(
        "json-not-a-number-taken",
        "takes `NaN` and `Infinity` for numbers",
        reading!(|text| respelled(text, &Syntax { word: not_finite, ..Syntax::JSON })),
    )
    .caught_by(&[
        "json/not-a-number",
        "json/infinity",
        "json/exp-infinity",
        "json/exp-not-a-number",
    ]),
    wrong_check(
        "json-numbers-as-in-c",
        "reads numbers as C does: with a plus, leading zeros or a bare point, and in hexadecimal",
        reading!(|text| respelled(text, &Syntax { word: number_of_c, ..Syntax::JSON })),
    )
    .caught_by(&["json/number-in-hexadecimal", "json/number-with-*", "json/number-*-point"]),
    wrong_check(
        "json-literals-in-any-case",
        "takes `True`, `False` and `NULL` for true, false and null",
        reading!(|text| respelled(text, &Syntax { word: any_case, ..Syntax::JSON })),
    )
    .caught_by(&["json/capital-literal", "json/capital-literal-in-header"]),
    wrong_check(
        "json-controls-in-strings",
        "takes control characters in strings as they are",
        reading!(|text| respelled(text, &Syntax { string: controls, ..Syntax::JSON })),
    )
    .caught_by(&[
        "json/line-feed-in-string",
        "json/nul-in-string",
        "json/tab-in-header-string",
    ]),
    wrong_check(
        "json-unknown-escapes-taken",
        "takes escapes of other languages in strings",
        reading!(|text| respelled(text, &Syntax { string: escapes, ..Syntax::JSON })),
    )
    .caught_by(&["json/unknown-escape"]),
    wrong_check(
        "json-read-as-stream",
        "reads the first JSON text, and not what is behind it",
        reading!(|text| first_text(text).to_owned()),
    )
    .caught_by(&["json/*-behind-claims", "json/*-behind-header"]),
    wrong_check(
        "json-repaired",
        "closes what a text that was cut short left open",
        reading!(repaired),
    )
    .caught_by(&["json/claims-cut-short"]),
    fault("payload-of-any-kind", "judges no claims where the payload is no object", |it| {
        it.replacing(changed("claims-json", other_payload))
    })
    .caught_by(&[
        "json/claims-array",
        "json/claims-string",
        "json/claims-number",
        "json/claims-null",
        "json/claims-empty",
        "json/claims-plain-text",
    ]),
];

/// Decodes as before, and rewrites header and claims, if they are UTF-8.
fn rewrite(
    examination: &mut Examination<'_>,
    rewritten: fn(&str) -> String,
) -> Result<(), Objection> {
    reread(examination, |bytes| Some(rewritten(std::str::from_utf8(bytes).ok()?)))
}

/// Decodes as before, and reads header and claims by other rules; what these do not cover is left
/// as it is.
pub(super) fn reread(
    examination: &mut Examination<'_>,
    text: impl Fn(&[u8]) -> Option<String>,
) -> Result<(), Objection> {
    as_before("base64url", examination)?;
    let [header, claims, _] = examination.decoded()?;
    let texts = [text(header), text(claims)];
    for (decoded, text) in examination.decoded.iter_mut().flatten().zip(texts) {
        if let Some(text) = text {
            *decoded = text.into_bytes();
        }
    }
    Ok(())
}

/// What a reader takes beside JSON.
struct Syntax {
    comments: bool,
    last_comma: bool,
    single_quotes: bool,
    bare_names: bool,
    /// The JSON for a number or literal, if it is another.
    word: fn(&str) -> Option<String>,
    /// The content of a string as JSON has it.
    string: fn(&str) -> String,
}

impl Syntax {
    const JSON: Self = Self {
        comments: false,
        last_comma: false,
        single_quotes: false,
        bare_names: false,
        word: |_| None,
        string: str::to_owned,
    };
}

const JAVASCRIPT: Syntax = Syntax {
    comments: true,
    last_comma: true,
    single_quotes: true,
    bare_names: true,
    word: |word| match word {
        "undefined" => Some("null".to_owned()),
        _ => not_finite(word).or_else(|| number_of_c(word)),
    },
    string: escapes,
};

/// The words of a text that is nearly JSON.
enum Token<'a> {
    Space(&'a str),
    Comment(&'a str),
    /// A string with its quotes.
    String(&'a str),
    Mark(&'a str),
    /// A number or literal.
    Word(&'a str),
}

fn tokens(mut text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    while let Some(first) = text.chars().next() {
        let up_to = |is_end: fn(char) -> bool| text.find(is_end).unwrap_or(text.len());
        let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
        let (make, length): (fn(_) -> _, _) = match first {
            '"' | '\'' => (Token::String, string_length(text, first)),
            '{' | '}' | '[' | ']' | ':' | ',' => (Token::Mark, 1),
            '/' if text.starts_with("/*") => (Token::Comment, until("*/")),
            '/' if text.starts_with("//") => (Token::Comment, until("\n")),
            ' ' | '\t' | '\r' | '\n' => (Token::Space, up_to(|it| !" \t\r\n".contains(it))),
            _ => (Token::Word, up_to(|it| " \t\r\n\"'{}[]:,/".contains(it)).max(1)),
        };
        let (token, rest) = text.split_at(length);
        tokens.push(make(token));
        text = rest;
    }
    tokens
}

fn string_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, it)| {
        let is_end = *it == quote && !is_escaped;
        is_escaped = *it == '\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// The text with what the syntax forgives written as JSON.
fn respelled(text: &str, syntax: &Syntax) -> String {
    let tokens = tokens(text);
    let next = |at: usize| {
        tokens[at + 1..].iter().find_map(|token| match token {
            Token::Space(_) | Token::Comment(_) => None,
            Token::Mark(text) | Token::String(text) | Token::Word(text) => Some(*text),
        })
    };
    let respelled = |(at, token): (usize, &Token<'_>)| match *token {
        Token::Comment(_) if syntax.comments => String::new(),
        Token::Mark(",") if syntax.last_comma && matches!(next(at), Some("}" | "]")) => {
            String::new()
        }
        Token::String(text) if !text.starts_with('\'') => (syntax.string)(text),
        Token::String(text) if syntax.single_quotes => {
            format!("\"{}\"", text.trim_matches('\'').replace('"', "\\\""))
        }
        Token::Word(name) if syntax.bare_names && next(at) == Some(":") => format!("\"{name}\""),
        Token::Word(word) => (syntax.word)(word).unwrap_or_else(|| word.to_owned()),
        Token::Space(text) | Token::Comment(text) | Token::Mark(text) | Token::String(text) => {
            text.to_owned()
        }
    };
    tokens.iter().enumerate().map(respelled).collect()
}

/// The numbers of a text, infinite ones among them.
pub(super) fn numbers(bytes: &[u8]) -> Vec<f64> {
    let words = tokens(std::str::from_utf8(bytes).unwrap_or_default()).into_iter();
    let number = |token| if let Token::Word(word) = token { word.parse().ok() } else { None };
    words.filter_map(number).collect()
}

/// Decodes as before, and takes the greatest number for one that is beyond it.
pub(super) fn within_double(examination: &mut Examination<'_>) -> Result<(), Objection> {
    rewrite(examination, |text| {
        let word = |word: &str| {
            let sign = if word.starts_with('-') { "-" } else { "" };
            word.parse().is_ok_and(f64::is_infinite).then(|| format!("{sign}{GREATEST}"))
        };
        respelled(text, &Syntax { word, ..Syntax::JSON })
    })
}

/// Stands in for infinity, and for what is no number: no time is beyond it.
const GREATEST: &str = "1e308";

fn not_finite(word: &str) -> Option<String> {
    matches!(word, "NaN" | "Infinity").then(|| GREATEST.to_owned())
}

fn number_of_c(word: &str) -> Option<String> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return Some(u64::from_str_radix(hexadecimal, 16).ok()?.to_string());
    }
    let is_json = serde_json::from_str::<Value>(word).is_ok();
    // That it begins with a letter keeps `inf` out.
    let is_number = digits.starts_with(|it: char| it.is_ascii_digit() || it == '.');
    Some(digits.parse::<f64>().ok().filter(|_| !is_json && is_number)?.to_string())
}

fn any_case(word: &str) -> Option<String> {
    let small = word.to_ascii_lowercase();
    matches!(small.as_str(), "true" | "false" | "null").then_some(small)
}

fn controls(text: &str) -> String {
    let escaped = |it: char| match it {
        '\0'..=' ' if it != ' ' => format!("\\u{:04x}", u32::from(it)),
        _ => it.to_string(),
    };
    text.chars().map(escaped).collect()
}

fn escapes(text: &str) -> String {
    text.replace("\\x", "\\u00")
}

fn first_text(text: &str) -> &str {
    let mut texts = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match texts.next() {
        Some(Ok(_)) => &text[..texts.byte_offset()],
        _ => text,
    }
}

fn repaired(text: &str) -> String {
    let mut open = Vec::new();
    for token in tokens(text) {
        match token {
            Token::Mark("{") => open.push("}"),
            Token::Mark("[") => open.push("]"),
            Token::Mark("}" | "]") => drop(open.pop()),
            _ => {}
        }
    }
    open.into_iter().rev().fold(text.to_owned(), |text, end| text + end)
}

fn other_payload(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let [_, claims, _] = examination.decoded()?;
    if claims.trim_ascii_start().starts_with(b"{") {
        return as_before("claims-json", examination);
    }
    // Claims in which no check finds a fault, in the place of checks that are left out.
    let Some(provider) = examination.trust.providers.first() else { return Ok(()) };
    let required = provider.required_claims.iter().map(|name| (name.clone(), "any".into()));
    let (issuer, aud) = (provider.issuer.as_str(), provider.audiences.as_slice());
    let own = [("iss", issuer.into()), ("aud", aud.into()), ("exp", f64::MAX.into())];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
    examination.claims = Some(required.chain(own).collect());
    Ok(())
}
