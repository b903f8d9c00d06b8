//! The provider limits of a profile: scenarios that need more are skipped, and a target's
//! capabilities count only within them.

use super::stage;
use crate::capabilities::Capabilities;
use crate::profile::Profile;
use crate::scenario::Scenario;
use crate::timing::Timing;

/// Checks that a provider of the profile can be what the scenario's trust asks for; the error says
/// why not.
pub(super) fn check(scenario: &Scenario, profile: Profile) -> Result<(), String> {
    let Some(limits) = profile.limits() else { return Ok(()) };
    for (_, terms, algorithms) in stage::provider_terms(scenario, profile) {
        limits.check_algorithms(&algorithms)?;
        if limits.has_audience && terms.audiences.as_ref().is_some_and(Vec::is_empty) {
            return Err(
                "needs an issuer without an audience; the profile always has one".to_owned()
            );
        }
        if terms.typ.is_some() {
            return Err("needs an expected `typ`; the profile has none".to_owned());
        }
        let own = profile.required_claims();
        let mut told = terms.required_claims.iter().flatten();
        if let Some(stranger) = told.find(|claim| !own.contains(claim)) {
            return Err(format!(
                "needs `{stranger}` as a required claim; those of the profile are {}",
                own.join(", ")
            ));
        }
        if terms.leeway.is_some_and(|leeway| leeway != limits.leeway) {
            return Err(format!(
                "needs another leeway than the {} s of the profile",
                limits.leeway
            ));
        }
    }
    match scenario.trust.keys {
        Some(keys) if !limits.keys.contains(&keys) => {
            let own: Vec<&str> = limits.keys.iter().map(|keys| keys.as_str()).collect();
            Err(format!(
                "needs keys by {}; the profile takes them by {}",
                keys.as_str(),
                own.join(" or ")
            ))
        }
        _ => Ok(()),
    }
}

/// The capabilities that remain under a profile.
pub(crate) fn within_limits(capabilities: &Capabilities, profile: Profile) -> Capabilities {
    let mut own = capabilities.clone();
    let Some(limits) = profile.limits() else { return own };
    own.keys.retain(|keys| limits.keys.contains(keys));
    own.algorithms.retain(|name| limits.algorithms.iter().any(|it| it.as_str() == name));
    if let Some(leeway) = own.possible_leeway().settle(limits.leeway) {
        own.leeway = Some(Timing::Fixed(leeway));
    }
    // A provider with limits requires its claims without being told.
    own.required_claims = true;
    own
}
