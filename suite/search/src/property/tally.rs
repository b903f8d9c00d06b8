//! What is asked of a campaign, what it tells while it goes on, and what came of it.

use std::time::Duration;

use super::find::Find;
use jwtspec_engine::plan::SkipReason;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Cases of each property.
    pub cases: usize,
    /// Time for all properties together; each gets an equal share of what is left.
    pub time: Option<Duration>,
    /// Where chance begins: the same seed and number of cases give the same tokens, but for the
    /// time and the ports of issuers.
    pub seed: u64,
    /// How many cases are under way at the same time.
    pub jobs: usize,
}

/// What happens while properties are tried.
#[derive(Debug)]
pub enum Happening<'a> {
    /// The target answers, and was told its worlds.
    Started {
        /// Its name.
        target: &'a str,
        /// Its version, if it says one.
        version: Option<&'a str>,
        /// How many worlds it was told.
        worlds: usize,
    },
    /// So many cases of a property are done.
    Progress {
        /// Which property.
        property: &'static str,
        /// How many.
        cases: usize,
    },
    /// The target died and was started again.
    Restarted {
        /// How it ended.
        ended: String,
    },
    /// Something was found, confirmed and shrunk.
    Found(&'a Find),
}

/// What came of one property.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub property: &'static str,
    /// How many cases were tried.
    pub cases: usize,
    /// Of those, not presented: not of this property after all, or not to be minted.
    pub void: usize,
    /// Of those presented, judged for their form only: specifications leave the verdict open.
    pub open: usize,
    /// How long that took, without looking into suspicions.
    pub duration: Duration,
    /// How many different things were found.
    pub finds: usize,
    /// How many cases showed what had been found before.
    pub repeats: usize,
    /// How many suspicions did not come back.
    pub unconfirmed: usize,
    /// Why it was not tried.
    pub skipped: Option<String>,
}

/// What came of all.
#[derive(Debug)]
pub struct Tally {
    /// A row for each property.
    pub rows: Vec<Row>,
    /// What was found.
    pub finds: Vec<Find>,
    /// Worlds that the target could not be told, and why, most first.
    pub skipped_worlds: Vec<SkipReason>,
}
