//! The JUnit report: a suite a topic, a test case a scenario.

use std::io::{self, Write};

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::describe::{expected, observed, why};
use super::failure::Failure;
use super::preflight::preflight_text;
use super::{Run, closing, messages};
use crate::event::CaseResult;
use jwtspec_types::words::Outcome;

/// Writes JUnit XML.
pub(super) fn write(writer: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    let suite_name = |topic: &str| format!("{}.{}.{topic}", run.info.target, run.info.profile);
    let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
    for result in run.results {
        let (topic, name) = result.id.split_once('/').unwrap_or(("", &result.id));
        let suite = suites.entry(topic).or_insert_with(|| TestSuite::new(suite_name(topic)));
        let mut case = TestCase::new(name, status(result));
        case.set_classname(suite_name(topic)).set_time(result.duration);
        suite.add_test_case(case);
    }
    let mut report = Report::new(format!("jwtspec {}", run.info.target));
    report.add_test_suites(suites.into_values());
    let stale = &run.summary.stale_deviations;
    if !stale.is_empty() {
        let mut suite = TestSuite::new(suite_name("deviations"));
        suite.add_test_cases(stale.iter().map(|pattern| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("stale-deviation").set_message("matches only what passes");
            TestCase::new(pattern.as_str(), status)
        }));
        report.add_test_suite(suite);
    }
    if let Some(ending) = closing::ending(run) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(ending);
        if let Some(preflight) = run.preflight {
            status.set_description(preflight_text(preflight));
        }
        let mut suite = TestSuite::new(suite_name("run"));
        suite.add_test_case(TestCase::new("whole", status));
        report.add_test_suite(suite);
    }
    let choices = closing::choices(run);
    if !choices.is_empty() {
        let lines = choices.into_iter().map(|(chosen, ids)| format!("{chosen}: {}", ids.join(" ")));
        let name = suite_name("choices");
        let mut case = TestCase::new("choices", TestCaseStatus::success());
        case.set_classname(name.clone()).set_system_out(lines.collect::<Vec<_>>().join("\n"));
        let mut suite = TestSuite::new(name);
        suite.add_test_case(case);
        report.add_test_suite(suite);
    }
    // The quality of refusals as diagnoses: a suite that never fails, with the confusion matrix in
    // its output.
    let figures = run.diagnosability();
    let mut lines = messages::figures(&figures);
    if !lines.is_empty() {
        let matrix = messages::matrix(&figures);
        lines.extend(matrix.into_iter().map(|(message, causes)| format!("{causes}: {message}")));
        let name = suite_name("messages");
        let mut case = TestCase::new("diagnosability", TestCaseStatus::success());
        case.set_classname(name.clone()).set_system_out(lines.join("\n"));
        let mut suite = TestSuite::new(name);
        suite.add_test_case(case);
        report.add_test_suite(suite);
    }
    report.serialize(writer).map_err(io::Error::other)
}

fn status(result: &CaseResult) -> TestCaseStatus {
    let failed = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        if let Some(finding) = result.finding {
            status.set_type(finding.as_str());
        }
        status
            .set_message(match result.mistake() {
                Some(mistake) => mistake.to_string(),
                None => format!("expected {}, observed {}", expected(result), observed(result)),
            })
            .set_description(Failure::plain(result).to_string());
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
