//! Texts that reports must not show whole: tokens, cookies, and text that looks like one.

use jwtspec_jose::quoted;

/// A run of this many characters, without a space or a slash, is taken for a secret.
const LONG: usize = 24;
/// So many characters of it are shown.
const SHOWN: usize = 4;
/// Characters of a message that are shown.
const MESSAGE: usize = 200;
/// Shorter values are too common to be looked for.
const LEAST: usize = 4;

/// Texts that are known to be secret.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Remembers a secret, the values of its cookies, or the credential behind its scheme, included.
    pub(super) fn add(&mut self, text: &str) {
        let parts = text.split(';').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
        let credential =
            text.split_once(' ').map(|(_scheme, rest)| rest).filter(|_| !text.contains(';'));
        for part in [text].into_iter().chain(parts).chain(credential) {
            let part = part.trim();
            if part.len() >= LEAST && !self.0.iter().any(|known| known == part) {
                self.0.push(part.to_owned());
            }
        }
        // The longest first, so that none is left over in parts.
        self.0.sort_by_key(|known| std::cmp::Reverse(known.len()));
    }

    /// A text without secrets.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            text = text.replace(secret, "[secret]");
        }
        hide_runs(&text)
    }

    /// A message for people, on one line: longer than what is quoted, without what could change how
    /// the rest is shown.
    pub(super) fn say(&self, text: &str) -> String {
        let text = self.hide(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let line = words.join(" ");
        let mut said: String = line
            .chars()
            .take(MESSAGE)
            .flat_map(|c| match c.is_control() || ('\u{200b}'..='\u{206f}').contains(&c) {
                true => c.escape_unicode().collect::<Vec<char>>(),
                false => vec![c],
            })
            .collect();
        if line.chars().nth(MESSAGE).is_some() {
            said.push('…');
        }
        said
    }

    /// A received text, as it can be shown.
    pub(super) fn quote(&self, text: &str) -> String {
        quoted(self.hide(text).trim()).replace("\\u{2026}", "…")
    }
}

/// Shortens what looks like a token, a key or a sealed cookie.
fn hide_runs(text: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "-_.~+=*%".contains(c);
    // A piece is a run with the character behind it, or that character alone.
    let shown = text.split_inclusive(|c| !belongs(c)).map(|piece| {
        let run = piece.trim_end_matches(|c| !belongs(c));
        match run.len() >= LONG {
            true => format!("{}…{}", &run[..SHOWN], &piece[run.len()..]),
            false => piece.to_owned(),
        }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_shown_whole() {
        let mut secrets = Secrets::default();
        secrets.add("session=hush1; theme=d");
        secrets.add("Bearer hush2");
        assert_eq!(secrets.hide("hush1, hush2, theme=d"), "[secret], [secret], theme=d");
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl";
        assert_eq!(secrets.hide(&format!("got {token}!")), "got eyJh…!");
        assert_eq!(
            secrets.hide("at /usr/lib/node_modules/x.js:3"),
            "at /usr/lib/node_modules/x.js:3"
        );
        assert_eq!(secrets.hide("é…"), "é…");
        assert_eq!(secrets.say(" no\n hush1 \u{1b}[31m"), "no [secret] \\u{1b}[31m");
        assert_eq!(secrets.say(&"no ".repeat(100)).chars().count(), MESSAGE + 1);
    }
}
