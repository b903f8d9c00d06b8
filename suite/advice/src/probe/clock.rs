//! Whether a verifier takes the time from the header `Jwtspec-Time` of each request.

use super::Lab;
use super::measurement::Measurement;
use super::question::Question;
use super::trial::Trial;
use jwtspec_engine::run::{RunError, now};
use jwtspec_mint::recipe::Recipe;

/// How far ahead the clock is set: further than any leeway.
const AHEAD: u64 = 10 * 365 * 86_400;

/// What was seen of a clock.
pub(super) struct ClockSeen {
    /// Whether claims are judged by it.
    pub(super) for_claims: bool,
    pub(super) text: String,
}

/// Sets the clock ten years ahead and presents a token of then and one of now.
pub(super) async fn clock(lab: &Lab<'_>) -> Result<ClockSeen, RunError> {
    let mut trial = match Trial::open(lab, Question::Clock).await {
        Ok(trial) => trial,
        Err(text) => return Ok(ClockSeen { for_claims: false, text }),
    };
    let today = now();
    let then = today.saturating_add(AHEAD);
    let valid = Recipe::default();
    trial.clock = Some(then);
    let of_then = trial.present(&valid).await?;
    trial.mint_context.now = today;
    let of_today = trial.present_as_of(&valid).await?;
    trial.close().await;
    Ok(ClockSeen {
        for_claims: of_then.accepted && !of_today.accepted,
        text: format!(
            "set ten years ahead: a token of then {}, one of today {}",
            of_then.verdict(),
            of_today.verdict()
        ),
    })
}

/// The finding, once it is known whether the clock holds for what is kept, too.
pub(super) fn describe(
    lab: &Lab<'_>,
    seen: ClockSeen,
    for_cache: Option<bool>,
) -> (Measurement, bool) {
    let honoured = seen.for_claims && for_cache != Some(false);
    let value = match (seen.for_claims, for_cache) {
        (false, _) => "not honoured",
        (true, Some(true)) => "honoured for claims and for what is kept",
        (true, Some(false)) => "honoured for claims, but not for what is kept",
        (true, None) => "honoured for claims",
    };
    let line = Measurement::new("Jwtspec-Time", value, seen.text);
    (line.against_bool("clock", lab.declared.clock, honoured), honoured)
}
