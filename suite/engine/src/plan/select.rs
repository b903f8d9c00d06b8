//! The selection of scenarios: filters, level, profile, shard.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::scenario::{Catalogue, Scenario};
use jwtspec_types::nearest::nearest;
use jwtspec_types::profile::Profile;
use jwtspec_types::requirements::Requirement;
use jwtspec_types::words::Level;

/// A selection of scenarios.
#[derive(Clone, Debug)]
pub struct Selection {
    filters: Globs,
    requirements: Globs,
    limit: Level,
    shard: Option<Shard>,
}

/// Globs over ids. `*` crosses the slash, so that `*aud*` finds what a person expects.
#[derive(Clone, Debug)]
pub struct Globs {
    texts: Vec<String>,
    set: GlobSet,
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
    #[error("`{filter}` is not a glob: {error}")]
    BadGlob {
        /// The text of the filter.
        filter: String,
        /// The mistake in it.
        error: globset::Error,
    },
    /// A filter that matches no scenario.
    #[error("the filter `{0}` matches no scenario{1}\n`jwtspec list` shows every id")]
    MatchesNothing(String, String),
    /// A glob that matches no requirement.
    #[error("`{0}` matches no requirement{1}\n`jwtspec coverage --json` has every id")]
    NoRequirement(String, String),
    /// Filters that match, but nothing of that level, profile and shard.
    #[error(
        "nothing is selected: of the scenarios that match, none has level `{limit}` or above, exercises what is asked for, runs under the profile `{profile}` and is in the shard"
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

impl Globs {
    /// Compiles globs.
    ///
    /// # Errors
    ///
    /// If one of them is not a glob.
    pub fn new(texts: &[String]) -> Result<Self, SelectionError> {
        let mut builder = GlobSetBuilder::new();
        let bad_glob = |filter: String| move |error| SelectionError::BadGlob { filter, error };
        for text in texts {
            builder.add(Glob::new(text).map_err(bad_glob(text.clone()))?);
        }
        let set = builder.build().map_err(bad_glob(texts.join(" ")))?;
        Ok(Self { texts: texts.to_vec(), set })
    }

    /// Returns true if there are none, so that nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns true if one of them matches.
    pub fn is_match(&self, id: &str) -> bool {
        self.set.is_match(id)
    }

    /// The first that matches none of these, with what the user may have meant. It is a typo: say
    /// so instead of passing with less.
    fn useless<'i>(&self, ids: impl Iterator<Item = &'i str> + Clone) -> Option<(String, String)> {
        let useless = self
            .texts
            .iter()
            .enumerate()
            .find(|(index, _)| !ids.clone().any(|id| self.set.matches(id).contains(index)));
        useless.map(|(_, text)| {
            let near = nearest(text, ids);
            let advice = near.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
            (text.clone(), advice)
        })
    }

    /// Checks that each of them matches a requirement.
    ///
    /// # Errors
    ///
    /// If one matches none.
    pub fn check_requirements(&self) -> Result<(), SelectionError> {
        let ids: Vec<&str> = Requirement::all().map(|it| it.id.as_str()).collect();
        match self.useless(ids.iter().copied()) {
            Some((text, advice)) => Err(SelectionError::NoRequirement(text, advice)),
            None => Ok(()),
        }
    }
}

impl Selection {
    /// Everything.
    pub fn all() -> Self {
        let none = || Globs { texts: Vec::new(), set: GlobSet::empty() };
        Self { filters: none(), requirements: none(), limit: Level::May, shard: None }
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
        Ok(Self { filters: Globs::new(filters)?, limit, shard, ..Self::all() })
    }

    /// Only those scenarios, too, that exercise a requirement whose id one of these globs matches
    /// (none: all).
    ///
    /// # Errors
    ///
    /// If one is not a glob, or matches no requirement.
    pub fn of_requirements(mut self, globs: &[String]) -> Result<Self, SelectionError> {
        self.requirements = Globs::new(globs)?;
        self.requirements.check_requirements()?;
        Ok(self)
    }

    /// The chosen scenarios, in the order of the catalogue.
    pub(super) fn select<'c>(
        &self,
        catalogue: &'c Catalogue,
        profile: Profile,
    ) -> Result<Vec<&'c Scenario>, SelectionError> {
        let ids: Vec<&str> = catalogue.iter().map(|scenario| scenario.id.as_str()).collect();
        if let Some((text, advice)) = self.filters.useless(ids.iter().copied()) {
            return Err(SelectionError::MatchesNothing(text, advice));
        }
        let chosen: Vec<&Scenario> = catalogue
            .iter()
            .filter(|scenario| self.filters.is_empty() || self.filters.is_match(&scenario.id))
            .filter(|scenario| self.exercises(scenario))
            .filter(|scenario| scenario.is_for(profile))
            .filter(|scenario| scenario.level_under(profile) <= self.limit)
            .filter(|scenario| self.shard.is_none_or(|shard| shard.holds(&scenario.id)))
            .collect();
        if chosen.is_empty() {
            return Err(SelectionError::Empty { limit: self.limit, profile });
        }
        Ok(chosen)
    }

    fn exercises(&self, scenario: &Scenario) -> bool {
        let globs = &self.requirements;
        globs.is_empty()
            || scenario.covers.iter().any(|requirement| globs.is_match(&requirement.id))
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
