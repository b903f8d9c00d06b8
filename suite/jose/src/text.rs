//! Quotes values that an attacker may have chosen.

use serde_json::Value;

/// Characters of a value that are shown; enough for an issuer's URL, too few for a token.
const SHOWN: usize = 80;

/// A received text: shortened, and without characters that a log or page would interpret (control
/// and direction characters, quotes, markup).
pub fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    for character in text.chars().take(SHOWN) {
        match character {
            '<' | '>' | '&' | '"' | '\'' | '`' | '\\' => shown.extend(character.escape_unicode()),
            ' '..='~' => shown.push(character),
            _ if character.is_alphanumeric() => shown.push(character),
            _ => shown.extend(character.escape_unicode()),
        }
    }
    shown.push('`');
    let hidden = text.chars().count().saturating_sub(SHOWN);
    if hidden > 0 {
        shown += &format!(" (and {hidden} more characters)");
    }
    shown
}

/// Several received or configured texts.
pub fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = texts.into_iter().map(quoted).collect();
    match all.as_slice() {
        [] => "nothing".to_owned(),
        [first @ .., last] if !first.is_empty() && all.len() <= 6 => {
            format!("{} and {last}", first.join(", "))
        }
        [only] => only.clone(),
        many => format!("{} and {} more", many[..5].join(", "), many.len() - 5),
    }
}

/// The type of a JSON value, with its article.
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_harmless_and_short() {
        assert_eq!(quoted("https://a.example/é"), "`https://a.example/é`");
        assert_eq!(quoted("<b>\r\n\u{202e}"), r"`\u{3c}b\u{3e}\u{d}\u{a}\u{202e}`");
        assert!(quoted(&"x".repeat(1000)).len() < 120);
        assert_eq!(quoted_list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(quoted_list(["a"; 9]), "`a`, `a`, `a`, `a`, `a` and 4 more");
    }
}
