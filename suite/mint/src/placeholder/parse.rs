//! The grammar of placeholders.

use super::{Change, Name, Part, Placeholder, Position, Time, TimeForm};
use jwtspec_fixtures::Key;
use jwtspec_types::advised::Advised;
use jwtspec_types::nearest::nearest;
use jwtspec_types::timing::parse_duration;

/// Every name that can follow an `@`.
const NAMES: [&str; 26] = [
    "issuer",
    "jwks-uri",
    "discovery-uri",
    "audience",
    "kid",
    "now",
    "string",
    "millis",
    "iso",
    "null",
    "count",
    "jwk",
    "private-jwk",
    "x5c",
    "upper",
    "lower",
    "cut",
    "replace",
    "other-scheme",
    "no-scheme",
    "filler",
    "digits",
    "nested",
    "token",
    "claims",
    "header",
];

/// More than this many characters are never needed, and a typo must not fill the memory.
const MOST: usize = 4 << 20;

/// No duration has more characters.
const LONGEST_DURATION: usize = 48;

fn error<T>(message: impl Into<String>) -> Result<T, Advised> {
    Err(Advised::new(message))
}

fn advised<T>(message: impl Into<String>, advice: impl Into<String>) -> Result<T, Advised> {
    Err(Advised::new(message).advise(advice))
}

pub(super) fn template(text: &str, position: Position) -> Result<Vec<Part>, Advised> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        literal.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('@') {
            literal.push('@');
            rest = after;
            continue;
        }
        let (placeholder, after) = placeholder(rest)?;
        check(&placeholder, position)?;
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(Part::Placeholder(placeholder));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

fn check(placeholder: &Placeholder, position: Position) -> Result<(), Advised> {
    let (name, place) = match (placeholder, position) {
        (Placeholder::Token, Position::Value | Position::Json) => ("token", "`request`"),
        (Placeholder::Claims, Position::Value | Position::Request) => {
            ("claims", "`claims-json` and `header-json`")
        }
        (Placeholder::Header, Position::Value | Position::Request) => {
            ("header", "`claims-json` and `header-json`")
        }
        (Placeholder::Nested(_), Position::Value | Position::Request) => {
            ("nested", "raw JSON text")
        }
        _ => return Ok(()),
    };
    error(format!("`@{name}` can be used in {place} only"))
}

/// Reads what follows an `@`; returns the rest of the text.
fn placeholder(text: &str) -> Result<(Placeholder, &str), Advised> {
    let word_end = text
        .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
        .unwrap_or(text.len());
    let word = &text[..word_end];
    let known = NAMES
        .iter()
        .filter(|name| word.strip_prefix(**name).is_some_and(|rest| !rest.starts_with(is_word)))
        .max_by_key(|name| name.len());
    let Some(name) = known else {
        let advice = match nearest(word, NAMES) {
            Some(near) if !word.is_empty() => format!("did you mean `@{near}`? "),
            _ => String::new(),
        };
        return advised(
            format!("unknown placeholder `@{word}`"),
            format!("{advice}write `@@` for a literal @"),
        );
    };
    let rest = &text[name.len()..];
    if *name == "now" {
        let (time, rest) = terms(rest)?;
        return Ok((Placeholder::Time(time, TimeForm::Number), rest));
    }
    let (arguments, rest) = arguments(name, rest)?;
    Ok((build(name, &arguments)?, rest))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Splits `(a,b)`; a name without parentheses has no arguments.
fn arguments<'t>(name: &str, text: &'t str) -> Result<(Vec<&'t str>, &'t str), Advised> {
    let Some(inner) = text.strip_prefix('(') else { return Ok((Vec::new(), text)) };
    let Some(end) = inner.find(')') else {
        return advised(format!("`@{name}(` is not closed"), "add a `)`");
    };
    Ok((inner[..end].split(',').collect(), &inner[end + 1..]))
}

fn build(name: &str, arguments: &[&str]) -> Result<Placeholder, Advised> {
    let optional = |wrap: fn(Option<String>) -> Name| match arguments {
        [] => Ok(Placeholder::Name(wrap(None))),
        [issuer] => Ok(Placeholder::Name(wrap(Some((*issuer).to_owned())))),
        _ => error(format!("`@{name}` takes the name of one issuer")),
    };
    let key = || match arguments {
        [key] => Key::named(key),
        _ => error(format!("`@{name}` takes the name of a fixture key: `@{name}(rs256-a)`")),
    };
    let count = |most: usize| match arguments {
        [count] => match count.parse::<usize>() {
            Ok(count) if count <= most => Ok(count),
            _ => error(format!("`{count}` is not a number from 0 to {most}")),
        },
        _ => error(format!("`@{name}` takes a number: `@{name}(1000)`")),
    };
    let time = || match arguments {
        [text] => match text.strip_prefix("now").map(terms) {
            Some(Ok((time, ""))) => Ok(time),
            Some(Err(problem)) => Err(problem),
            _ => advised(format!("`{text}` is not a time"), "write `now+60s`"),
        },
        _ => error(format!("`@{name}` takes a time: `@{name}(now+60s)`")),
    };
    let changed = |usage: &str, change: Option<Change>| {
        let inner = arguments.first().map(|argument| placeholder(argument));
        match (inner, change) {
            (Some(Ok((Placeholder::Name(name), ""))), Some(change)) => {
                Ok(Placeholder::Changed(name, change))
            }
            _ => advised(
                format!("`@{name}` takes a placeholder's name"),
                format!("write `@{name}({usage})`"),
            ),
        }
    };
    match name {
        "issuer" => optional(Name::Issuer),
        "jwks-uri" => optional(Name::JwksUri),
        "discovery-uri" => optional(Name::DiscoveryUri),
        "audience" => Ok(Placeholder::Name(Name::Audience)),
        "kid" if arguments.is_empty() => Ok(Placeholder::Name(Name::Kid(None))),
        "kid" => Ok(Placeholder::Name(Name::Kid(Some(key()?)))),
        "string" => Ok(Placeholder::Time(time()?, TimeForm::Text)),
        "millis" => Ok(Placeholder::Time(time()?, TimeForm::Milliseconds)),
        "iso" => Ok(Placeholder::Time(time()?, TimeForm::Iso)),
        "null" => Ok(Placeholder::Null),
        "count" => Ok(Placeholder::Count),
        "jwk" => Ok(Placeholder::Jwk(key()?)),
        "private-jwk" => Ok(Placeholder::PrivateJwk(key()?)),
        "x5c" => Ok(Placeholder::Certificate(key()?)),
        "upper" => changed("issuer", Some(Change::Upper)),
        "lower" => changed("issuer", Some(Change::Lower)),
        "other-scheme" => changed("issuer", Some(Change::OtherScheme)),
        "no-scheme" => changed("issuer", Some(Change::NoScheme)),
        "cut" => {
            changed("issuer,1", arguments.get(1).and_then(|n| n.parse().ok()).map(Change::Cut))
        }
        "replace" => changed(
            "issuer,http:,HTTP:",
            match arguments {
                [_, from, to] => Some(Change::Replace((*from).to_owned(), (*to).to_owned())),
                _ => None,
            },
        ),
        "filler" => Ok(Placeholder::Filler(count(MOST)?)),
        "digits" => Ok(Placeholder::Digits(count(MOST)?)),
        "nested" => Ok(Placeholder::Nested(count(MOST)?)),
        "token" => Ok(Placeholder::Token),
        "claims" => Ok(Placeholder::Claims),
        "header" => Ok(Placeholder::Header),
        _ => error(format!("unknown placeholder `@{name}`")),
    }
}

/// Reads `+60s-leeway…` after `now`.
fn terms(mut text: &str) -> Result<(Time, &str), Advised> {
    let mut time = Time::default();
    loop {
        let (sign, after) = match text.as_bytes().first() {
            Some(b'+') => (1, &text[1..]),
            Some(b'-') => (-1, &text[1..]),
            _ => return Ok((time, text)),
        };
        if let Some(rest) = after.strip_prefix("leeway") {
            time.leeways += sign;
            text = rest;
            continue;
        }
        let (seconds, rest) = duration(after)?;
        #[expect(clippy::cast_precision_loss, reason = "the sign is 1 or -1")]
        let sign = sign as f64;
        time.seconds += sign * seconds;
        text = rest;
    }
}

/// Reads the longest duration that a text begins with, in seconds; any text may follow.
fn duration(text: &str) -> Result<(f64, &str), Advised> {
    let within = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'.');
    let longest = text.bytes().take(LONGEST_DURATION).take_while(within).count();
    let found = (1..=longest).rev().find_map(|end| Some((parse_duration(&text[..end])?, end)));
    let Some((duration, end)) = found else {
        return advised(
            format!("`{text}` is not a duration"),
            "write a number and s, m, h or d, as in `@now+60s`",
        );
    };
    // 10,000 years either way is enough for any token.
    if duration.as_secs_f64() >= 3.2e11 {
        return error(format!("`{}` is not a duration of less than 10,000 years", &text[..end]));
    }
    Ok((duration.as_secs_f64(), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        template(text, Position::Value).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_say_what_to_write() {
        assert_eq!(
            message("@isuer"),
            "unknown placeholder `@isuer`\ndid you mean `@issuer`? write `@@` for a literal @"
        );
        assert_eq!(
            message("@now+5"),
            "`5` is not a duration\nwrite a number and s, m, h or d, as in `@now+60s`"
        );
        assert_eq!(
            message("@jwk(rs256-q)"),
            "unknown fixture key `rs256-q`\ndid you mean `rs256-a`?"
        );
        assert_eq!(message("@token"), "`@token` can be used in `request` only");
        assert!(message("@cut(issuer)").contains("write `@cut(issuer,1)`"));
        assert!(message("@filler(99999999999)").contains("is not a number from 0"));
        assert!(message("a@").contains("write `@@`"));
    }
}
