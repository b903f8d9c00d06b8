//! Measures how long a verifier keeps key sets, and how long an unknown `kid` causes no further
//! fetch: by watching the requests to its issuer, with the clock that requests set or in real time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::ProbeRun;
use super::question::Question;
use super::search::{Edge, Search};
use super::session::{Session, header};
use super::unmeasured::Unmeasured;
use jwtspec_engine::run::RunError;
use jwtspec_fixtures::Key;
use jwtspec_mint::recipe::Recipe;

/// The pause between two looks in real time.
const STEP: Duration = Duration::from_millis(100);
/// The longest span that is waited for on a clock that requests set, in seconds.
pub(super) const CLOCKED_PATIENCE: u64 = 86_400;
const CLOCKED_AGE_LIMIT: i64 = 86_400;
/// The same for cool-downs: less than the cache age that is told meanwhile.
const CLOCKED_COOLDOWN_LIMIT: i64 = 1024;
/// In real time a span that is off by less counts as the one that was told.
const TOLERANCE: f64 = 0.5;

/// A span as it was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ObservedSpan {
    /// It ended after so many seconds.
    Ended(u64),
    /// It did not end in so many seconds.
    NotWithin(u64),
    /// It cannot be measured, for this reason.
    Unknown(Unmeasured),
}

impl ObservedSpan {
    pub(super) fn seconds(&self) -> Option<u64> {
        match self {
            Self::Ended(seconds) => Some(*seconds),
            _ => None,
        }
    }

    /// The reason why it cannot be measured.
    pub(super) fn unknown(&self) -> Option<&Unmeasured> {
        match self {
            Self::Unknown(why) => Some(why),
            _ => None,
        }
    }
}

/// The cache age that was observed after another was told.
#[derive(Clone, Debug)]
pub(super) struct ObservedAge {
    pub(super) told: u64,
    pub(super) seen: ObservedSpan,
    /// True if the key set is used in its very last second; known with a clock only.
    pub(super) late: bool,
    /// True if a key that was removed meanwhile still serves after the next fetch.
    pub(super) keeps_removed: Option<Result<bool, Unmeasured>>,
}

/// The cool-down that was observed after another was told.
#[derive(Clone, Debug)]
pub(super) struct ObservedCooldown {
    pub(super) told: u64,
    pub(super) seen: ObservedSpan,
    /// True if the first unknown `kid` causes a fetch at once.
    pub(super) at_once: bool,
    /// True if any unknown `kid` causes a fetch within the time that was waited.
    pub(super) ever: bool,
}

/// Tells a cache age and observes after which time the key set is fetched again.
pub(super) async fn measure_age(run: &ProbeRun<'_>, told: u64) -> Result<ObservedAge, RunError> {
    let (mut session, first) = match open(run, Question::CacheAge(told), None).await? {
        Ok(opened) => opened,
        Err(why) => {
            let seen = ObservedSpan::Unknown(why);
            return Ok(ObservedAge { told, seen, late: false, keeps_removed: None });
        }
    };
    let age = match session.clock {
        Some(_) => clocked_age(&mut session, told).await?,
        None => real_age(&mut session, told, first).await?,
    };
    session.close().await;
    Ok(age)
}

/// Tells a cool-down and observes after which time an unknown `kid` causes a fetch again.
pub(super) async fn measure_cooldown(
    run: &ProbeRun<'_>,
    told: u64,
) -> Result<ObservedCooldown, RunError> {
    let (mut session, first) = match open(run, Question::Cooldown(told), None).await? {
        Ok(opened) => opened,
        Err(why) => {
            let seen = ObservedSpan::Unknown(why);
            return Ok(ObservedCooldown { told, seen, at_once: false, ever: false });
        }
    };
    // The cool-down begins with the fetch before.
    let at_once = causes_fetch(&mut session, unknown_kid).await?;
    let seen = match (&at_once, session.clock) {
        (Err(why), _) => ObservedSpan::Unknown(why.clone()),
        (_, Some(_)) => {
            clocked_span(&mut session, told, CLOCKED_COOLDOWN_LIMIT, unknown_kid).await?.0
        }
        (_, None) => {
            let begun = session.fetches().last().copied().unwrap_or(first);
            real_span(&mut session, told, begun, unknown_kid).await?.0
        }
    };
    session.close().await;
    let at_once = at_once == Ok(true);
    let ever = at_once || seen.seconds().is_some();
    Ok(ObservedCooldown { told, seen, at_once, ever })
}

/// Lets the issuer permit less than the target was told, and observes which of them it heeds.
///
/// Returns how it departs from what is permitted, if it does; the inner error is the reason why that
/// cannot be measured.
pub(super) async fn measure_http_caching(
    run: &ProbeRun<'_>,
) -> Result<Result<Option<&'static str>, Unmeasured>, RunError> {
    const PERMITTED: u64 = 1;
    let mut session = match open(run, Question::HttpCache, Some(PERMITTED)).await? {
        Ok((session, _)) => session,
        Err(why) => return Ok(Err(why)),
    };
    let departure = match causes_fetch(&mut session, |_| Recipe::default()).await? {
        Ok(true) => Ok(Some("fetched again at once")),
        Ok(false) => {
            match &mut session.clock {
                Some(now) => *now = now.saturating_add(PERMITTED + 1),
                None => sleep(Duration::from_secs(PERMITTED) + STEP).await,
            }
            let fetched = causes_fetch(&mut session, |_| Recipe::default()).await?;
            fetched.map(|fetched| (!fetched).then_some("not fetched again after it"))
        }
        Err(why) => Err(why),
    };
    session.close().await;
    Ok(departure)
}

/// Opens a session and makes the target fetch keys for the first time; returns when it did, or
/// the reason why it cannot be measured. The issuer permits the key set to be kept for so many
/// seconds, if given.
async fn open<'a>(
    run: &'a ProbeRun<'a>,
    question: Question,
    permitted: Option<u64>,
) -> Result<Result<(Session<'a>, Instant), Unmeasured>, RunError> {
    let mut session = match Session::open(run, question).await? {
        Ok(session) => session,
        Err(why) => return Ok(Err(why)),
    };
    if let Some(seconds) = permitted {
        session.permit_age(seconds)?;
    }
    let presented = session.present(&Recipe::default()).await?;
    let why = match (&presented.accepted, session.fetches().last()) {
        (Ok(true), Some(first)) => return Ok(Ok((session, *first))),
        (Ok(true), None) => Unmeasured::Impossible("no key set was fetched".to_owned()),
        (Ok(false), _) => Unmeasured::ValidRefused(presented.verdict()),
        (Err(why), _) => why.clone(),
    };
    session.close().await;
    Ok(Err(why))
}

/// Presents a token; true if a key set was fetched meanwhile. A token without a verdict may not have
/// reached the verifier: that none was fetched shows nothing then.
async fn causes_fetch(
    session: &mut Session<'_>,
    recipe: impl Fn(&Session<'_>) -> Recipe,
) -> Result<Result<bool, Unmeasured>, RunError> {
    let before = session.fetches().len();
    let recipe = recipe(session);
    let presented = session.present(&recipe).await?;
    Ok(match session.fetches().len() > before {
        true => Ok(true),
        false => presented.accepted.map(|_| false),
    })
}

/// A token under a key that is not published, under a `kid` that was never seen.
fn unknown_kid(session: &Session<'_>) -> Recipe {
    let kid = format!("unknown-{}", session.mint_context.count);
    Recipe { key: Key::named("rs256-b").ok(), ..header("kid", &kid) }
}

/// Searches on the clock: the time only goes forward, and each fetch begins a new span. Returns the
/// span, and true if its last second still belongs to it.
async fn clocked_span(
    session: &mut Session<'_>,
    told: u64,
    limit: i64,
    recipe: impl Fn(&Session<'_>) -> Recipe,
) -> Result<(ObservedSpan, bool), RunError> {
    let mut base = session.now();
    let mut search = Search::new(-1, limit);
    while let Some(offset) = search.next() {
        session.clock = Some(base.saturating_add(u64::try_from(offset).unwrap_or_default()));
        let fetched = match causes_fetch(session, &recipe).await? {
            Ok(fetched) => fetched,
            Err(why) => return Ok((ObservedSpan::Unknown(why), false)),
        };
        if fetched {
            base = session.now();
        }
        search.record(offset, !fetched);
    }
    Ok(span_of_edge(told, search.edge(), limit))
}

/// The span behind an edge, and true if its last second still belongs to it.
fn span_of_edge(told: u64, edge: Edge, limit: i64) -> (ObservedSpan, bool) {
    let seconds = |number: i64| u64::try_from(number).unwrap_or_default();
    match edge {
        Edge::Never => (ObservedSpan::NotWithin(seconds(limit)), false),
        Edge::Last(last) if last >= 0 && seconds(last) == told => (ObservedSpan::Ended(told), true),
        Edge::Last(last) => (ObservedSpan::Ended(seconds(last + 1)), false),
    }
}

/// The token that is signed by the key which the issuer takes back.
fn old(_session: &Session<'_>) -> Recipe {
    Recipe { key: Key::named("rs256-a").ok(), ..Recipe::default() }
}

async fn clocked_age(session: &mut Session<'_>, told: u64) -> Result<ObservedAge, RunError> {
    let (seen, late) =
        clocked_span(session, told, CLOCKED_AGE_LIMIT, |_| Recipe::default()).await?;
    let mut keeps_removed = None;
    if let (Some(seconds), Some(other)) = (seen.seconds(), Key::named("rs256-b").ok()) {
        let old = old(session);
        session.publish(other)?;
        session.clock = Some(session.now().saturating_add(seconds.saturating_mul(2) + 2));
        keeps_removed = Some(session.present(&old).await?.accepted);
    }
    Ok(ObservedAge { told, seen, late, keeps_removed })
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
    session: &mut Session<'_>,
    told: u64,
    first: Instant,
) -> Result<ObservedAge, RunError> {
    if let Ok(other) = Key::named("rs256-b") {
        session.publish(other)?;
    }
    let (seen, mut accepted) = real_span(session, told, first, old).await?;
    let ended = seen.seconds().is_some();
    if ended && accepted == Ok(true) {
        // An answer may be given while the fetch is still under way.
        sleep(STEP).await;
        let old = old(session);
        accepted = session.present(&old).await?.accepted;
    }
    Ok(ObservedAge { told, seen, late: false, keeps_removed: ended.then_some(accepted) })
}

/// Presents tokens until a key set is fetched again or the patience of the probe ends. Returns the
/// span since `begun`, and the verdict on the last token.
async fn real_span(
    session: &mut Session<'_>,
    told: u64,
    begun: Instant,
    recipe: impl Fn(&Session<'_>) -> Recipe,
) -> Result<(ObservedSpan, Result<bool, Unmeasured>), RunError> {
    let patience = session.run.max_wait;
    let known = session.fetches().len();
    let mut last = Duration::ZERO;
    loop {
        sleep(STEP).await;
        let poll = begun.elapsed();
        let recipe = recipe(session);
        let accepted = session.present(&recipe).await?.accepted;
        if let Some(fetch) = session.fetches().get(known) {
            let seconds = whole_seconds(told, last, fetch.duration_since(begun));
            return Ok((ObservedSpan::Ended(seconds), accepted));
        }
        if let Err(why) = &accepted {
            return Ok((ObservedSpan::Unknown(why.clone()), accepted));
        }
        if poll > patience {
            return Ok((ObservedSpan::NotWithin(patience.as_secs()), accepted));
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
        assert_eq!(span_of_edge(300, Edge::Last(299), 1000), (ObservedSpan::Ended(300), false));
        assert_eq!(span_of_edge(300, Edge::Last(300), 1000), (ObservedSpan::Ended(300), true));
        assert_eq!(span_of_edge(300, Edge::Last(599), 1000), (ObservedSpan::Ended(600), false));
        assert_eq!(span_of_edge(0, Edge::Last(-1), 1000), (ObservedSpan::Ended(0), false));
        assert_eq!(span_of_edge(2, Edge::Never, 1000), (ObservedSpan::NotWithin(1000), false));
    }
}
