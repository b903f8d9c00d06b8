//! How long a verifier keeps key sets, and how long an unknown `kid` causes no further fetch: by
//! watching what its issuer is asked, with the clock that requests set or in real time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Lab;
use super::question::Question;
use super::search::{Edge, Search};
use super::trial::{Trial, header};
use jwtspec_engine::run::RunError;
use jwtspec_fixtures::Key;
use jwtspec_mint::recipe::Recipe;

/// How often is looked in real time.
const STEP: Duration = Duration::from_millis(100);
/// What is waited for on a clock that requests set, in seconds.
pub(super) const CLOCKED_PATIENCE: u64 = 86_400;
const CLOCKED_AGE_LIMIT: i64 = 86_400;
/// The same for cool-downs: less than the cache age that is told meanwhile.
const CLOCKED_COOLDOWN_LIMIT: i64 = 1024;
/// In real time a span that is off by less counts as the one that was told.
const TOLERANCE: f64 = 0.5;

/// What was seen of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It ended after so many seconds.
    Ended(u64),
    /// It did not end in so many seconds.
    NotWithin(u64),
    /// Nothing can be said.
    Nothing(String),
}

impl Seen {
    pub(super) fn seconds(&self) -> Option<u64> {
        match self {
            Self::Ended(seconds) => Some(*seconds),
            _ => None,
        }
    }
}

/// What came of telling a cache age.
#[derive(Clone, Debug)]
pub(super) struct Age {
    pub(super) told: u64,
    pub(super) seen: Seen,
    /// Whether it is used in its very last second; known with a clock only.
    pub(super) late: bool,
    /// Whether a key that was removed meanwhile still serves after the next fetch.
    pub(super) keeps_removed: Option<bool>,
}

/// What came of telling a cool-down.
#[derive(Clone, Debug)]
pub(super) struct Cooldown {
    pub(super) told: u64,
    pub(super) seen: Seen,
    /// Whether the first unknown `kid` causes a fetch at once.
    pub(super) at_once: bool,
    /// Whether any does within the time that was waited.
    pub(super) ever: bool,
}

/// Tells a cache age and sees after which time the key set is fetched again.
pub(super) async fn age(lab: &Lab<'_>, told: u64) -> Result<Age, RunError> {
    let blank = |seen| Age { told, seen, late: false, keeps_removed: None };
    let mut trial = match Trial::open(lab, Question::CacheAge(told)).await {
        Ok(trial) => trial,
        Err(why) => return Ok(blank(Seen::Nothing(why))),
    };
    let age = match (begin(&mut trial).await?, trial.clock) {
        (Err(why), _) => blank(Seen::Nothing(why)),
        (Ok(_), Some(_)) => clocked_age(&mut trial, told).await?,
        (Ok(first), None) => real_age(&mut trial, told, first, lab.max_wait).await?,
    };
    trial.close().await;
    Ok(age)
}

/// Tells a cool-down and sees after which time an unknown `kid` causes a fetch again.
pub(super) async fn cooldown(lab: &Lab<'_>, told: u64) -> Result<Cooldown, RunError> {
    let blank = |seen| Cooldown { told, seen, at_once: false, ever: false };
    let mut trial = match Trial::open(lab, Question::Cooldown(told)).await {
        Ok(trial) => trial,
        Err(why) => return Ok(blank(Seen::Nothing(why))),
    };
    let cooldown = match (begin(&mut trial).await?, trial.clock) {
        (Err(why), _) => blank(Seen::Nothing(why)),
        (Ok(_), Some(_)) => clocked_cooldown(&mut trial, told).await?,
        (Ok(first), None) => real_cooldown(&mut trial, told, first, lab.max_wait).await?,
    };
    trial.close().await;
    Ok(cooldown)
}

/// What came of an issuer that permits its key set to be kept for a second only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// It was fetched again after that second, and not before.
    Heeded,
    /// It was fetched with each token, or not again.
    NotHeeded(&'static str),
    /// Nothing can be said.
    Nothing(String),
}

/// Lets the issuer permit less than the target was told, and sees which of them it heeds.
pub(super) async fn permission(lab: &Lab<'_>) -> Result<Permission, RunError> {
    const PERMITTED: u64 = 1;
    let mut trial = match Trial::open(lab, Question::HttpCache).await {
        Ok(trial) => trial,
        Err(why) => return Ok(Permission::Nothing(why)),
    };
    trial.permit_age(PERMITTED)?;
    if let Err(why) = begin(&mut trial).await? {
        return Ok(Permission::Nothing(why));
    }
    let valid = Recipe::default();
    if causes_fetch(&mut trial, &valid).await? {
        return Ok(Permission::NotHeeded("fetched again at once"));
    }
    match &mut trial.clock {
        Some(now) => *now = now.saturating_add(PERMITTED + 1),
        None => sleep(Duration::from_secs(PERMITTED) + STEP).await,
    }
    let fetched = causes_fetch(&mut trial, &valid).await?;
    trial.close().await;
    Ok(if fetched {
        Permission::Heeded
    } else {
        Permission::NotHeeded("not fetched again after it")
    })
}

/// Makes it fetch keys for the first time, and says when; else why it cannot be measured.
async fn begin(trial: &mut Trial<'_>) -> Result<Result<Instant, String>, RunError> {
    let shown = trial.present(&Recipe::default()).await?;
    if !shown.accepted {
        return Ok(Err(format!("the valid token is {}", shown.verdict())));
    }
    Ok(trial.fetches().last().copied().ok_or_else(|| "no key set was fetched".to_owned()))
}

/// Presents a token and says whether a key set was fetched meanwhile.
async fn causes_fetch(trial: &mut Trial<'_>, recipe: &Recipe) -> Result<bool, RunError> {
    let before = trial.fetches().len();
    trial.present(recipe).await?;
    Ok(trial.fetches().len() > before)
}

/// A token under a key that nobody has published, under a `kid` that was never seen.
fn unknown(trial: &Trial<'_>) -> Recipe {
    let kid = format!("unknown-{}", trial.mint_context.count);
    Recipe { key: Key::named("rs256-b").ok(), ..header("kid", &kid) }
}

/// Searches on the clock: the time only goes forward, and each fetch begins a new span.
async fn clocked_edge(
    trial: &mut Trial<'_>,
    limit: i64,
    recipe: impl Fn(&Trial<'_>) -> Recipe,
) -> Result<Edge, RunError> {
    let mut base = trial.now();
    let mut search = Search::new(-1, limit);
    while let Some(offset) = search.next() {
        trial.clock = Some(base.saturating_add(u64::try_from(offset).unwrap_or_default()));
        let recipe = recipe(trial);
        let fetched = causes_fetch(trial, &recipe).await?;
        if fetched {
            base = trial.now();
        }
        search.note(offset, !fetched);
    }
    Ok(search.edge())
}

/// The span behind an edge, and whether its last second still belongs to it.
fn span(told: u64, edge: Edge, limit: i64) -> (Seen, bool) {
    let seconds = |number: i64| u64::try_from(number).unwrap_or_default();
    match edge {
        Edge::Never => (Seen::NotWithin(seconds(limit)), false),
        Edge::Last(last) if last >= 0 && seconds(last) == told => (Seen::Ended(told), true),
        Edge::Last(last) => (Seen::Ended(seconds(last + 1)), false),
    }
}

async fn clocked_age(trial: &mut Trial<'_>, told: u64) -> Result<Age, RunError> {
    let edge = clocked_edge(trial, CLOCKED_AGE_LIMIT, |_| Recipe::default()).await?;
    let (seen, late) = span(told, edge, CLOCKED_AGE_LIMIT);
    let mut keeps_removed = None;
    if let (Some(seconds), Some(other)) = (seen.seconds(), Key::named("rs256-b").ok()) {
        let old = Recipe { key: Key::named("rs256-a").ok(), ..Recipe::default() };
        trial.publish(other)?;
        trial.clock = Some(trial.now().saturating_add(seconds.saturating_mul(2) + 2));
        keeps_removed = Some(trial.present(&old).await?.accepted);
    }
    Ok(Age { told, seen, late, keeps_removed })
}

async fn clocked_cooldown(trial: &mut Trial<'_>, told: u64) -> Result<Cooldown, RunError> {
    let first = unknown(trial);
    let at_once = causes_fetch(trial, &first).await?;
    let edge = clocked_edge(trial, CLOCKED_COOLDOWN_LIMIT, unknown).await?;
    let (seen, _) = span(told, edge, CLOCKED_COOLDOWN_LIMIT);
    let ever = at_once || seen.seconds().is_some();
    Ok(Cooldown { told, seen, at_once, ever })
}

/// A span that ended between two moments, in whole seconds: the one that was told if that can be.
pub(super) fn whole_seconds(told: u64, least: Duration, most: Duration) -> u64 {
    let (least, most) = (least.as_secs_f64(), most.as_secs_f64());
    let range = least - TOLERANCE..=most + TOLERANCE;
    // Whole seconds of a few minutes lose nothing as a floating-point number.
    let as_told = Duration::from_secs(told).as_secs_f64();
    if range.contains(&as_told) {
        return told;
    }
    Duration::from_secs_f64(((least + most) / 2.0).max(0.0) + 0.5).as_secs()
}

async fn real_age(
    trial: &mut Trial<'_>,
    told: u64,
    first: Instant,
    patience: Duration,
) -> Result<Age, RunError> {
    let old = Recipe { key: Key::named("rs256-a").ok(), ..Recipe::default() };
    if let Ok(other) = Key::named("rs256-b") {
        trial.publish(other)?;
    }
    let known = trial.fetches().len();
    let mut last = Duration::ZERO;
    loop {
        sleep(STEP).await;
        let poll = first.elapsed();
        let shown = trial.present(&old).await?;
        if let Some(fetch) = trial.fetches().get(known) {
            let seen = Seen::Ended(whole_seconds(told, last, fetch.duration_since(first)));
            // An answer may be given while the fetch is still under way.
            let accepted = shown.accepted && {
                sleep(STEP).await;
                trial.present(&old).await?.accepted
            };
            return Ok(Age { told, seen, late: false, keeps_removed: Some(accepted) });
        }
        if poll > patience {
            let seen = Seen::NotWithin(patience.as_secs());
            return Ok(Age { told, seen, late: false, keeps_removed: None });
        }
        last = poll;
    }
}

async fn real_cooldown(
    trial: &mut Trial<'_>,
    told: u64,
    first: Instant,
    patience: Duration,
) -> Result<Cooldown, RunError> {
    let known = trial.fetches().len();
    let token = unknown(trial);
    let mut at_once = false;
    // The cool-down begins with the fetch before.
    let mut begun = first;
    let mut counted = known;
    if causes_fetch(trial, &token).await? {
        at_once = true;
        let fetches = trial.fetches();
        begun = fetches.last().copied().unwrap_or(first);
        counted = fetches.len();
    }
    let mut last = Duration::ZERO;
    loop {
        sleep(STEP).await;
        let poll = begun.elapsed();
        let token = unknown(trial);
        trial.present(&token).await?;
        if let Some(fetch) = trial.fetches().get(counted) {
            let seen = Seen::Ended(whole_seconds(told, last, fetch.duration_since(begun)));
            return Ok(Cooldown { told, seen, at_once, ever: true });
        }
        if poll > patience {
            let seen = Seen::NotWithin(patience.as_secs());
            return Ok(Cooldown { told, seen, at_once, ever: at_once });
        }
        last = poll;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_time_is_read_as_what_was_told_if_that_can_be() {
        let between = |least, most| {
            whole_seconds(2, Duration::from_millis(least), Duration::from_millis(most))
        };
        assert_eq!(between(1900, 2010), 2);
        assert_eq!(between(2005, 2110), 2);
        assert_eq!(between(0, 5), 0);
        assert_eq!(between(3950, 4050), 4);
        assert_eq!(between(0, 9000), 2);
    }

    #[test]
    fn the_last_second_counts_as_one_that_was_told() {
        assert_eq!(span(300, Edge::Last(299), 1000), (Seen::Ended(300), false));
        assert_eq!(span(300, Edge::Last(300), 1000), (Seen::Ended(300), true));
        assert_eq!(span(300, Edge::Last(599), 1000), (Seen::Ended(600), false));
        assert_eq!(span(0, Edge::Last(-1), 1000), (Seen::Ended(0), false));
        assert_eq!(span(2, Edge::Never, 1000), (Seen::NotWithin(1000), false));
    }
}
