//! Coverage: the requirements, and the scenarios that exercise each of them.

use indexmap::IndexMap;
use serde::Serialize;

use crate::scenario::Catalogue;
use jwtspec_types::requirements::Requirement;
use jwtspec_types::words::Level;

/// How a requirement is covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// By scenarios, by id.
    Covered(Vec<String>),
    /// A test over HTTP cannot see it; the reason.
    NotObservable(String),
    /// By nothing, though a test could see it.
    Open,
}

/// A requirement, and how it is covered.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The id of the requirement.
    pub requirement: String,
    /// The document, such as `rfc7519`.
    pub document: String,
    /// The section of the document.
    pub section: String,
    /// What it demands: must, should or may.
    pub level: Level,
    /// The duty, paraphrased.
    pub text: String,
    /// How it is covered.
    pub state: State,
}

/// Every requirement, by document and section.
///
/// ```
/// use jwtspec_engine::coverage::{Coverage, State};
/// use jwtspec_engine::scenario::Catalogue;
///
/// let coverage = Coverage::of(&Catalogue::embedded()?);
/// let row = coverage.rows.iter().find(|row| row.requirement == "rfc7519-4.1.3-aud-array").unwrap();
/// assert!(matches!(&row.state, State::Covered(by) if by.contains(&"audience/array-first".to_owned())));
/// # Ok::<(), jwtspec_engine::scenario::ReadError>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Coverage {
    /// A row for each requirement.
    pub rows: Vec<Row>,
}

impl Coverage {
    /// The coverage by the scenarios of a catalogue.
    pub fn of(catalogue: &Catalogue) -> Self {
        let mut by: IndexMap<&str, Vec<String>> = IndexMap::new();
        for scenario in catalogue.iter() {
            for requirement in &scenario.covers {
                by.entry(&requirement.id).or_default().push(scenario.id.clone());
            }
        }
        let row = |requirement: &Requirement| Row {
            requirement: requirement.id.clone(),
            document: requirement.doc.clone(),
            section: requirement.section.clone(),
            level: requirement.level,
            text: requirement.text.clone(),
            state: match (by.swap_remove(requirement.id.as_str()), requirement.not_observable()) {
                (Some(scenarios), _) => State::Covered(scenarios),
                (None, Some(why)) => State::NotObservable(why.to_owned()),
                (None, None) => State::Open,
            },
        };
        Self { rows: Requirement::all().map(row).collect() }
    }

    /// The rows that a test could see, and that no scenario exercises.
    pub fn open(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.state == State::Open)
    }

    /// The rows by document and section.
    pub fn by_document(&self) -> IndexMap<&str, IndexMap<&str, Vec<&Row>>> {
        let mut documents: IndexMap<&str, IndexMap<&str, Vec<&Row>>> = IndexMap::new();
        for row in &self.rows {
            let sections = documents.entry(&row.document).or_default();
            sections.entry(&row.section).or_default().push(row);
        }
        documents
    }
}
