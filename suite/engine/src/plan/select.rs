//! The selection of scenarios: filters, level, profile, shard.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::scenario::{Catalogue, Scenario};
use jwtspec_types::nearest::nearest;
use jwtspec_types::profile::Profile;
use jwtspec_types::words::Level;

/// A selection of scenarios.
#[derive(Clone, Debug)]
pub struct Selection {
    filters: Vec<String>,
    globs: GlobSet,
    limit: Level,
    shard: Option<Shard>,
}

/// A share of the scenarios: the K-th of N, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// The reason why nothing could be selected.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// A filter that is no glob.
    #[error("the filter `{filter}` is not a glob: {error}")]
    BadGlob {
        /// The text of the filter.
        filter: String,
        /// The mistake in it.
        error: globset::Error,
    },
    /// A filter that matches no scenario.
    #[error("the filter `{0}` matches no scenario{1}\n`jwtspec list` shows every id")]
    MatchesNothing(String, String),
    /// Filters that match, but nothing of that level, profile and shard.
    #[error(
        "nothing is selected: of the scenarios that match, none has level `{limit}` or above, runs under the profile `{profile}` and is in the shard"
    )]
    Empty {
        /// The level asked for.
        limit: Level,
        /// The profile asked for.
        profile: Profile,
    },
    /// A shard that is no fraction.
    #[error("`{0}` is not a shard; write K/N with K from 1 to N, such as 1/4")]
    BadShard(String),
}

impl Selection {
    /// Everything.
    pub fn all() -> Self {
        Self { filters: Vec::new(), globs: GlobSet::empty(), limit: Level::May, shard: None }
    }

    /// The scenarios that match any of these globs (none: all) and are at least as binding as `limit`.
    ///
    /// # Errors
    ///
    /// If a filter is not a glob.
    pub fn new(
        filters: &[String],
        limit: Level,
        shard: Option<Shard>,
    ) -> Result<Self, SelectionError> {
        let mut builder = GlobSetBuilder::new();
        let bad_glob = |filter: String| move |error| SelectionError::BadGlob { filter, error };
        for filter in filters {
            // `*` crosses the slash, so that `*aud*` finds what a person expects.
            builder.add(Glob::new(filter).map_err(bad_glob(filter.clone()))?);
        }
        let globs = builder.build().map_err(bad_glob(filters.join(" ")))?;
        Ok(Self { filters: filters.to_vec(), globs, limit, shard })
    }

    /// The chosen scenarios, in the order of the catalogue.
    pub(super) fn select<'c>(
        &self,
        catalogue: &'c Catalogue,
        profile: Profile,
    ) -> Result<Vec<&'c Scenario>, SelectionError> {
        self.check_filters(catalogue)?;
        let chosen: Vec<&Scenario> = catalogue
            .iter()
            .filter(|scenario| self.filters.is_empty() || self.globs.is_match(&scenario.id))
            .filter(|scenario| scenario.is_for(profile))
            .filter(|scenario| scenario.level_under(profile) <= self.limit)
            .filter(|scenario| self.shard.is_none_or(|shard| shard.holds(&scenario.id)))
            .collect();
        if chosen.is_empty() {
            return Err(SelectionError::Empty { limit: self.limit, profile });
        }
        Ok(chosen)
    }

    /// A filter that matches nothing is a typo: say so instead of passing with less.
    fn check_filters(&self, catalogue: &Catalogue) -> Result<(), SelectionError> {
        for (index, filter) in self.filters.iter().enumerate() {
            let matches = |scenario: &Scenario| self.globs.matches(&scenario.id).contains(&index);
            if !catalogue.iter().any(matches) {
                let near = nearest(filter, catalogue.iter().map(|scenario| scenario.id.as_str()));
                let advice = near.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
                return Err(SelectionError::MatchesNothing(filter.clone(), advice));
            }
        }
        Ok(())
    }
}

impl Shard {
    /// True if an id belongs to this share; adding a scenario moves no other one.
    fn holds(self, id: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        hasher.finish() % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Some(Self { index: index.parse().ok()?, count: count.parse().ok()? })
        });
        match parsed {
            Some(shard) if (1..=shard.count).contains(&shard.index) => Ok(shard),
            _ => Err(SelectionError::BadShard(text.to_owned())),
        }
    }
}
