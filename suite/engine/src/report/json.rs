//! The JSON report: a contract, with structs of its own.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::Run;
use super::closing::{mistakes, skips};
use super::describe::{
    comparison_text, expected, expected_text, meaning, observed, step_action, why,
};
use crate::diagnosis::Diagnosability;
use crate::event::{CaseResult, Choice, Ending, Summary};
use crate::message::Said;
use crate::plan::Unlock;
use jwtspec_types::words::{Finding, Level, Outcome, Reason};

/// Version of the JSON report. It grows by members; a number more means that one changed.
pub const REPORT_VERSION: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Always `jwtspec`.
    pub tool: String,
    /// Version of jwtspec.
    pub version: String,
    /// Version of this format.
    pub report: u32,
    /// The target.
    pub target: TargetEntry,
    /// The profile.
    pub profile: String,
    /// The number of scenarios with each outcome.
    pub summary: Summary,
    /// Patterns of deviations that match only what passes.
    pub stale_deviations: Vec<String>,
    /// The quality of refusals as diagnoses.
    #[serde(default)]
    pub diagnosability: Diagnosability,
    /// Each scenario, by id.
    pub results: Vec<ResultEntry>,
    /// Skipped scenarios, by what would let them run.
    #[serde(default)]
    pub skips: Vec<SkipsEntry>,
    /// The way in which the run ended.
    #[serde(default)]
    pub ending: Ending,
    /// The preflight, if it failed.
    #[serde(default)]
    pub preflight: Option<ResultEntry>,
    /// Mistakes that are not the verifier's, such as in the target file or of the driver, and the
    /// scenarios that each left unjudged.
    #[serde(default)]
    pub mistakes: Vec<MistakeEntry>,
    /// Patterns of deviations that name no finding, or whose why is still to be written.
    #[serde(default)]
    pub vague_deviations: Vec<String>,
}

/// A mistake on this side of the connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MistakeEntry {
    /// The mistake, in words.
    pub what: String,
    /// The ids of the scenarios that it left unjudged.
    pub ids: Vec<String>,
}

/// Skipped scenarios that the same would let run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkipsEntry {
    /// The change that would let them run.
    pub needs: Unlock,
    /// Their ids.
    pub ids: Vec<String>,
}

/// The target of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetEntry {
    /// Its name.
    pub name: String,
    /// Its version, if it says one.
    pub version: Option<String>,
}

/// One scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResultEntry {
    /// `topic/name`.
    pub id: String,
    /// The one thing that is special, in one line.
    pub title: String,
    /// The level at which it binds.
    pub level: Level,
    /// The outcome.
    pub outcome: Outcome,
    /// The finding, if anything is wrong.
    pub finding: Option<Finding>,
    /// The expectation of the step that decided.
    pub expected: String,
    /// The observation there.
    pub observed: String,
    /// Why the verifier rejected, where it says so.
    pub reason: Option<Reason>,
    /// The message of the verifier.
    pub message: Option<String>,
    /// Ids of the requirements.
    pub covers: Vec<String>,
    /// The refusals, with their messages.
    #[serde(default)]
    pub refusals: Vec<Said>,
    /// Each step that was done.
    pub steps: Vec<StepEntry>,
    /// The time that it took, in milliseconds.
    pub duration_ms: u64,
    /// Why it was skipped, or why its failure is known.
    pub why: Option<String>,
    /// True if the backend of the profile is known to depart so from the specifications.
    #[serde(default)]
    pub departs: bool,
    /// The meaning of the failure for people.
    pub meaning: Option<String>,
    /// A command line that repeats the request.
    pub curl: Option<String>,
    /// The answer.
    pub answer: Option<String>,
    /// The last choice of the verifier where both verdicts are allowed.
    pub choice: Option<Choice>,
    /// Its choices, in the order of the steps.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The finding that was met at first, and not when the scenario was tried again alone.
    #[serde(default)]
    pub flaky: Option<Finding>,
}

/// One step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepEntry {
    /// The action.
    pub what: String,
    /// The expectation.
    pub expected: String,
    /// The observation.
    pub observed: String,
    /// True if the observation is as expected.
    pub ok: bool,
}

impl From<&CaseResult> for ResultEntry {
    fn from(result: &CaseResult) -> Self {
        let evidence = result.evidence.as_ref();
        Self {
            id: result.id.clone(),
            title: result.title.clone(),
            level: result.level,
            outcome: result.outcome,
            finding: result.finding,
            expected: expected(result),
            observed: observed(result),
            reason: result.reason,
            message: result.message.clone(),
            covers: result.covers.clone(),
            refusals: result.refusals.clone(),
            steps: result
                .steps
                .iter()
                .map(|step| StepEntry {
                    what: step_action(step),
                    expected: expected_text(&step.comparison.expected),
                    observed: comparison_text(&step.comparison),
                    ok: step.is_ok(),
                })
                .collect(),
            duration_ms: u64::try_from(result.duration.as_millis()).unwrap_or(u64::MAX),
            why: why(result),
            departs: result.departs,
            meaning: meaning(result).map(str::to_owned),
            curl: evidence.map(|evidence| evidence.curl.clone()),
            answer: evidence.map(|evidence| evidence.answer.clone()),
            choice: result.choices.last().copied(),
            choices: result.choices.clone(),
            flaky: result.flaky,
        }
    }
}

/// Writes the JSON report.
pub(super) fn write(writer: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    let Run { info, summary, .. } = run;
    let report = Report {
        tool: "jwtspec".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        report: REPORT_VERSION,
        target: TargetEntry { name: info.target.clone(), version: info.version.clone() },
        profile: info.profile.clone(),
        summary: (*summary).clone(),
        stale_deviations: summary.stale_deviations.clone(),
        diagnosability: run.diagnosability(),
        results: run.results.iter().map(ResultEntry::from).collect(),
        skips: skips(run).into_iter().map(|(needs, ids)| SkipsEntry { needs, ids }).collect(),
        ending: summary.ending,
        preflight: run.preflight.map(ResultEntry::from),
        mistakes: mistakes_of(run),
        vague_deviations: summary.vague_deviations.clone(),
    };
    serde_json::to_writer_pretty(&mut *writer, &report)?;
    writeln!(writer)
}

/// The mistakes, with that which the preflight met.
fn mistakes_of(run: &Run<'_>) -> Vec<MistakeEntry> {
    let mut mistakes = mistakes(run);
    if let Some(mistake) = run.preflight.and_then(CaseResult::mistake) {
        mistakes.entry(mistake).or_default();
    }
    let ids = |unjudged: Vec<&CaseResult>| unjudged.iter().map(|it| it.id.clone()).collect();
    mistakes
        .into_iter()
        .map(|(mistake, unjudged)| MistakeEntry { what: mistake.to_string(), ids: ids(unjudged) })
        .collect()
}
