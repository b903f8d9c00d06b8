//! The JSON report: a contract, with structs of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reporter;
use super::describe::{
    expected, meaning, observed, step_action, step_expected, step_observed, why,
};
use crate::diagnosis::{Diagnosability, Diagnosis};
use crate::event::{CaseResult, Choice, Event, RunInfo, Summary, Why};
use crate::message::Said;
use crate::plan::Unlock;
use jwtspec_types::words::{Finding, Level, Outcome, Reason};

/// Version of the JSON report. It grows by members; a number more means that one changed.
pub const REPORT_VERSION: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
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
    pub summary: Sums,
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
}

/// Skipped scenarios that the same would let run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SkipsEntry {
    /// The change that would let them run.
    pub needs: Unlock,
    /// Their ids.
    pub ids: Vec<String>,
}

/// The target of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct TargetEntry {
    /// Its name.
    pub name: String,
    /// Its version, if it says one.
    pub version: Option<String>,
}

/// The number of scenarios with each outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Sums {
    /// As expected.
    pub pass: usize,
    /// Not as expected.
    pub fail: usize,
    /// Not as expected, and known.
    pub deviation: usize,
    /// Of those, departures of the backend of the profile from the specifications.
    #[serde(default)]
    pub departures: usize,
    /// Not run.
    pub skip: usize,
    /// Nothing proven.
    pub inconclusive: usize,
}

/// One scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
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
    /// The choice of the verifier where both verdicts are allowed.
    pub choice: Option<Choice>,
}

/// One step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
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
                    expected: step_expected(step),
                    observed: step_observed(step),
                    ok: step.is_ok(),
                })
                .collect(),
            duration_ms: u64::try_from(result.duration.as_millis()).unwrap_or(u64::MAX),
            why: why(result),
            departs: result.departs,
            meaning: meaning(result).map(str::to_owned),
            curl: evidence.map(|evidence| evidence.curl.clone()),
            answer: evidence.map(|evidence| evidence.answer.clone()),
            choice: result.choice,
        }
    }
}

impl Report {
    fn new(
        info: &RunInfo,
        summary: &Summary,
        diagnosability: Diagnosability,
        mut results: Vec<ResultEntry>,
        skips: Vec<SkipsEntry>,
    ) -> Self {
        results.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            tool: "jwtspec".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            report: REPORT_VERSION,
            target: TargetEntry { name: info.target.clone(), version: info.version.clone() },
            profile: info.profile.clone(),
            summary: Sums {
                pass: summary.pass,
                fail: summary.fail,
                deviation: summary.deviation,
                departures: summary.departures,
                skip: summary.skip,
                inconclusive: summary.inconclusive,
            },
            stale_deviations: summary.stale_deviations.clone(),
            diagnosability,
            results,
            skips,
        }
    }
}

/// Writes the JSON report when the run ends; a report that is cut short is not valid JSON.
pub struct Json<W> {
    writer: W,
    info: Option<RunInfo>,
    results: Vec<ResultEntry>,
    skips: BTreeMap<Unlock, BTreeSet<String>>,
    diagnosis: Diagnosis,
}

impl<W: Write> Json<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        let (results, skips) = (Vec::new(), BTreeMap::new());
        Self { writer, info: None, results, skips, diagnosis: Diagnosis::default() }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(info) => self.info = Some(info.clone()),
            Event::CaseFinished(result) => {
                self.diagnosis.add(&result.refusals);
                if let Some(Why::Skipped(reason)) = &result.why {
                    self.skips.entry(reason.unlock()).or_default().insert(result.id.clone());
                }
                self.results.push(ResultEntry::from(&**result));
            }
            Event::CaseStarted { .. }
            | Event::StepFinished { .. }
            | Event::TargetRestarted { .. } => {}
            Event::RunFinished(summary) => {
                if let Some(info) = &self.info {
                    let figures = self.diagnosis.figures();
                    let results = std::mem::take(&mut self.results);
                    let skips = std::mem::take(&mut self.skips).into_iter();
                    let skips = skips
                        .map(|(needs, ids)| SkipsEntry { needs, ids: ids.into_iter().collect() });
                    let report = Report::new(info, summary, figures, results, skips.collect());
                    serde_json::to_writer_pretty(&mut self.writer, &report)?;
                    writeln!(self.writer)?;
                    self.writer.flush()?;
                }
            }
        }
        Ok(())
    }
}
