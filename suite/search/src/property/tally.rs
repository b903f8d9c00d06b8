//! The limits of a campaign, the events while it runs, and its results.

use std::time::Duration;

use super::find::Find;
use jwtspec_engine::plan::SkipReason;

/// The limits of a campaign.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Cases of each property.
    pub cases: usize,
    /// Time for all properties together; each gets an equal share of what is left.
    pub time: Option<Duration>,
    /// Where chance begins: the same seed and number of cases give the same tokens, but for the
    /// time and the ports of issuers.
    pub seed: u64,
    /// The number of cases that are under way at the same time.
    pub jobs: usize,
}

/// An event while properties are tried.
#[derive(Debug)]
pub enum PropertyEvent<'a> {
    /// The target answers, and was told its setups.
    Started {
        /// Its name.
        target: &'a str,
        /// Its version, if it says one.
        version: Option<&'a str>,
        /// The number of setups it was told.
        setups: usize,
    },
    /// So many cases of a property are done.
    Progress {
        /// Which property.
        property: &'static str,
        /// The number of cases.
        cases: usize,
    },
    /// The target died and was started again.
    Restarted {
        /// The exit status and log of the process that died.
        ended: String,
    },
    /// Something was found, confirmed and shrunk.
    Found(&'a Find),
}

/// The results of one property.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its id.
    pub property: &'static str,
    /// The number of cases that were tried.
    pub cases: usize,
    /// Of those, not presented: not of this property after all, or not to be minted.
    pub void: usize,
    /// Of those presented, judged for their form only: specifications leave the verdict open.
    pub open: usize,
    /// The time that took, without looking into suspicions.
    pub duration: Duration,
    /// The number of different finds.
    pub finds: usize,
    /// The number of cases that showed what had been found before.
    pub repeats: usize,
    /// The number of suspicions that did not come back.
    pub unconfirmed: usize,
    /// Why it was not tried.
    pub skipped: Option<String>,
}

/// The results of all properties.
#[derive(Debug)]
pub struct Tally {
    /// A row for each property.
    pub rows: Vec<Row>,
    /// The finds.
    pub finds: Vec<Find>,
    /// Setups that the target could not be told, and why, most first.
    pub skipped_setups: Vec<SkipReason>,
}
