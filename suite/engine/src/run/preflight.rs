//! The preflight: does the target tell a good token from none and from a broken one at all?

use std::sync::Arc;

use crate::event::{CaseResult, Mistake, Why};
use crate::plan::{Case, Conditions, SkipReason, Tells, Timetable, within_limits};
use crate::report::preflight_text;
use crate::scenario::{Expect, Presentation, RequestSpec, Scenario, Step};
use jwtspec_mint::recipe::{Recipe, SignatureFault};
use jwtspec_types::capabilities::{Capabilities, Channel, KeyDelivery};
use jwtspec_types::words::{Level, Outcome};

/// The target cannot tell a good token from a bad one, so no result would mean anything.
#[derive(Debug, thiserror::Error)]
#[error("{}, or pass --no-preflight", self.explained())]
pub struct PreflightError(Box<CaseResult>);

impl PreflightError {
    /// The result of the preflight.
    pub fn result(&self) -> &CaseResult {
        &self.0
    }

    /// The observations, and advice on the file to look at.
    pub fn explained(&self) -> String {
        preflight_text(&self.0)
    }
}

/// The scenario of the preflight, which is always the first case.
pub fn case(conditions: &Conditions, capabilities: &Capabilities, channel: Channel) -> Case {
    let capabilities = &within_limits(capabilities, conditions.profile);
    let no_token = channel.bearer.then(|| {
        let request = RequestSpec { authorization: Some(Vec::new()), ..RequestSpec::default() };
        let refused = Presentation::of(Recipe::default(), Expect::Reject(Vec::new()));
        Presentation { request: Some(request), ..refused }
    });
    let broken = Recipe { signature: vec![SignatureFault::Flip(-9)], ..Recipe::default() };
    let golden = || Presentation::of(Recipe::default(), Expect::Accept);
    let steps = std::iter::once(golden())
        .chain(no_token)
        .chain([Presentation::of(broken, Expect::Reject(Vec::new())), golden()])
        .map(|presentation| Step::Present(Arc::new(presentation)))
        .collect();
    let title = "the target tells a good token from none and from a broken one";
    Case {
        scenario: Arc::new(Scenario::generated("preflight", title, Vec::new(), steps)),
        profile: conditions.profile,
        level: Level::Must,
        delivery: capabilities.keys.first().copied().unwrap_or(KeyDelivery::JwksUri),
        time: Timetable::ordinary(capabilities),
        https: conditions.https && capabilities.tls,
        tells: Tells { typ: capabilities.typ, required_claims: capabilities.required_claims },
    }
}

/// Returns true if the target does not take the trust of the preflight: nothing was asked then, and
/// what a scenario proves it proves by its own control.
pub(super) fn is_not_asked(result: &CaseResult) -> bool {
    match &result.why {
        Some(Why::Ours(Mistake::Trust(fault))) => !fault.is_silence(),
        Some(Why::Skipped(SkipReason::Unsupported(_))) => true,
        _ => false,
    }
}

/// Passes a result of the preflight, if the target tells the tokens apart.
pub(super) fn check(result: CaseResult) -> Result<(), PreflightError> {
    match result.outcome {
        Outcome::Pass => Ok(()),
        _ => Err(PreflightError(Box::new(result))),
    }
}
