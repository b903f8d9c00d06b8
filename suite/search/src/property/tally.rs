//! The limits of a campaign, the events while it runs, and the results of property tests.

use std::time::Duration;

use super::find::Find;
use jwtspec_engine::plan::SkipReason;
use jwtspec_engine::untold::UntoldTrusts;

/// The limits of a campaign.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of cases, of each property; those that look again at something are not counted.
    pub cases: usize,
    /// The time; each property gets an equal share of what is left.
    pub time: Option<Duration>,
    /// Where chance begins: the same seed and number of cases give the same tokens, as long as the
    /// answers are the same, but for the time and the ports of issuers.
    pub seed: u64,
    /// The number of cases that are under way at the same time.
    pub jobs: usize,
}

/// An event while a search goes on.
#[derive(Debug)]
pub enum SearchEvent<'a> {
    /// The target answers, and was told its setups.
    Started {
        /// Its name.
        target: &'a str,
        /// Its version, if it says one.
        version: Option<&'a str>,
        /// The number of setups it was told.
        setups: usize,
    },
    /// The target did not take these setups, though it said nothing against them: they are left out.
    Untold(&'a UntoldTrusts),
    /// Something in the corpus could not be read and is left alone.
    Unread(String),
    /// The corpus was read: so many cases have a signature of their own, of so many.
    Resumed {
        /// Those with a signature of their own.
        kept: usize,
        /// All that were read.
        read: usize,
    },
    /// A case cannot be kept on disk.
    NotWritten(String),
    /// So many cases are done.
    Progress {
        /// The property that is tried; nothing in fuzzing.
        property: Option<&'static str>,
        /// The number of cases.
        cases: usize,
        /// The number of signatures that are known.
        signatures: usize,
        /// The number of finds.
        finds: usize,
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
    /// Setups that the target could not be told, and why.
    pub skipped_setups: Vec<SkipReason>,
}
