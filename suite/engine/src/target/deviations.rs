//! Known deviations: which scenarios are expected to fail, and why.

use std::fmt;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::scenario::Catalogue;
use jwtspec_format::{Problems, Source, read};
use jwtspec_types::advised::Advised;
use jwtspec_types::members::json_schema_of;
use jwtspec_types::nearest::nearest;

/// The beginning of the ids that search gives. No catalogue has them, so a pattern for them is
/// never stale.
const FOUND: &str = "property/";

/// The justification of a known failure: a sentence, or a table with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The reason.
    pub why: String,
    /// A page that says more.
    pub link: Option<String>,
    /// True if it need not fail every time, as at the edge of a second.
    pub sometimes: bool,
}

#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct DeviationTable {
    why: String,
    link: Option<String>,
    #[serde(default)]
    sometimes: bool,
}

impl<'de> Deserialize<'de> for Deviation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DeviationVisitor;

        impl<'de> Visitor<'de> for DeviationVisitor {
            type Value = Deviation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sentence that says why, or { why = \"…\", link = \"…\" }")
            }

            fn visit_str<E: serde::de::Error>(self, why: &str) -> Result<Deviation, E> {
                if why.trim().is_empty() {
                    return Err(E::custom(
                        Advised::new("a deviation needs its why")
                            .advise("say why this failure is known"),
                    ));
                }
                Ok(Deviation { why: why.to_owned(), link: None, sometimes: false })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Deviation, A::Error> {
                let deserializer = serde::de::value::MapAccessDeserializer::new(map);
                let table = DeviationTable::deserialize(deserializer)?;
                let DeviationTable { why, link, sometimes } = table;
                Ok(Deviation { why, link, sometimes })
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
            let glob = GlobBuilder::new(pattern)
                .build()
                .map_err(|error| DeviationsError::BadGlob { pattern: pattern.clone(), error })?
                .compile_matcher();
            let of_search = pattern.starts_with(FOUND);
            if !of_search && !catalogue.iter().any(|scenario| glob.is_match(&scenario.id)) {
                let near = nearest(pattern, catalogue.iter().map(|scenario| scenario.id.as_str()));
                let advice = near.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
                return Err(DeviationsError::MatchesNothing(pattern.clone(), advice));
            }
            self.entries.push(Entry {
                pattern: pattern.clone(),
                glob,
                deviation: deviation.clone(),
            });
        }
        Ok(())
    }

    /// Adds the entries of a file: a TOML table from id or glob to why.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds mistakes.
    pub fn add_file(&mut self, path: &Path, catalogue: &Catalogue) -> Result<(), DeviationsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| DeviationsError::Unreadable { path: path.to_owned(), error })?;
        let source = Source::new(path.to_string_lossy(), text);
        self.add(&read(&source)?, catalogue)
    }

    /// The entry that speaks of a scenario.
    pub fn find(&self, id: &str) -> Option<&Deviation> {
        self.entries.iter().find(|entry| entry.glob.is_match(id)).map(|entry| &entry.deviation)
    }

    /// Returns true if an entry names this very scenario, not by a glob, and says that it always
    /// fails.
    pub fn expects_failure(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.pattern == id && !entry.deviation.sometimes)
    }

    /// Entries of which every scenario ran and none failed: they describe nothing any more.
    ///
    /// `ran` says of each scenario that ran whether it failed; a glob over scenarios that did not
    /// all run is not judged.
    pub fn stale(&self, catalogue: &Catalogue, ran: impl Fn(&str) -> Option<bool>) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| !entry.deviation.sometimes)
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
