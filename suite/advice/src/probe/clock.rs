//! Measures whether a verifier takes the time from the header `Jwtspec-Time` of each request.

use super::ProbeRun;
use super::measurement::Measurement;
use super::question::Question;
use super::session::Session;
use super::unmeasured::{Unmeasured, all_hold};
use jwtspec_engine::run::{RunError, now};
use jwtspec_mint::recipe::Recipe;

/// The seconds by which the clock is set ahead: more than any leeway.
const AHEAD: u64 = 10 * 365 * 86_400;

/// The clock as it was observed.
pub(super) struct ObservedClock {
    /// True if claims are judged by it.
    pub(super) for_claims: bool,
    /// The reason why that could not be measured.
    unknown: Option<Unmeasured>,
    pub(super) text: String,
}

/// Sets the clock ten years ahead and presents a token of then and one of now.
pub(super) async fn measure_clock(run: &ProbeRun<'_>) -> Result<ObservedClock, RunError> {
    let mut session = match Session::open(run, Question::Clock).await? {
        Ok(session) => session,
        Err(why) => {
            let text = why.to_string();
            let unknown = Some(why).filter(Unmeasured::shows_nothing);
            return Ok(ObservedClock { for_claims: false, unknown, text });
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
    let honoured = all_hold([of_then.accepted.clone(), of_today.refused()]);
    Ok(ObservedClock {
        for_claims: honoured == Ok(true),
        unknown: honoured.err(),
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
    if let Some(why) = seen.unknown {
        return (Measurement::unmeasured("Jwtspec-Time", seen.text, &why), None);
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
