//! The JUnit report: a suite a topic, a test case a scenario.

use std::io::{self, Write};

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::describe::{expected, observed, why};
use super::failure::{Failure, Plain};
use super::{Reporter, messages};
use crate::diagnosis::Diagnosis;
use crate::event::{CaseResult, Event, RunInfo};
use jwtspec_types::words::Outcome;

/// Writes JUnit XML when the run ends.
pub struct Junit<W> {
    writer: W,
    info: Option<RunInfo>,
    results: Vec<CaseResult>,
}

impl<W: Write> Junit<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, info: None, results: Vec::new() }
    }

    fn end(&mut self, info: &RunInfo, stale: &[String]) -> io::Result<()> {
        self.results.sort_by(|a, b| a.id.cmp(&b.id));
        let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
        for result in &self.results {
            let (topic, name) = result.id.split_once('/').unwrap_or(("", &result.id));
            let class = format!("{}.{}.{topic}", info.target, info.profile);
            let suite = suites.entry(topic).or_insert_with(|| TestSuite::new(class.clone()));
            let mut case = TestCase::new(name, status(result));
            case.set_classname(class).set_time(result.duration);
            suite.add_test_case(case);
        }
        let mut report = Report::new(format!("jwtspec {}", info.target));
        report.add_test_suites(suites.into_values());
        if !stale.is_empty() {
            let mut suite = TestSuite::new(format!("{}.{}.deviations", info.target, info.profile));
            suite.add_test_cases(stale.iter().map(|pattern| {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type("stale-deviation").set_message("matches only what passes");
                TestCase::new(pattern.as_str(), status)
            }));
            report.add_test_suite(suite);
        }
        if let Some(suite) = self.messages(info) {
            report.add_test_suite(suite);
        }
        report.serialize(&mut self.writer).map_err(io::Error::other)?;
        self.writer.flush()
    }
}

impl<W> Junit<W> {
    /// The quality of refusals as diagnoses: a suite that never fails, with the confusion matrix in
    /// its output.
    fn messages(&self, info: &RunInfo) -> Option<TestSuite> {
        let mut diagnosis = Diagnosis::default();
        self.results.iter().for_each(|result| diagnosis.add(&result.refusals));
        let figures = diagnosis.figures();
        let mut lines = messages::figures(&figures);
        if lines.is_empty() {
            return None;
        }
        let matrix = messages::matrix(&figures);
        lines.extend(matrix.into_iter().map(|(message, causes)| format!("{causes}: {message}")));
        let name = format!("{}.{}.messages", info.target, info.profile);
        let mut case = TestCase::new("diagnosability", TestCaseStatus::success());
        case.set_classname(name.clone()).set_system_out(lines.join("\n"));
        let mut suite = TestSuite::new(name);
        suite.add_test_case(case);
        Some(suite)
    }
}

fn status(result: &CaseResult) -> TestCaseStatus {
    let failed = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        if let Some(finding) = result.finding {
            status.set_type(finding.as_str());
        }
        status
            .set_message(format!("expected {}, observed {}", expected(result), observed(result)))
            .set_description(Failure::new(result, Plain).to_string());
        status
    };
    let skipped = |kind: &str| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("{kind}: {}", why(result).unwrap_or_default()));
        status
    };
    match result.outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail => failed(NonSuccessKind::Failure),
        Outcome::Inconclusive => failed(NonSuccessKind::Error),
        Outcome::Deviation if result.departs => skipped("departure of the profile"),
        Outcome::Deviation => skipped("known deviation"),
        Outcome::Skip => skipped("skipped"),
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(info) => self.info = Some(info.clone()),
            Event::CaseFinished(result) => self.results.push((**result).clone()),
            Event::CaseStarted { .. }
            | Event::StepFinished { .. }
            | Event::TargetRestarted { .. } => {}
            Event::RunFinished(summary) => {
                if let Some(info) = self.info.clone() {
                    self.end(&info, &summary.stale_deviations)?;
                }
            }
        }
        Ok(())
    }
}
