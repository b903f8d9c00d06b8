//! Measures whether a verifier takes the time from the header `Jwtspec-Time` of each request.

use super::ProbeRun;
use super::measurement::Measurement;
use super::question::Question;
use super::session::Session;
use super::unmeasured::NOT_MEASURED;
use jwtspec_engine::run::{RunError, now};
use jwtspec_mint::recipe::Recipe;

/// The seconds by which the clock is set ahead: more than any leeway.
const AHEAD: u64 = 10 * 365 * 86_400;

/// The clock as it was observed.
pub(super) struct ObservedClock {
    /// True if claims are judged by it.
    pub(super) for_claims: bool,
    /// True if that could not be measured.
    is_unknown: bool,
    pub(super) text: String,
}

/// Sets the clock ten years ahead and presents a token of then and one of now.
pub(super) async fn measure_clock(run: &ProbeRun<'_>) -> Result<ObservedClock, RunError> {
    let mut session = match Session::open(run, Question::Clock).await? {
        Ok(session) => session,
        Err(why) => {
            let (is_unknown, text) = (why.is_mistake(), why.to_string());
            return Ok(ObservedClock { for_claims: false, is_unknown, text });
        }
    };
    let today = now();
    let then = today.saturating_add(AHEAD);
    let valid = Recipe::default();
    session.clock = Some(then);
    let of_then = session.present(&valid).await?;
    session.mint_context.now = today;
    let of_today = session.present_as_of(&valid).await?;
    session.close().await;
    Ok(ObservedClock {
        for_claims: of_then.accepted && !of_today.accepted,
        is_unknown: false,
        text: format!(
            "set ten years ahead: a token of then {}, one of today {}",
            of_then.verdict(),
            of_today.verdict()
        ),
    })
}

/// Describes the clock, once it is known whether the cache follows it, too.
pub(super) fn describe_clock(
    run: &ProbeRun<'_>,
    seen: ObservedClock,
    for_cache: Option<bool>,
) -> (Measurement, Option<bool>) {
    if seen.is_unknown {
        return (Measurement::new("Jwtspec-Time", NOT_MEASURED, seen.text), None);
    }
    let honoured = seen.for_claims && for_cache != Some(false);
    let value = match (seen.for_claims, for_cache) {
        (false, _) => "not honoured",
        (true, Some(true)) => "honoured for claims and for what is kept",
        (true, Some(false)) => "honoured for claims, but not for what is kept",
        (true, None) => "honoured for claims",
    };
    let line = Measurement::new("Jwtspec-Time", value, seen.text);
    (line.against_bool("clock", run.declared.clock, honoured), Some(honoured))
}
