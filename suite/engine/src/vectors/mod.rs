//! Vectors: the scenarios that need no network, as data for verifiers in whatever language.
//!
//! A vector is the dry run of a case: its token, the trust with the keys in it, the time, and what
//! the judge expects. Nothing is decided here but which scenarios fit.

mod build;
mod flags;
mod format;
mod left_out;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::plan::{Conditions, Globs, plan_case};
use crate::scenario::{Catalogue, Scenario};
use jwtspec_mint::MintError;
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::profile::Profile;
use jwtspec_types::requirements::Requirement;

use build::{Built, NoVector, build};

pub use format::{Cited, Difference, Expectation, FORMAT, Flag, Group, Need, Vector, VectorFile};
pub use left_out::LeftOut;

/// The vectors of scenarios.
#[derive(Clone, Debug, Default)]
pub struct Vectors {
    /// The files, by topic.
    pub files: IndexMap<String, VectorFile>,
    /// The scenarios that make no vector, by id.
    pub left_out: IndexMap<String, LeftOut>,
}

/// The scenarios to make vectors of.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The profile; none is the first one under which each scenario runs.
    pub profile: Option<Profile>,
    /// The ids; all, if there is no glob.
    pub ids: &'a Globs,
}

impl Vectors {
    /// The vectors of the chosen scenarios. The same scenarios always give the same bytes.
    ///
    /// # Errors
    ///
    /// If a recipe cannot be carried out; `jwtspec check` finds it.
    ///
    /// ```
    /// use jwtspec_engine::plan::Globs;
    /// use jwtspec_engine::scenario::Catalogue;
    /// use jwtspec_engine::vectors::{Choice, Vectors};
    ///
    /// let ids = Globs::new(&["audience/missing".to_owned()])?;
    /// let vectors = Vectors::of(&Catalogue::embedded()?, Choice { profile: None, ids: &ids })?;
    /// let vector = &vectors.files["audience"].groups[0].vectors[0];
    /// assert_eq!(vector.expectation.as_str(), "reject");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(catalogue: &Catalogue, choice: Choice<'_>) -> Result<Self, MintError> {
        let mut topics: IndexMap<String, Groups> = IndexMap::new();
        let mut left_out = IndexMap::new();
        let is_chosen =
            |scenario: &&Scenario| choice.ids.is_empty() || choice.ids.is_match(&scenario.id);
        for scenario in catalogue.iter().filter(is_chosen) {
            match vector_of(scenario, choice.profile) {
                Ok(built) => {
                    let topic = scenario.id.split('/').next().unwrap_or_default();
                    add(topics.entry(topic.to_owned()).or_default(), built);
                }
                Err(NoVector::LeftOut(why)) => {
                    left_out.insert(scenario.id.clone(), why);
                }
                Err(NoVector::Mint(error)) => return Err(error),
            }
        }
        let file = |(topic, groups): (String, Groups)| {
            (
                topic.clone(),
                VectorFile::new(topic, groups.into_iter().map(|(group, _)| group).collect()),
            )
        };
        Ok(Self { files: topics.into_iter().map(file).collect(), left_out })
    }

    /// The number of vectors.
    pub fn count(&self) -> usize {
        self.files.values().map(|file| file.count).sum()
    }
}

/// The groups of a topic, each with its control as [`Built`] has it.
type Groups = Vec<(Group, Option<String>)>;

/// Adds a vector to the group of its trust and control. A vector without a control goes with any.
fn add(groups: &mut Groups, built: Built) {
    let Built { group, control, vector } = built;
    let is_same = |(other, others): &&mut (Group, Option<String>)| {
        let agree = control.is_none() || others.is_none() || *others == control;
        agree && other.trust == group.trust
    };
    match groups.iter_mut().find(is_same) {
        Some((same, others)) => {
            if others.is_none() {
                (same.control, *others) = (group.control, control);
            }
            same.vectors.push(vector);
        }
        None => groups.push((Group { vectors: vec![vector], ..group }, control)),
    }
}

impl VectorFile {
    fn new(topic: String, groups: Vec<Group>) -> Self {
        let vectors = || groups.iter().flat_map(|group| &group.vectors);
        let cited: HashSet<&str> =
            vectors().flat_map(|it| &it.requirements).map(String::as_str).collect();
        let requirements = Requirement::all()
            .filter(|row| cited.contains(row.id.as_str()))
            .map(|row| (row.id.clone(), Cited::from(row)))
            .collect();
        let count = vectors().count();
        let jwtspec = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, jwtspec, topic, count, requirements, groups }
    }
}

impl From<&Requirement> for Cited {
    fn from(row: &Requirement) -> Self {
        Self {
            document: row.doc.clone(),
            section: row.section.clone(),
            clause: row.clause(),
            level: row.level,
            text: row.text.clone(),
        }
    }
}

/// The vector of a scenario.
fn vector_of(scenario: &Scenario, profile: Option<Profile>) -> Result<Built, NoVector> {
    let runs_under =
        |profile: &Profile| scenario.is_for(*profile) && scenario.under(*profile).skip.is_none();
    let profile = match profile {
        None => Profile::all().find(runs_under),
        Some(profile) => Some(profile).filter(runs_under),
    };
    let conditions =
        Conditions { profile: profile.ok_or(LeftOut::Skipped)?, ..Conditions::default() };
    let case = plan_case(scenario.clone(), &conditions, &Capabilities::all(), Channel::ALL)
        .map_err(LeftOut::from)?;
    build(&case)
}
