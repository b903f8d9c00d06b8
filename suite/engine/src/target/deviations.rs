//! Known deviations: which scenarios are expected to fail, and why.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::scenario::Catalogue;
use jwtspec_format::{Document, Problem, Problems, Source, read};
use jwtspec_types::advised::Advised;
#[cfg(feature = "schema")]
use jwtspec_types::members::one_or_many_schema;
use jwtspec_types::members::{json_schema_of, one_or_many};
use jwtspec_types::nearest::nearest;
use jwtspec_types::words::{Finding, Level};

/// The beginning of the ids that search gives. No catalogue has them, so a pattern for them is
/// never stale.
const FOUND: &str = "property/";

/// The beginning of a why that is still to be written.
const TO_BE_EXPLAINED: &str = "to be explained";

/// A known failure with its justification: a sentence, or a table that says more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deviation {
    /// The reason.
    pub why: String,
    /// A page that says more.
    pub link: Option<String>,
    /// The findings that are known; any, if none is named.
    pub findings: Vec<Finding>,
    /// The most binding level of a finding that is known; any, if none is named.
    pub level: Option<Level>,
    /// True if it need not fail every time, as at the edge of a second.
    pub sometimes: bool,
}

#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct DeviationTable {
    why: String,
    link: Option<String>,
    #[serde(default, deserialize_with = "one_or_many")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "one_or_many_schema::<Finding>"))]
    finding: Vec<Finding>,
    level: Option<Level>,
    #[serde(default)]
    sometimes: bool,
}

impl Deviation {
    /// Returns true if it speaks of a failure with this finding and level. An entry that names
    /// findings does not speak of a scenario that proved nothing for a reason on this side.
    pub fn knows(&self, finding: Option<Finding>, level: Level) -> bool {
        let is_named = finding.is_some_and(|finding| self.findings.contains(&finding));
        (self.findings.is_empty() || is_named) && self.level.is_none_or(|known| level >= known)
    }

    /// Returns true if a failure at its level is judged where nothing less binding than `limit` is.
    fn is_judged(&self, limit: Level) -> bool {
        self.level.unwrap_or(Level::May) <= limit
    }

    /// Returns true if it names no finding, or its why is still to be written.
    fn is_vague(&self) -> bool {
        self.findings.is_empty() || self.why.starts_with(TO_BE_EXPLAINED)
    }
}

/// A why that says something.
fn stated<E: serde::de::Error>(why: String) -> Result<String, E> {
    if why.trim().is_empty() {
        let mistake = Advised::new("a deviation needs its why");
        return Err(E::custom(mistake.advise("say why this failure is known")));
    }
    Ok(why)
}

impl<'de> Deserialize<'de> for Deviation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DeviationVisitor;

        impl<'de> Visitor<'de> for DeviationVisitor {
            type Value = Deviation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a sentence that says why, or { why = \"…\", finding = \"…\", level = \"…\" }",
                )
            }

            fn visit_str<E: serde::de::Error>(self, why: &str) -> Result<Deviation, E> {
                Ok(Deviation { why: stated(why.to_owned())?, ..Deviation::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Deviation, A::Error> {
                let deserializer = serde::de::value::MapAccessDeserializer::new(map);
                let table = DeviationTable::deserialize(deserializer)?;
                let DeviationTable { why, link, finding, level, sometimes } = table;
                let why = stated(why)?;
                Ok(Deviation { why, link, findings: finding, level, sometimes })
            }
        }

        deserializer.deserialize_any(DeviationVisitor)
    }
}

json_schema_of!(Deviation, |generator| {
    let table = generator.subschema_for::<DeviationTable>();
    schemars::json_schema!({ "anyOf": [{ "type": "string" }, table] })
});

/// The known deviations of a run, from the target file and from files of their own.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// The name of its file; empty if it has none.
    file: String,
    pattern: String,
    glob: GlobMatcher,
    deviation: Deviation,
}

/// Deviations that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviationsError {
    /// A file that cannot be opened.
    #[error("failed to read the deviations {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: std::io::Error,
    },
    /// Mistakes in the file.
    #[error(transparent)]
    Mistakes(#[from] Problems),
    /// A key that is no glob.
    #[error("the deviation `{pattern}` is not a glob: {error}")]
    BadGlob {
        /// The pattern as it is written.
        pattern: String,
        /// The mistake in it.
        error: globset::Error,
    },
    /// A key that matches no scenario.
    #[error("the deviation `{0}` matches no scenario{1}\nremove it, or correct the id")]
    MatchesNothing(String, String),
}

impl DeviationsError {
    /// The mistake at its place in the file. What is behind the first line is advice.
    fn at(&self, place: Range<usize>) -> Problem {
        let text = self.to_string();
        match text.split_once('\n') {
            Some((message, advice)) => Problem::new(place, message).with_help(advice),
            None => Problem::new(place, text),
        }
    }
}

impl Entry {
    /// Parses a key, a scenario id or a glob over ids.
    fn parse(
        file: &str,
        pattern: &str,
        deviation: &Deviation,
        catalogue: &Catalogue,
    ) -> Result<Self, DeviationsError> {
        let glob = GlobBuilder::new(pattern)
            .build()
            .map_err(|error| DeviationsError::BadGlob { pattern: pattern.to_owned(), error })?
            .compile_matcher();
        let of_search = pattern.starts_with(FOUND);
        if !of_search && !catalogue.iter().any(|scenario| glob.is_match(&scenario.id)) {
            let near = nearest(pattern, catalogue.iter().map(|scenario| scenario.id.as_str()));
            let advice = near.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
            return Err(DeviationsError::MatchesNothing(pattern.to_owned(), advice));
        }
        let (file, pattern) = (file.to_owned(), pattern.to_owned());
        Ok(Self { file, pattern, glob, deviation: deviation.clone() })
    }
}

/// Returns true if an entry with this key, an id or a glob, speaks of a scenario; a key that is no
/// glob speaks of none.
pub fn is_about(pattern: &str, id: &str) -> bool {
    GlobBuilder::new(pattern).build().is_ok_and(|glob| glob.compile_matcher().is_match(id))
}

impl Deviations {
    /// Adds entries, each a scenario id or a glob over ids.
    ///
    /// # Errors
    ///
    /// If a key is no glob, or matches no scenario.
    pub fn add(
        &mut self,
        entries: &IndexMap<String, Deviation>,
        catalogue: &Catalogue,
    ) -> Result<(), DeviationsError> {
        for (pattern, deviation) in entries {
            self.entries.push(Entry::parse("", pattern, deviation, catalogue)?);
        }
        Ok(())
    }

    /// Adds the entries of a file: a TOML table from id or glob to why.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds mistakes.
    pub fn add_file(&mut self, path: &Path, catalogue: &Catalogue) -> Result<(), DeviationsError> {
        let bytes = std::fs::read(path)
            .map_err(|error| DeviationsError::Unreadable { path: path.to_owned(), error })?;
        let source = Source::from_bytes(path.to_string_lossy(), bytes)?;
        self.add_from(&source, &[], &read(&source)?, catalogue)
    }

    /// Adds the entries that a table of a file has; all mistakes with their places.
    pub(super) fn add_from(
        &mut self,
        source: &Source,
        table: &[&str],
        entries: &IndexMap<String, Deviation>,
        catalogue: &Catalogue,
    ) -> Result<(), DeviationsError> {
        let document = Document::parse(source);
        let mut problems = Vec::new();
        for (pattern, deviation) in entries {
            match Entry::parse(source.name(), pattern, deviation, catalogue) {
                Ok(entry) => self.entries.push(entry),
                Err(error) => {
                    let place = document.place(&[table, &[pattern.as_str()]].concat());
                    problems.push(error.at(place));
                }
            }
        }
        match Problems::from_list(source, problems) {
            None => Ok(()),
            Some(problems) => Err(problems.into()),
        }
    }

    /// The entries that speak of a scenario, in the order of the files.
    pub fn of(&self, id: &str) -> impl Iterator<Item = &Deviation> {
        let matching = move |entry: &&Entry| entry.glob.is_match(id);
        self.entries.iter().filter(matching).map(|entry| &entry.deviation)
    }

    /// The entry that names this very scenario, not by a glob, and says that it always fails, where
    /// nothing less binding than `limit` is judged.
    pub fn expecting_failure(&self, id: &str, limit: Level) -> Option<&Deviation> {
        let expects = |entry: &&Entry| {
            let deviation = &entry.deviation;
            entry.pattern == id && !deviation.sometimes && deviation.is_judged(limit)
        };
        self.entries.iter().find(expects).map(|entry| &entry.deviation)
    }

    /// The file and the pattern of each entry.
    pub fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|entry| (entry.file.as_str(), entry.pattern.as_str()))
    }

    /// The patterns of entries that name no finding, or whose why is still to be written.
    pub fn vague(&self) -> Vec<String> {
        let vague = self.entries.iter().filter(|entry| entry.deviation.is_vague());
        vague.map(|entry| entry.pattern.clone()).collect()
    }

    /// Entries of which every scenario ran and none failed: they describe nothing any more.
    ///
    /// `ran` says of each scenario that ran whether it failed; a glob over scenarios that did not
    /// all run is not judged, nor an entry for what is less binding than `limit`.
    pub fn stale(
        &self,
        catalogue: &Catalogue,
        limit: Level,
        ran: impl Fn(&str) -> Option<bool>,
    ) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| !entry.deviation.sometimes && entry.deviation.is_judged(limit))
            .filter(|entry| {
                let matching =
                    catalogue.iter().filter(|scenario| entry.glob.is_match(&scenario.id));
                let mut matching = matching.peekable();
                // Where other scenarios run than it speaks of, it is not judged.
                matching.peek().is_some()
                    && matching.all(|scenario| ran(&scenario.id) == Some(false))
            })
            .map(|entry| entry.pattern.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_names_findings_hides_nothing_that_has_none() {
        let named = Deviation { findings: vec![Finding::Fault], ..Deviation::default() };
        assert!(named.knows(Some(Finding::Fault), Level::Must));
        assert!(!named.knows(Some(Finding::ValidRejected), Level::Must));
        assert!(!named.knows(None, Level::Must));
        assert!(Deviation::default().knows(None, Level::Must));
    }
}
