//! Snapshots of error output: what was answered to each token that was refused, by topic.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::event::CaseResult;

/// The text of a snapshot for each topic.
///
/// Equal answers to one step are shown once. Scenarios in which nothing was refused are left out.
pub fn snapshots(results: &[CaseResult]) -> BTreeMap<String, String> {
    let mut sorted: Vec<&CaseResult> =
        results.iter().filter(|result| !result.refusals.is_empty()).collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut topics: BTreeMap<String, String> = BTreeMap::new();
    for result in sorted {
        let (topic, name) = result.id.split_once('/').unwrap_or(("", &result.id));
        let text = topics.entry(topic.to_owned()).or_default();
        // Writing into a string cannot fail.
        let _ = writeln!(text, "## {name}: {}\n", result.title);
        let mut last: Option<(usize, &str)> = None;
        for said in &result.refusals {
            let this = (said.step, said.answer.as_str());
            if last != Some(this) {
                let _ = writeln!(text, "{}", said.answer);
            }
            last = Some(this);
        }
    }
    topics
}
