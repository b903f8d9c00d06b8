//! `--write-reasons`: a first `[reasons]` table, drafted from the messages of a target.

use std::collections::BTreeMap;
use std::path::Path;

use super::fail::Fail;
use jwtspec_engine::event::CaseResult;
use jwtspec_engine::message::{MARKS, Said};
use jwtspec_types::words::Reason;

/// Writes a draft for the messages that the target file does not map yet; returns their number.
pub(super) fn write(path: &Path, results: &[CaseResult]) -> Result<usize, Fail> {
    let (text, count) = draft(results.iter().flat_map(|result| &result.refusals));
    std::fs::write(path, text).map_err(|error| Fail::file("write the reasons", path, error))?;
    Ok(count)
}

/// The causes of each message, with their counts.
fn unmapped<'s>(
    refusals: impl Iterator<Item = &'s Said>,
) -> BTreeMap<String, BTreeMap<Reason, usize>> {
    let mut messages: BTreeMap<String, BTreeMap<Reason, usize>> = BTreeMap::new();
    for said in refusals {
        if let (None, Some(cause)) = (said.reason, said.cause) {
            *messages.entry(said.template().to_owned()).or_default().entry(cause).or_default() += 1;
        }
    }
    messages.remove("");
    messages
}

fn draft<'s>(refusals: impl Iterator<Item = &'s Said>) -> (String, usize) {
    let mut text = String::from(
        "# Drafted from a run: read each line before you keep it. Messages that came for several\n\
         # causes are left for you to decide.\n[reasons]\n",
    );
    let messages = unmapped(refusals);
    for (message, causes) in &messages {
        let mut counted: Vec<(&Reason, &usize)> = causes.iter().collect();
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let said: Vec<String> =
            counted.iter().map(|(cause, count)| format!("{cause} {count}")).collect();
        let Some((cause, _)) = counted.first() else { continue };
        let open = if counted.len() > 1 { "# " } else { "" };
        text.push_str(&format!(
            "{open}{} = \"{cause}\"  # {}\n",
            pattern(message),
            said.join(", ")
        ));
    }
    (text, messages.len())
}

/// A pattern that matches the message, as a TOML key: the text, or a regular expression where
/// parts of it vary.
fn pattern(message: &str) -> String {
    if !MARKS.iter().any(|mark| message.contains(mark)) {
        return quoted(message);
    }
    let mut expression = regex::escape(message);
    for mark in MARKS {
        expression = expression.replace(mark, ".*?");
    }
    quoted(&format!("/^{expression}/"))
}

fn quoted(key: &str) -> String {
    toml::Value::String(key.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_engine::message::Grade;

    fn said(cause: Reason, reason: Option<Reason>, message: &str) -> Said {
        Said {
            cause: Some(cause),
            reason,
            named: false,
            step: 0,
            message: message.to_owned(),
            shape: format!("401: {message}"),
            grade: Grade::default(),
            answer: String::new(),
        }
    }

    #[test]
    fn a_message_for_one_cause_is_mapped_and_one_for_several_is_left_open() {
        let refusals = [
            said(Reason::Expired, None, "too old"),
            said(Reason::Expired, None, "too old"),
            said(Reason::IssuerUnknown, None, "denied"),
            said(Reason::AudienceMismatch, None, "denied"),
            said(Reason::Malformed, Some(Reason::Malformed), "garbage"),
        ];
        let (text, count) = draft(refusals.iter());
        assert_eq!(count, 2);
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["reasons"].to_string(), "{ \"too old\" = \"expired\" }");
        assert!(text.contains("# \"denied\" = "), "{text}");
        assert!(text.contains("# expired 2"), "{text}");
    }

    #[test]
    fn what_varies_becomes_an_expression() {
        assert_eq!(pattern("Jwt is expired"), "\"Jwt is expired\"");
        let written = pattern("no key ‹value› (of ‹number›)");
        let table: toml::Table = format!("{written} = 1").parse().unwrap();
        let key = table.keys().next().unwrap();
        assert_eq!(key, r"/^no key .*? \(of .*?\)/");
    }
}
