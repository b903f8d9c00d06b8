//! Power: the faults of the bank, and the scenarios that fail for each of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::scenario::Catalogue;
use jwtspec_scenarios::POWER;
use jwtspec_types::profile::Profile;

/// Which scenarios fail for which fault, as it was measured. A fault's row is its signature.
///
/// ```
/// use jwtspec_engine::power::Matrix;
///
/// let matrix = Matrix::embedded()?;
/// assert!(matrix.catches("audience/missing").any(|fault| fault == "missing-audience-accepted"));
/// # Ok::<(), jwtspec_engine::power::MatrixError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    rows: BTreeMap<String, BTreeSet<String>>,
}

/// A matrix that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the matrix of faults and scenarios is malformed: {0}")]
pub struct MatrixError(#[from] toml::de::Error);

impl Matrix {
    /// The matrix that is part of jwtspec; `jwtspec power --write` measures it.
    ///
    /// # Errors
    ///
    /// If it is malformed; a test sees to it that it is not.
    pub fn embedded() -> Result<Self, MatrixError> {
        Self::parse(POWER)
    }

    /// Parses a matrix that [`Matrix::to_toml`] wrote.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn parse(text: &str) -> Result<Self, MatrixError> {
        // By topic, so that a line is read, and compared, with ease.
        let rows: BTreeMap<String, BTreeMap<String, Vec<String>>> = toml::from_str(text)?;
        let ids = |(topic, names): (String, Vec<String>)| {
            names.into_iter().map(move |name| format!("{topic}/{name}"))
        };
        let row = |(fault, topics): (String, BTreeMap<String, Vec<String>>)| {
            (fault, topics.into_iter().flat_map(ids).collect())
        };
        Ok(Self { rows: rows.into_iter().map(row).collect() })
    }

    /// The matrix as a file.
    pub fn to_toml(&self) -> String {
        let mut text = "# Which scenarios fail for which fault of the bank: written by \
                        `jwtspec power --write`.\n"
            .to_owned();
        for (fault, ids) in &self.rows {
            let _ = writeln!(text, "\n[{fault}]");
            let mut topics: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (topic, name) in ids.iter().filter_map(|id| id.split_once('/')) {
                topics.entry(topic).or_default().push(name);
            }
            for (topic, names) in topics {
                let _ = writeln!(text, "{topic} = {names:?}");
            }
        }
        text
    }

    /// States which of these scenarios fail for a fault; of others it keeps what was known.
    pub fn update(
        &mut self,
        fault: impl Into<String>,
        failing: BTreeSet<String>,
        measured: &BTreeSet<&str>,
    ) {
        let row = self.rows.entry(fault.into()).or_default();
        row.retain(|id| !measured.contains(id.as_str()));
        row.extend(failing);
    }

    /// Keeps these faults alone.
    pub fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.rows.retain(|fault, _| is_kept(fault));
    }

    /// The scenarios that fail for a fault; nothing of a fault that was not measured.
    pub fn failing(&self, fault: &str) -> Option<&BTreeSet<String>> {
        self.rows.get(fault)
    }

    /// The faults for which a scenario fails.
    pub fn catches(&self, scenario: &str) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter();
        rows.filter(move |(_, ids)| ids.contains(scenario)).map(|(fault, _)| fault.as_str())
    }

    /// Every fault.
    pub fn faults(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }
}

/// The ids of the chosen scenarios, by the first profile under which each of them runs.
pub fn by_profile(
    catalogue: &Catalogue,
    is_chosen: impl Fn(&str) -> bool,
) -> Vec<(Profile, Vec<String>)> {
    let mut by: HashMap<Profile, Vec<String>> = HashMap::new();
    for scenario in catalogue.iter().filter(|scenario| is_chosen(&scenario.id)) {
        if let Some(first) = Profile::all().find(|profile| scenario.is_for(*profile)) {
            by.entry(first).or_default().push(scenario.id.clone());
        }
    }
    Profile::all().filter_map(|profile| Some((profile, by.remove(&profile)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut matrix = Matrix::default();
        let none = BTreeSet::new();
        matrix.update("odd", ["b/x", "a/y", "a/w"].map(str::to_owned).into(), &none);
        matrix.update("odd", ["a/z".to_owned()].into(), &["a/w", "a/z"].into());
        matrix.update("even", BTreeSet::new(), &none);
        let text = matrix.to_toml();
        assert!(text.ends_with("\n[even]\n\n[odd]\na = [\"y\", \"z\"]\nb = [\"x\"]\n"), "{text}");
        assert_eq!(Matrix::parse(&text).unwrap(), matrix);
        assert_eq!(matrix.catches("a/y").collect::<Vec<_>>(), ["odd"]);
        assert!(Matrix::parse("odd = 7").is_err());
    }
}
