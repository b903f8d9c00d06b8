//! The closing words of a run: what it does not speak of, and what it leaves open.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::mem::{Discriminant, discriminant};

use super::Run;
use super::describe::observed;
use crate::event::{CaseResult, Choice, Ending, Mistake, Remark, Why};
use crate::message::Leaked;
use crate::plan::{SkipReason, Unlock};
use jwtspec_types::words::{Finding, Outcome};

/// The scenarios that some mistake on this side of the connection left unjudged, by mistake.
pub(super) fn mistakes<'r>(run: &Run<'r>) -> BTreeMap<&'r Mistake, Vec<&'r CaseResult>> {
    let mut mistakes: BTreeMap<&Mistake, Vec<&CaseResult>> = BTreeMap::new();
    for result in run.results {
        if let Some(mistake) = result.mistake() {
            mistakes.entry(mistake).or_default().push(result);
        }
    }
    mistakes
}

/// The number of scenarios that a mistake left unjudged, and what was observed in the first.
pub(super) fn example(unjudged: &[&CaseResult]) -> String {
    let Some(first) = unjudged.first() else { return String::new() };
    let mut text = match unjudged.len() {
        1 => format!("1 scenario: {}", first.id),
        count => format!("{count} scenarios, such as {}", first.id),
    };
    let observed = observed(first);
    if !observed.is_empty() {
        // Writing into a string cannot fail.
        let _ = write!(text, ": {observed}");
    }
    text
}

/// The failures, those together that are one advice: the same kind of text that an answer must not
/// hold, seen in many scenarios. The first of each is the one to show.
pub(super) fn failures<'r>(run: &Run<'r>) -> Vec<(&'r CaseResult, Vec<&'r str>)> {
    let mut groups: Vec<(&CaseResult, Vec<&str>)> = Vec::new();
    for result in run.with_outcome(&[Outcome::Fail, Outcome::Inconclusive]) {
        if result.mistake().is_some() {
            continue;
        }
        let known = leaked(result).and_then(|kind| {
            groups.iter_mut().find(|(first, _)| {
                leaked(first) == Some(kind)
                    && (first.level, first.finding) == (result.level, result.finding)
            })
        });
        match known {
            Some((_, more)) => more.push(&result.id),
            None => groups.push((result, Vec::new())),
        }
    }
    groups
}

/// The kind of text that the answer holds and must not hold.
fn leaked(result: &CaseResult) -> Option<Discriminant<Leaked>> {
    match &result.decisive.as_ref()?.remark {
        Some(Remark::Holds(leaked)) if result.finding == Some(Finding::SecretLeaked) => {
            Some(discriminant(leaked))
        }
        _ => None,
    }
}

/// The scenarios by the choice that the verifier made where both verdicts are allowed.
pub(super) fn choices<'r>(run: &Run<'r>) -> Vec<(&'static str, Vec<&'r str>)> {
    let chose = |wanted: &[Choice]| -> Vec<&'r str> {
        let such = run.results.iter().filter(|result| result.choices == wanted);
        such.map(|result| result.id.as_str()).collect()
    };
    let both = |result: &&CaseResult| result.choices.len() > 1;
    let mixed = run.results.iter().filter(both).map(|result| result.id.as_str()).collect();
    [
        ("accepts", chose(&[Choice::Accept])),
        ("refuses", chose(&[Choice::Reject])),
        ("now accepts, now refuses", mixed),
    ]
    .into_iter()
    .filter(|(_, ids)| !ids.is_empty())
    .collect()
}

/// The skipped scenarios, by what would let them run.
pub(super) fn skips(run: &Run<'_>) -> BTreeMap<Unlock, Vec<String>> {
    let mut skips: BTreeMap<Unlock, Vec<String>> = BTreeMap::new();
    for result in run.results {
        if let Some(Why::Skipped(reason)) = &result.why {
            skips.entry(reason.unlock()).or_default().push(result.id.clone());
        }
    }
    skips
}

/// One line on what was not tested; nothing if everything was. First comes what a declaration or an
/// option would let run.
pub(super) fn not_tested(run: &Run<'_>) -> Option<String> {
    let skips = skips(run);
    let mut wants: Vec<(Unlock, usize)> =
        skips.iter().map(|(unlock, ids)| (*unlock, ids.len())).collect();
    wants.sort_by_key(|(unlock, count)| (unlock.is_another_kind(), std::cmp::Reverse(*count)));
    let wants: Vec<String> =
        wants.iter().map(|(unlock, count)| format!("{} ({count})", unlock.wanted())).collect();
    (!wants.is_empty()).then(|| format!("not tested, for want of {}", wants.join(", ")))
}

/// The way in which a run ended, if it did not run to its end.
pub(super) fn ending(run: &Run<'_>) -> Option<String> {
    let text = match run.summary.ending {
        Ending::Whole => return None,
        Ending::PreflightFailed => {
            "the target was not seen to tell a good token from a bad one: only what it accepts was \
             judged (`--no-preflight` runs every scenario)"
        }
        Ending::GivenUp => {
            "the target was given up: it left valid tokens, or their trust, without an answer"
        }
        Ending::NothingRun if run.summary.unjudged > 0 => {
            "nothing was tested: mistakes that are not the verifier's left every scenario unjudged"
        }
        Ending::NothingRun => "nothing was tested: every scenario was skipped",
    };
    Some(match under_way(run).as_slice() {
        [] => text.to_owned(),
        ids => format!(
            "{text}; under way when it fell silent (`--jobs 1` names the one it fell silent of): {}",
            ids.join(" ")
        ),
    })
}

/// The ids of the scenarios that were under way when the target fell silent.
fn under_way<'r>(run: &Run<'r>) -> Vec<&'r str> {
    let is_such =
        |result: &&CaseResult| matches!(result.why, Some(Why::Skipped(SkipReason::UnderWay)));
    run.results.iter().filter(is_such).map(|result| result.id.as_str()).collect()
}
