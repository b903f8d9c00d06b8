//! The language of sources and docs.

use std::path::Path;

use super::source::files;
use crate::support::in_repository;

/// Words that hide the actor.
const UNPLAIN: [&str; 5] = [
    concat!("no", "body"),
    concat!("who", "ever"),
    concat!("some", "body"),
    concat!("every", "body"),
    concat!("who", "m"),
];

/// Texts that may have such a word: ids of rules.
const EXCEPTIONS: [&str; 2] = [concat!("source-no", "body"), concat!("forced-no", "body")];

/// The lines of sources and docs with an unplain word, each with its place.
pub(super) fn unplain() -> Vec<String> {
    let root = in_repository("");
    let mut found = Vec::new();
    for file in ["rs", "md"].iter().flat_map(|extension| files(&root, extension)) {
        for (number, line) in super::read(&file).lines().enumerate() {
            let mut small = line.to_lowercase();
            for exception in EXCEPTIONS {
                small = small.replace(exception, "");
            }
            let mut words = small.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            if words.any(|word| UNPLAIN.contains(&word)) {
                let place = file.strip_prefix(&root).unwrap_or(&file).display();
                found.push(format!("{place}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

/// The number of doc comments below a folder, and those that open with a question word.
pub(super) fn doc_comments(folder: &Path) -> (usize, Vec<String>) {
    let (mut all, mut openers) = (0, Vec::new());
    for file in files(folder, "rs") {
        let mut above = false;
        for (number, line) in super::read(&file).lines().enumerate() {
            let line = line.trim_start();
            let text = ["///", "//!"].iter().find_map(|mark| line.strip_prefix(mark));
            if let Some(text) = text.filter(|_| !above) {
                all += 1;
                let first = text.split_whitespace().next().unwrap_or_default();
                if ["What", "Whether", "How"].contains(&first) {
                    openers.push(format!("{}:{}: {line}", file.display(), number + 1));
                }
            }
            above = text.is_some();
        }
    }
    (all, openers)
}
