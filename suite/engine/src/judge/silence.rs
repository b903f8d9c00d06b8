//! Silence: requests that a target left without any answer.

use crate::event::{Action, CaseResult, Mistake, Observed, Why};
use crate::plan::SkipReason;
use crate::target::{End, Fault};
use jwtspec_types::words::Finding;

/// The requests of a scenario that were left without any answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// None of them.
    None,
    /// Some, of which none had a valid token.
    OfOthers,
    /// One with a valid token, and not all.
    OfValid,
    /// All of them.
    Whole,
}

/// Returns which requests of a scenario were left without any answer.
pub fn silence(result: &CaseResult) -> Silence {
    if let Some(Why::Ours(Mistake::Trust(fault))) = &result.why
        && result.steps.is_empty()
    {
        return if fault.is_silence() { Silence::Whole } else { Silence::None };
    }
    let (mut silent, mut answered, mut of_valid) = (false, false, false);
    for (is_valid, is_silent) in requests(result) {
        silent |= is_silent;
        answered |= !is_silent;
        of_valid |= is_silent && is_valid;
    }
    match (silent, answered, of_valid) {
        (false, ..) => Silence::None,
        (true, false, _) => Silence::Whole,
        (true, true, true) => Silence::OfValid,
        (true, true, false) => Silence::OfOthers,
    }
}

/// Each request with a token, or none: true if the token was valid, and if no answer came.
fn requests(result: &CaseResult) -> impl Iterator<Item = (bool, bool)> {
    result.steps.iter().filter_map(|step| {
        let is_valid = match step.action {
            Action::Control | Action::ControlAfterwards => true,
            Action::Present { valid, .. } => valid,
            _ => return None,
        };
        Some((is_valid, is_silence(&step.comparison.observed)))
    })
}

fn is_silence(observed: &Observed) -> bool {
    match observed {
        Observed::Fault(Fault::Connection(fault)) => fault.is_silence(),
        Observed::Fault(Fault::Conversation(end)) => matches!(end, End::Silent(_)),
        _ => false,
    }
}

/// Takes back the result of a scenario that found a target silent which was then given up: one that
/// ran alone, if the target was silent when it began; one among others, if the target fell silent
/// meanwhile, for any of them may be the cause. An acceptance stays, and so does what is told as a
/// mistake of the driver.
pub fn excuse_silence(result: &mut CaseResult, alone: bool) {
    if matches!(result.why, Some(Why::Ours(_))) {
        return;
    }
    if result.finding.is_some_and(Finding::is_acceptance) {
        return;
    }
    if requests(result).next().is_some_and(|(_, is_silent)| is_silent) {
        super::conclusion::skip(result, SkipReason::GivenUp);
    } else if !alone && requests(result).any(|(_, is_silent)| is_silent) {
        super::conclusion::skip(result, SkipReason::UnderWay);
    }
}
