//! The provider limits of a profile: scenarios that need more are skipped, and a target's
//! capabilities count only within them.

use super::{ProfileLimit, setup};
use crate::scenario::Scenario;
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::profile::Profile;
use jwtspec_types::timing::Timing;

/// Checks that a provider of the profile can be what the scenario's trust asks for; the error says
/// why not.
pub(super) fn check(scenario: &Scenario, profile: Profile) -> Result<(), ProfileLimit> {
    let Some(limits) = profile.limits() else { return Ok(()) };
    let beside = scenario.beside.iter();
    let beside = beside.flat_map(|it| setup::providers_of(scenario, Some(it), profile));
    for (_, spec, algorithms) in setup::provider_specs(scenario, profile).into_iter().chain(beside)
    {
        ProfileLimit::check_algorithms(limits, &algorithms)?;
        if limits.has_audience && spec.audiences.as_ref().is_some_and(Vec::is_empty) {
            return Err(ProfileLimit::Audience);
        }
        if spec.typ.is_some() {
            return Err(ProfileLimit::Typ);
        }
        if spec.key_text.is_some() {
            return Err(ProfileLimit::KeyText);
        }
        let own = profile.required_claims();
        let mut told = spec.required_claims.iter().flatten();
        if let Some(stranger) = told.find(|claim| !own.contains(claim)) {
            return Err(ProfileLimit::RequiredClaim { claim: stranger.clone(), own: own.to_vec() });
        }
        if spec.leeway.is_some_and(|leeway| leeway != limits.leeway) {
            return Err(ProfileLimit::Leeway(limits.leeway));
        }
    }
    if scenario.trust.decrypts.is_some() {
        return Err(ProfileLimit::Decrypts);
    }
    match scenario.trust.keys {
        Some(keys) if !limits.keys.contains(&keys) => {
            Err(ProfileLimit::Keys { wanted: keys, own: limits.keys.clone() })
        }
        _ => Ok(()),
    }
}

/// The capabilities that remain under a profile.
pub fn within_limits(capabilities: &Capabilities, profile: Profile) -> Capabilities {
    let mut own = capabilities.clone();
    let Some(limits) = profile.limits() else { return own };
    own.keys.retain(|keys| limits.keys.contains(keys));
    own.decrypts.clear();
    own.algorithms.retain(|name| limits.algorithms.iter().any(|it| it.as_str() == name));
    if let Some(leeway) = own.possible_leeway().settle(limits.leeway) {
        own.leeway = Some(Timing::Fixed(leeway));
    }
    // A provider with limits requires its claims without being told.
    own.required_claims = true;
    own
}
