//! Finds: a result to report, and a scenario to keep.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::engine::{Engine, Seen};
use super::table::Property;
use super::verdict::Suspicion;
use super::{Sample, Shot};
use crate::generate::SetupSpec;
use jwtspec_engine::event::{CaseResult, Comparison, Evidence, Expected};
use jwtspec_engine::judge::{meaning, observed};
use jwtspec_engine::report;
use jwtspec_engine::run::{answer_text, result_of};
use jwtspec_engine::scenario::{
    AnswerSpec, Expect, Need, Presentation, Scenario, Step, WriteError, write,
};
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
    /// The smallest sample that shows it.
    pub sample: Sample,
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
    /// The find that a sample shows.
    pub fn new(
        engine: &Engine,
        property: &Property,
        sample: Sample,
        suspicion: &Suspicion,
        seen: &[Vec<Seen>],
    ) -> Self {
        let world = engine.world(sample.world);
        let shown = seen.get(suspicion.shot).and_then(|tokens| tokens.get(suspicion.token));
        let slugs = sample.slugs();
        let slug = slug(property.id, &slugs, sample.world, suspicion, shown);
        let scenario = scenario(&slug, property, world, &sample, suspicion, seen);
        let mut result = result_of(&scenario);
        result.id = format!("property/{slug}");
        result.outcome = Outcome::Fail;
        result.finding = Some(suspicion.finding);
        result.meaning = Some(meaning(&scenario, suspicion.finding));
        if let Some(seen) = shown {
            result.decisive = Some(Comparison {
                remark: suspicion.remark.as_deref().cloned(),
                ..Comparison::new(
                    Expected::Verdict(suspicion.expect.clone()),
                    observed(&seen.verdict, &seen.observation),
                )
            });
            if let Verdict::Reject { reason, message } = &seen.verdict {
                (result.reason, result.message) = (*reason, Some(message.clone()));
            }
            result.evidence = Some(Evidence {
                decoded: seen.minted.decoded.clone(),
                curl: seen.request.command_line(),
                answer: answer_text(&seen.observation),
            });
        }
        Self {
            id: result.id.clone(),
            property: property.id,
            finding: suspicion.finding,
            sample,
            scenario,
            result,
            repeats: 0,
            slugs,
            broken: suspicion.broken.clone(),
        }
    }

    /// True if a case that shows this suspicion shows nothing new, whichever property it is of.
    pub fn explains(&self, sample: &Sample, suspicion: &Suspicion) -> bool {
        self.finding == suspicion.finding
            && self.broken.iter().all(|requirement| suspicion.broken.contains(requirement))
            && if self.slugs.is_empty() {
                self.sample.world == sample.world
            } else {
                self.slugs.is_subset(&sample.slugs())
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
        let notes = vec![
            format!("Found by search: {}.", self.id),
            format!(
                "Expected {}; observed {}.",
                report::expected(&self.result),
                report::observed(&self.result)
            ),
        ];
        write("Found by search.", &[(notes, &self.scenario)])
    }

    /// Writes its scenario file into a folder, which is made if need be; says where.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        let text = self.text().map_err(io::Error::other)?;
        std::fs::create_dir_all(folder)?;
        let path = folder.join(self.file_name());
        std::fs::write(&path, text)?;
        Ok(path)
    }
}

/// `PROPERTY--DIFFERENCES--FINDING`; behind an acceptance what it breaks, behind a fault what came
/// back.
fn slug(
    property: &str,
    slugs: &BTreeSet<String>,
    world: usize,
    suspicion: &Suspicion,
    seen: Option<&Seen>,
) -> String {
    let finding = suspicion.finding;
    let differences = match slugs.len() {
        0 if world == 0 => "valid-token".to_owned(),
        0 => format!("valid-token-in-world-{world}"),
        _ => slugs.iter().map(String::as_str).collect::<Vec<_>>().join("-and-"),
    };
    let came = match (finding, seen.map(|seen| &seen.observation)) {
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
        _ => {
            suspicion.broken.first().map(|broken| format!("--{}", duty(broken))).unwrap_or_default()
        }
    };
    format!("{property}--{differences}--{finding}{came}")
}

/// The id of a requirement without document and section: `aud-array`.
fn duty(requirement: &RequirementId) -> String {
    let place = format!("{}-{}-", requirement.doc, requirement.section);
    requirement.id.strip_prefix(&place).unwrap_or(&requirement.id).to_owned()
}

fn scenario(
    slug: &str,
    property: &Property,
    world: &SetupSpec,
    sample: &Sample,
    suspicion: &Suspicion,
    seen: &[Vec<Seen>],
) -> Scenario {
    let step = |(place, shot): (usize, &Shot)| {
        let tokens = seen.get(place).map(Vec::as_slice).unwrap_or_default();
        let modelled = tokens.first().map(|seen| seen.expected.expect.clone());
        let expect = match place == suspicion.shot {
            true => suspicion.expect.clone(),
            false => modelled.unwrap_or(Expect::Either(Vec::new())),
        };
        let claims = suspicion.finding == Finding::ClaimsAltered;
        Step::Present(Arc::new(Presentation {
            request: shot.request.clone(),
            answer: AnswerSpec { claims, ..AnswerSpec::default() },
            times: shot.times,
            at_once: shot.at_once,
            ..Presentation::of(world.recipe(shot.differences.iter().cloned()), expect)
        }))
    };
    let steps = sample.shots.iter().enumerate().map(step).collect();
    let mut scenario = Scenario::generated(
        format!("{slug}/{}", suspicion.finding),
        property.about,
        covers(property, suspicion, world),
        steps,
    );
    scenario.trust = world.trust.clone();
    scenario.issuers = world.issuers.clone();
    // A stranger is in no trust, so one that is not spoken of changes nothing.
    if !format!("{:?}", sample.shots).contains(SetupSpec::STRANGER) {
        scenario.issuers.shift_remove(SetupSpec::STRANGER);
    }
    scenario.control = world.recipe([]);
    if seen.iter().flatten().any(|seen| seen.to_the_second) {
        scenario.needs.push(Need::Clock);
    }
    scenario
}

/// The requirements that a find breaks: for an acceptance those that the model names, for a valid
/// token that is refused in a special setup those that the setup rests on, otherwise those of the
/// property.
fn covers(property: &Property, suspicion: &Suspicion, world: &SetupSpec) -> Vec<RequirementId> {
    let named = |ids: &[&str]| ids.iter().filter_map(|id| RequirementId::named(id).ok()).collect();
    let special = match suspicion.finding {
        Finding::ValidRejected => world.rests_on(),
        _ => Vec::new(),
    };
    match (suspicion.broken.is_empty(), special.is_empty()) {
        (false, _) => suspicion.broken.clone(),
        (true, false) => named(&special),
        (true, true) => named(property.covers),
    }
}
