//! Text for people: bounded, and without characters that change how the rest of it is shown.

use std::borrow::Cow;

/// The room for the note that a text was cut.
const NOTE_BYTES: usize = 40;

/// Returns true for a character that is not seen, or that changes how others are shown: control
/// characters other than line feed and tab, line separators, characters without width, and the
/// direction controls of Unicode's UAX #9.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => character.is_control(),
    }
}

/// The characters that stand for one: itself, or `\u{202e}`.
pub fn shown(character: char) -> impl DoubleEndedIterator<Item = char> {
    let escape = is_hidden(character).then(|| character.escape_unicode().collect::<Vec<_>>());
    escape.unwrap_or_else(|| vec![character]).into_iter()
}

/// A text with its hidden characters as escapes.
pub fn visible(text: &str) -> Cow<'_, str> {
    match text.chars().any(is_hidden) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(text.chars().flat_map(shown).collect()),
    }
}

/// A text of no more than `most` bytes, with its hidden characters as escapes. The middle of a
/// longer one is left out.
pub fn bounded(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        let whole = visible(text);
        if whole.len() <= most {
            return whole;
        }
    }
    Cow::Owned(without_middle(text, most, |character| shown(character).collect()))
}

/// A text of no more than `most` bytes, its characters as they are. The middle of a longer one is
/// left out.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.len() <= most {
        true => Cow::Borrowed(text),
        false => Cow::Owned(without_middle(text, most, |character| vec![character])),
    }
}

fn without_middle(text: &str, most: usize, show: impl Fn(char) -> Vec<char>) -> String {
    let room = most.saturating_sub(NOTE_BYTES);
    let (head, from_start) = fill(text.chars(), room - room / 3, &show);
    let (tail, from_end) = fill(text.chars().rev(), room / 3, &show);
    let tail: String = tail.into_iter().rev().map(String::from_iter).collect();
    let head: String = head.into_iter().map(String::from_iter).collect();
    let left_out = text.len().saturating_sub(from_start + from_end);
    format!("{head} … {left_out} bytes … {tail}")
}

/// As many characters as fit into some bytes, as they are shown, and the bytes that they have in
/// the text.
fn fill(
    characters: impl Iterator<Item = char>,
    most: usize,
    show: impl Fn(char) -> Vec<char>,
) -> (Vec<Vec<char>>, usize) {
    let (mut parts, mut used, mut taken) = (Vec::new(), 0, 0);
    for character in characters {
        let part = show(character);
        used += part.iter().map(|it| it.len_utf8()).sum::<usize>();
        if used > most {
            break;
        }
        taken += character.len_utf8();
        parts.push(part);
    }
    (parts, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_written_out() {
        assert_eq!(visible("a\u{202e}b\u{1b}[1m\tc\n"), "a\\u{202e}b\\u{1b}[1m\tc\n");
        assert_eq!(visible("\u{2028}\u{200b}\r\u{85}"), r"\u{2028}\u{200b}\u{d}\u{85}");
        assert!(matches!(visible("Übergröße, 漢字, 🙂"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_long_text_is_cut_in_the_middle() {
        assert_eq!(
            (bounded("short", 100), cut("a\u{202e}", 100)),
            ("short".into(), "a\u{202e}".into())
        );
        let long = format!("start{}end", "x".repeat(10_000));
        let short = bounded(&long, 100);
        assert!(short.len() <= 100, "{short}");
        assert!(short.starts_with("startx") && short.ends_with("xend"), "{short}");
        assert!(short.contains(" … 9948 bytes … "), "{short}");
        for text in ["\u{202e}".repeat(500), "漢".repeat(500), "🙂".repeat(30)] {
            assert!(bounded(&text, 100).len() <= 100 && cut(&text, 100).len() <= 100);
        }
    }
}
