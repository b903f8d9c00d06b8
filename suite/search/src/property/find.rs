//! Finds: a result to report, and a scenario to keep.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::TestCase;
use super::presented::{Answers, Presented};
use super::presenter::Presenter;
use super::rule::meaning_of;
use super::table::Property;
use super::verdict::Suspicion;
use crate::generate::SetupSpec;
use jwtspec_engine::event::{CaseResult, Comparison, Evidence, Expected};
use jwtspec_engine::judge::observed;
use jwtspec_engine::report;
use jwtspec_engine::run::{answer_text, new_result};
use jwtspec_engine::scenario::{Expect, Need, Presentation, Scenario, Step, WriteError, write};
use jwtspec_engine::target::{End, Observation, Verdict};
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Finding, Level, Outcome};

/// A confirmed failure, shrunk.
#[derive(Clone, Debug)]
pub struct Find {
    /// `property/PROPERTY--DIFFERENCES--FINDING` and what it breaks, by which finds are told apart.
    pub id: String,
    /// Which property does not hold.
    pub property: &'static str,
    /// The kind of failure.
    pub finding: Finding,
    /// The smallest case that shows it.
    pub test_case: TestCase,
    /// The scenario that shows it again.
    pub scenario: Scenario,
    /// The result for reports.
    pub result: CaseResult,
    /// The number of further cases that showed the same.
    pub repeats: usize,
    /// The differences by which further cases are recognised.
    slugs: BTreeSet<String>,
    /// The requirements that an acceptance breaks, likewise.
    broken: Vec<RequirementId>,
}

impl Find {
    /// The find that a case shows.
    pub fn new(
        presenter: &Presenter,
        property: &'static Property,
        test_case: TestCase,
        suspicion: &Suspicion,
        presented: &Answers,
    ) -> Self {
        let setup = presenter.setup(test_case.setup);
        let shown = presented.get(suspicion.step).and_then(|tokens| tokens.get(suspicion.token));
        let slugs = test_case.slugs();
        let slug = slug(&property.id, &slugs, test_case.setup, suspicion, shown);
        let rule = Rule {
            name: format!("{slug}/{}", suspicion.finding),
            title: property.rule(suspicion.finding).to_owned(),
            covers: property.broken_requirements(suspicion, setup, shown),
        };
        let mut scenario = scenario(rule, setup, &test_case, suspicion, presented);
        scenario.level = suspicion.level.unwrap_or(scenario.level);
        let mut result = new_result(&scenario, scenario.level);
        result.id = format!("property/{slug}");
        result.outcome = Outcome::Fail;
        result.finding = Some(suspicion.finding);
        if let Some(presented) = shown {
            result.decisive = Some(Comparison {
                remark: suspicion.remark.as_deref().cloned(),
                ..Comparison::new(
                    Expected::Verdict(suspicion.expect.clone()),
                    observed(&presented.verdict, &presented.observation),
                )
            });
            if let Verdict::Reject { reason, message } = &presented.verdict {
                (result.reason, result.message) = (*reason, Some(message.clone()));
            }
            result.evidence = Some(Evidence {
                decoded: presented.prepared.minted.decoded.clone(),
                curl: presented.prepared.request.command_line(),
                answer: answer_text(&presented.observation),
            });
        }
        let meaning = meaning_of((&scenario, &result), &test_case, suspicion, shown);
        result.meaning = Some(meaning);
        Self {
            id: result.id.clone(),
            property: &property.id,
            finding: suspicion.finding,
            test_case,
            scenario,
            result,
            repeats: 0,
            slugs,
            broken: suspicion.broken.clone(),
        }
    }

    /// True if a case that shows this suspicion shows what one of these does, for which it is
    /// counted.
    pub(crate) fn count_repeat(
        finds: &mut [Self],
        test_case: &TestCase,
        suspicion: &Suspicion,
    ) -> bool {
        let known = finds.iter_mut().find(|find| find.explains(test_case, suspicion));
        let Some(find) = known else { return false };
        find.repeats += 1;
        true
    }

    /// True if a case that shows this suspicion shows nothing new, whichever property it is of.
    fn explains(&self, test_case: &TestCase, suspicion: &Suspicion) -> bool {
        self.finding == suspicion.finding
            && self.broken.iter().all(|requirement| suspicion.broken.contains(requirement))
            && if self.slugs.is_empty() {
                self.test_case.setup == test_case.setup
            } else {
                self.slugs.is_subset(&test_case.slugs())
            }
    }

    /// The level of the requirement that it breaks.
    pub fn level(&self) -> Level {
        self.result.level
    }

    /// The name of its file, without folder.
    pub fn file_name(&self) -> String {
        format!("{}.toml", self.id.trim_start_matches("property/"))
    }

    /// The text of its scenario file.
    ///
    /// # Errors
    ///
    /// If a value in it cannot be written as TOML.
    pub fn text(&self) -> Result<String, WriteError> {
        write(ABOUT, &[(self.notes(), &self.scenario)])
    }

    fn notes(&self) -> Vec<String> {
        let (expected, observed) = (report::expected(&self.result), report::observed(&self.result));
        vec![
            format!("Found by search: {}.", self.id),
            format!("Expected {expected}; observed {observed}."),
        ]
    }

    /// Writes its scenario file into a folder, which is made if need be; says where.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        write_file(&folder.join(self.file_name()), ABOUT, self.notes(), &self.scenario)
    }
}

/// The description of a file of one find.
const ABOUT: &str = "Found by search.";

/// Writes a file of one scenario, whose folder is made if need be; returns its path.
///
/// # Errors
///
/// If a value in it cannot be written as TOML, or the file not there.
pub fn write_file(
    path: &Path,
    about: &str,
    notes: Vec<String>,
    scenario: &Scenario,
) -> io::Result<PathBuf> {
    let text = write(about, &[(notes, scenario)]).map_err(io::Error::other)?;
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    // A search that is ended in the middle leaves no half of a file.
    let new = path.with_extension("toml.new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)?;
    Ok(path.to_owned())
}

/// `PROPERTY--DIFFERENCES--FINDING`; behind an acceptance what it breaks, behind a fault what came
/// back.
fn slug(
    property: &str,
    slugs: &BTreeSet<String>,
    setup: usize,
    suspicion: &Suspicion,
    presented: Option<&Presented>,
) -> String {
    let finding = suspicion.finding;
    let differences = match slugs.len() {
        0 if setup == 0 => "valid-token".to_owned(),
        0 => format!("valid-token-in-setup-{setup}"),
        _ => slugs.iter().map(String::as_str).collect::<Vec<_>>().join("-and-"),
    };
    let came = match (finding, presented.map(|presented| &presented.observation)) {
        (Finding::Fault, Some(Observation::Answer(answer))) => format!("-{}", answer.status),
        (Finding::Fault, Some(Observation::Conversation(conversation))) => {
            match (&conversation.end, conversation.close_code()) {
                (End::Silent(_), _) => "-no-answer".to_owned(),
                (_, Some(code)) => format!("-{code}"),
                _ => "-closed".to_owned(),
            }
        }
        (Finding::Fault, Some(Observation::Fault(fault))) if fault.is_timeout() => {
            "-no-answer".to_owned()
        }
        (Finding::Fault, _) => "-closed".to_owned(),
        _ => suspicion
            .broken
            .first()
            .map(|broken| format!("--{}", short_id(broken)))
            .unwrap_or_default(),
    };
    format!("{property}--{differences}--{finding}{came}")
}

/// The id of a requirement without document and section: `aud-array`.
fn short_id(requirement: &RequirementId) -> String {
    let place = format!("{}-{}-", requirement.doc, requirement.section);
    requirement.id.strip_prefix(&place).unwrap_or(&requirement.id).to_owned()
}

/// The rule that a find breaks.
struct Rule {
    name: String,
    title: String,
    covers: Vec<RequirementId>,
}

fn scenario(
    rule: Rule,
    setup: &SetupSpec,
    test_case: &TestCase,
    suspicion: &Suspicion,
    presented: &Answers,
) -> Scenario {
    let expect = |place: usize| match presented.get(place).and_then(|tokens| tokens.first()) {
        _ if place == suspicion.step => suspicion.expect.clone(),
        Some(first) => first.prepared.expected.expect.clone(),
        None => Expect::Either(Vec::new()),
    };
    let claims = suspicion.finding == Finding::ClaimsAltered;
    let name = (rule.name, rule.title);
    let mut scenario = test_case.scenario(name, setup, rule.covers, claims, expect);
    // The runner presents a valid token behind a single one that it expects to be refused.
    let last = presented.last().and_then(|tokens| tokens.first());
    let is_refused =
        last.is_some_and(|last| matches!(last.prepared.expected.expect, Expect::Reject(_)));
    if suspicion.finding == Finding::Poisoned && !(is_refused && scenario.one_step) {
        let valid = Presentation::of(scenario.control.clone(), Expect::Accept);
        scenario.steps.push(Step::Present(Arc::new(valid)));
        scenario.one_step = false;
    }
    // A stranger is in no trust, so one that is not spoken of changes nothing.
    if !format!("{:?}", test_case.steps).contains(SetupSpec::STRANGER) {
        scenario.issuers.shift_remove(SetupSpec::STRANGER);
    }
    if presented.iter().flatten().any(|presented| presented.prepared.to_the_second) {
        scenario.needs.push(Need::Clock);
    }
    scenario
}
