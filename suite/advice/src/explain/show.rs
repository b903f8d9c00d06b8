//! Values of tokens and configurations as they are shown: short, and harmless on a terminal.

use serde_json::Value;

use jwtspec_mint::shorten_to;

/// Characters of the longest value that is shown whole; enough for any issuer.
const SHOWN: usize = 200;

/// A text as a JSON literal, which can be copied into a configuration.
pub(super) fn literal(text: &str) -> String {
    value(&Value::from(text))
}

/// A value as JSON, shortened in the middle, without characters that a terminal obeys.
pub(super) fn value(value: &Value) -> String {
    shorten_to(&harmless(&value.to_string()), SHOWN)
}

/// Several texts, each as a JSON literal.
pub(super) fn list<T: ToString>(texts: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = texts.into_iter().map(|text| literal(&text.to_string())).collect();
    match all.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] if all.len() <= 8 => format!("{} and {last}", first.join(", ")),
        many => format!("{} and {} more", many[..7].join(", "), many.len() - 7),
    }
}

/// The text with control and direction characters written as escapes.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let invisible = matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        if character.is_control() || invisible {
            shown += &format!("\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The first characters of a secret, enough to recognise what kind it is.
pub(super) fn beginning(secret: &str) -> String {
    let count = secret.chars().count();
    let shown: String = secret.chars().take(if count > 16 { 6 } else { 2 }).collect();
    format!("`{}…` ({count} characters)", harmless(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_harmless() {
        assert_eq!(literal("a\"b"), r#""a\"b""#);
        assert_eq!(literal("\u{202e}x\u{9b}"), "\"\\u{202e}x\\u{9b}\"");
        assert!(literal(&"x".repeat(10_000)).chars().count() < 250);
        assert_eq!(list(["a", "b", "c"]), "\"a\", \"b\" and \"c\"");
        assert_eq!(list([""; 0]), "none");
        assert_eq!(beginning("ghp_0123456789abcdefghij"), "`ghp_01…` (24 characters)");
    }
}
