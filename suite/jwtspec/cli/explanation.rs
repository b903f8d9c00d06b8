//! An explanation for people.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};

use jwtspec_advice::explain::{
    CheckOutcome, CheckShown, Explanation, Fetched, NearMiss, Verdict, shown_member,
};

/// Columns of running text.
const WIDTH: usize = 96;
/// Where text begins behind the headings on the left.
const MARGIN: usize = 10;

pub(super) fn render_explanation(explanation: &Explanation) -> String {
    let mut page = Page::default();
    page.token(explanation);
    page.trust(explanation);
    page.fetched(&explanation.fetched);
    page.checks(&explanation.checks);
    page.verdict(explanation);
    let noticed: Vec<&NearMiss> = explanation.noticed().collect();
    page.noticed(&noticed);
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// A line behind a heading, which only the first line of a group has.
    fn line(&mut self, heading: &str, text: &str) {
        let bold = Style::new().bold();
        let space = " ".repeat(MARGIN.saturating_sub(heading.len()));
        let _ = writeln!(self.text, "{bold}{heading}{bold:#}{space}{text}");
    }

    fn lines(&mut self, heading: &str, lines: impl IntoIterator<Item = String>) {
        for (index, line) in lines.into_iter().enumerate() {
            self.line(if index == 0 { heading } else { "" }, &line);
        }
    }

    fn token(&mut self, explanation: &Explanation) {
        let input = &explanation.input;
        let segments = if input.segments == 1 { "segment" } else { "segments" };
        let mut lines =
            vec![format!("{} {segments}, {} characters", input.segments, input.characters)];
        if !input.taken_from.is_empty() {
            let steps = input.taken_from.join(", and there from ");
            lines.extend(wrapped(&format!("taken from {steps}"), WIDTH - MARGIN));
        }
        lines.extend(input.notes.iter().flat_map(|note| wrapped(note, WIDTH - MARGIN)));
        lines.extend(input.signature.iter().map(|signature| format!("signature {signature}")));
        self.lines("token", lines);
        self.lines("header", input.header.iter().flat_map(|header| members(header, explanation)));
        self.lines("claims", input.claims.iter().flat_map(|claims| members(claims, explanation)));
        self.line("time", &explanation.now);
    }

    fn trust(&mut self, explanation: &Explanation) {
        let trust = &explanation.trust;
        let mut lines = vec![match trust.form {
            "convex" => format!("{} (providers of a Convex `auth.config`)", trust.file),
            _ => trust.file.clone(),
        }];
        let claims = explanation.input.claims.as_ref();
        let names_issuer = claims.is_some_and(|claims| claims.contains_key("iss"));
        for provider in &trust.providers {
            let audiences = match provider.audiences.as_slice() {
                [] => "any audience".to_owned(),
                some => format!("audience {}", some.join(", ")),
            };
            let another = names_issuer && !provider.named;
            let named = if another { " (not the one that `iss` names)" } else { "" };
            lines.push(format!("issuer {}{named}", provider.issuer));
            lines.push(format!(
                "  {audiences}; {}; {}",
                provider.algorithms.join(", "),
                provider.keys
            ));
        }
        if trust.providers.is_empty() {
            lines.push("no provider".to_owned());
        }
        for assumption in &trust.assumptions {
            lines.extend(wrapped(&format!("assumed: {assumption}"), WIDTH - MARGIN));
        }
        self.lines("trust", lines);
    }

    fn fetched(&mut self, fetched: &[Fetched]) {
        let lines = fetched.iter().map(|it| {
            let answer = match (it.status, it.how) {
                (Some(status), _) => {
                    let kind = it.content_type.as_deref().unwrap_or("no content type");
                    format!("{status} {kind}")
                }
                (None, "fetched") => "no answer".to_owned(),
                (None, how) => how.to_owned(),
            };
            let what = it.what;
            format!("{what}: {answer}, {}", it.url)
        });
        self.lines("fetched", lines);
    }

    fn checks(&mut self, checks: &[CheckShown]) {
        let bold = Style::new().bold();
        let dimmed = Style::new().dimmed();
        let _ = writeln!(self.text, "\n{bold}checks{bold:#}");
        let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
        let first = checks.iter().position(|check| check.outcome == CheckOutcome::Failed);
        for (index, check) in checks.iter().enumerate() {
            let name = check.name;
            let (word, colour) = match check.outcome {
                CheckOutcome::Passed => ("ok", AnsiColor::Green),
                CheckOutcome::Failed if Some(index) == first => ("FAIL", AnsiColor::Red),
                CheckOutcome::Failed => ("fail", AnsiColor::Red),
                CheckOutcome::NotAsked => ("?", AnsiColor::Yellow),
            };
            let style = Style::new().fg_color(Some(colour.into()));
            let (expected, actual) = (&check.expected, &check.actual);
            let _ = write!(self.text, "  {style}{word:<4}{style:#}  {name:<width$}  ");
            let space = " ".repeat(width + 10);
            let _ = match check.outcome {
                CheckOutcome::Passed if actual == expected => {
                    writeln!(self.text, "{actual} {dimmed}(as expected){dimmed:#}")
                }
                CheckOutcome::Passed => {
                    writeln!(self.text, "{actual} {dimmed}(expected: {expected}){dimmed:#}")
                }
                CheckOutcome::NotAsked => writeln!(
                    self.text,
                    "{dimmed}not asked: {}{dimmed:#}",
                    check.message.as_deref().unwrap_or_default()
                ),
                CheckOutcome::Failed => {
                    let about = check.about;
                    writeln!(
                        self.text,
                        "{about}\n{space}expected  {expected}\n{space}actual    {actual}"
                    )
                }
            };
        }
    }

    fn verdict(&mut self, explanation: &Explanation) {
        let (word, colour) = match explanation.verdict {
            Verdict::Accepted => ("accepted", AnsiColor::Green),
            Verdict::Refused => ("refused", AnsiColor::Red),
            Verdict::Undecided => ("undecided", AnsiColor::Yellow),
        };
        let style = Style::new().fg_color(Some(colour.into())).bold();
        let first = explanation.first_failure.as_ref();
        let text = match (explanation.verdict, first) {
            (Verdict::Undecided, Some(first)) => {
                format!("the keys could not be had (`{}`)", first.check)
            }
            (_, Some(first)) => {
                let reason = first.reason.map(|reason| format!(", {reason}")).unwrap_or_default();
                format!("the first check that fails is `{}`{reason}", first.check)
            }
            (_, None) => "every check passes".to_owned(),
        };
        let space = " ".repeat(MARGIN.saturating_sub(word.len()).max(1));
        let _ = writeln!(self.text, "\n{style}{word}{style:#}{space}{text}");
        if let Some(cause) = &explanation.cause {
            self.lines("cause", wrapped(cause, WIDTH - MARGIN));
        }
        match explanation.side_about() {
            Some(side) => self.line("change", side),
            None if explanation.advice.is_empty() => {}
            None => self.line("do", "one of these"),
        }
        self.advice(&explanation.advice);
        if let Some(text) = &explanation.once_fixed {
            self.lines("then", wrapped(text, WIDTH - MARGIN));
        }
    }

    fn advice(&mut self, advice: &[String]) {
        for (index, advice) in advice.iter().enumerate() {
            let lines = wrapped(advice, WIDTH - MARGIN - 3);
            for (line_index, line) in lines.iter().enumerate() {
                let number = match line_index {
                    0 => format!("{}. ", index + 1),
                    _ => "   ".to_owned(),
                };
                self.line("", &format!("{number}{line}"));
            }
        }
    }

    fn noticed(&mut self, noticed: &[&NearMiss]) {
        if noticed.is_empty() {
            return;
        }
        let bold = Style::new().bold();
        let _ = writeln!(self.text, "\n{bold}also noticed{bold:#}");
        for miss in noticed {
            let lines = wrapped(&format!("({}) {}", miss.side, miss.text), WIDTH - 4);
            for (index, line) in lines.iter().enumerate() {
                let bullet = if index == 0 { "-" } else { " " };
                let _ = writeln!(self.text, "  {bullet} {line}");
            }
        }
    }
}

fn members(members: &Map<String, Value>, explanation: &Explanation) -> Vec<String> {
    members.iter().map(|(name, value)| shown_member(name, value, explanation)).collect()
}

/// A text in lines of at most so many columns; a word that is longer has a line of its own. A
/// member of JSON is not parted from its value, so that both can be copied at once.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let length = line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && length > width {
            let member = line.rfind(' ').filter(|_| line.ends_with("\":"));
            let rest = member.map(|place| line.split_off(place).trim_start().to_owned());
            lines.push(std::mem::take(&mut line));
            line = rest.unwrap_or_default();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_wrapped_between_words() {
        assert_eq!(wrapped("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrapped("", 6), [""]);
        assert_eq!(wrapped("write \"a\": \"bbb\"", 12), ["write", "\"a\": \"bbb\""]);
        assert_eq!(wrapped("longer-than-that x", 6), ["longer-than-that", "x"]);
    }
}
