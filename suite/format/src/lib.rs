//! Reading files that people write: TOML, every mistake at once, each with its place.

mod de;
mod excerpt;
mod problem;
mod problems;

use std::collections::HashSet;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use problem::{Problem, Source};
pub use problems::Problems;

/// Mistakes of one value after which reading ends: each takes another reading of the whole.
const MOST_MISTAKES: usize = 100;

/// Reads a whole text as one value.
///
/// # Errors
///
/// Every mistake in it, each with its place.
pub fn read<T: DeserializeOwned + Default>(source: &Source) -> Result<T, Problems> {
    let document = Document::parse(source);
    let (value, mut problems) = document.read::<T>();
    problems.extend(document.into_problems());
    match Problems::from_list(source, problems) {
        None => Ok(value.unwrap_or_default()),
        Some(problems) => Err(problems),
    }
}

/// A TOML document, and the mistakes found in it so far.
pub struct Document<'a> {
    table: Spanned<DeTable<'a>>,
    problems: Vec<Problem>,
}

impl<'a> Document<'a> {
    /// Parses TOML 1.1; syntax errors become problems and the rest is read on.
    pub fn parse(source: &'a Source) -> Self {
        let (table, errors) = DeTable::parse_recoverable(source.text());
        let problems = errors
            .iter()
            .map(|error| Problem::new(error.span().unwrap_or(0..0), error.message()))
            .collect();
        Self { table, problems }
    }

    /// The top-level members, in order, each with the place of its name.
    pub fn members(&self) -> impl Iterator<Item = (&str, Range<usize>, Member<'_, 'a>)> {
        self.table
            .get_ref()
            .iter()
            .map(|(name, value)| (name.get_ref().as_ref(), name.span(), Member(value)))
    }

    /// The whole document as one value.
    pub fn read<T: DeserializeOwned>(&self) -> (Option<T>, Vec<Problem>) {
        let span = self.table.span();
        let whole = Spanned::new(span, DeValue::Table(self.table.get_ref().clone()));
        Member(&whole).read()
    }

    /// The place of a member, or of as much of its path as the document has.
    pub fn place(&self, path: &[&str]) -> Range<usize> {
        let (mut place, mut table) = (0..0, self.table.get_ref());
        for name in path {
            let Some((key, value)) = table.get_key_value(*name) else { break };
            place = key.span();
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        place
    }

    /// Returns true if the document has a member.
    pub fn has(&self, path: &[&str]) -> bool {
        let Some((last, way)) = path.split_last() else { return true };
        let mut table = self.table.get_ref();
        for name in way {
            match table.get(*name).map(Spanned::get_ref) {
                Some(DeValue::Table(inner)) => table = inner,
                _ => return false,
            }
        }
        table.contains_key(*last)
    }

    /// The mistakes in the syntax.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// One value of a document.
pub struct Member<'t, 'a>(&'t Spanned<DeValue<'a>>);

impl Member<'_, '_> {
    /// Its place in the text.
    pub fn place(&self) -> Range<usize> {
        self.0.span()
    }

    /// Reads it into `T`, collecting every mistake instead of stopping at the first.
    ///
    /// serde stops at the first error. So the value that caused it is noted and left out, and
    /// the rest is read again, until nothing is left to complain of.
    pub fn read<T: DeserializeOwned>(&self) -> (Option<T>, Vec<Problem>) {
        let mut problems: Vec<Problem> = Vec::new();
        let mut left_out: HashSet<Range<usize>> = HashSet::new();
        loop {
            let pass = de::Pass::new(&left_out);
            let result = T::deserialize(de::Node::new(self.0, &pass));
            for problem in pass.into_problems() {
                if problems.len() < MOST_MISTAKES && !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            let error = match result {
                Ok(value) => return (problems.is_empty().then_some(value), problems),
                Err(error) => error,
            };
            let culprit = error.culprit(self.0.span());
            // A member that was left out because it is wrong is not missing as well.
            if !error.is_consequence() {
                problems.push(error.into_problem(self.0.span()));
            }
            let is_enough = problems.len() >= MOST_MISTAKES;
            if is_enough || culprit == self.0.span() || !left_out.insert(culprit) {
                return (None, problems);
            }
        }
    }
}
