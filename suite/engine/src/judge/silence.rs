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

/// Returns true if the target answered a request of a scenario.
pub fn has_answer(result: &CaseResult) -> bool {
    requests(result).any(|(_, is_silent)| !is_silent)
}

/// The company in which a scenario ran when a target fell silent that was then given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// It ran alone, and the target had answered what came before.
    Alone,
    /// Others were under way: each may be the cause.
    Others,
    /// The target was silent already, or has never answered.
    Unknown,
}

/// Takes back the result of a scenario that met the silence of a target which was then given up. An
/// acceptance stays, and so does what is told as a mistake of a driver that was silent all along.
pub fn excuse_silence(result: &mut CaseResult, company: Company) {
    let is_trust =
        matches!(&result.why, Some(Why::Ours(Mistake::Trust(fault))) if fault.is_silence());
    if result.finding.is_some_and(Finding::is_acceptance) {
        return;
    }
    let begins_in_silence = requests(result).next().is_some_and(|(_, is_silent)| is_silent);
    match company {
        Company::Alone => {}
        Company::Others if is_trust || requests(result).any(|(_, is_silent)| is_silent) => {
            super::conclusion::skip(result, SkipReason::UnderWay);
        }
        Company::Unknown if begins_in_silence && !matches!(result.why, Some(Why::Ours(_))) => {
            super::conclusion::skip(result, SkipReason::GivenUp);
        }
        Company::Others | Company::Unknown => {}
    }
}
