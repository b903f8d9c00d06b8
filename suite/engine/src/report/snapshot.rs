//! Snapshots of error output: what was answered to each token that was refused, by topic.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use crate::event::CaseResult;
use jwtspec_types::text::visible;

/// The text of a snapshot for each topic.
///
/// Answers of one scenario that are equal, or differ only in numbers after the status, are shown
/// once, with hidden characters as escapes. Scenarios in which nothing was refused are left out.
pub fn snapshots(results: &[CaseResult]) -> BTreeMap<String, String> {
    let mut sorted: Vec<&CaseResult> =
        results.iter().filter(|result| !result.refusals.is_empty()).collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut topics: BTreeMap<String, String> = BTreeMap::new();
    for result in sorted {
        let (topic, name) = result.id.split_once('/').unwrap_or(("", &result.id));
        let text = topics.entry(topic.to_owned()).or_default();
        // Writing into a string cannot fail.
        let _ = writeln!(text, "## {name}: {}\n", visible(&result.title));
        let mut shown = HashSet::new();
        for said in &result.refusals {
            if shown.insert(without_numbers(&said.answer)) {
                let _ = writeln!(text, "{}", visible(&said.answer));
            }
        }
    }
    topics
}

/// The answer with each number after its status line replaced by `#`.
fn without_numbers(answer: &str) -> String {
    let (status, rest) = answer.split_once('\n').unwrap_or((answer, ""));
    let mut text = format!("{status}\n");
    let mut digits = false;
    for character in rest.chars() {
        if !character.is_ascii_digit() {
            text.push(character);
        } else if !digits {
            text.push('#');
        }
        digits = character.is_ascii_digit();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_after_the_status_do_not_tell_answers_apart() {
        let answer = |text| without_numbers(text);
        assert_eq!(answer("401\nkid-2 of 10"), answer("401\nkid-49 of 7"));
        assert_ne!(answer("401\nkid-2"), answer("403\nkid-2"));
        assert_ne!(answer("401\nkid-2"), answer("401\nkid-"));
    }
}
