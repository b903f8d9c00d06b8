//! What a profile's providers are by their nature: scenarios that need more are skipped, and a
//! target's abilities count only as far as they go with it.

use super::{Abilities, ProfileLimit, stage};
use crate::profile::{Nature, Profile};
use crate::scenario::Scenario;
use crate::timing::Timing;
use crate::words::Algorithm;

/// Whether a provider of the profile can be what the scenario's trust asks for; the error says
/// why not.
pub(super) fn check(scenario: &Scenario, profile: Profile) -> Result<(), ProfileLimit> {
    let Some(nature) = profile.nature() else { return Ok(()) };
    for (_, terms, algorithms) in stage::provider_terms(scenario, profile) {
        allows(&nature, &algorithms)?;
        if nature.has_audience && terms.audiences.as_ref().is_some_and(Vec::is_empty) {
            return Err(ProfileLimit::Audience);
        }
        if terms.typ.is_some() {
            return Err(ProfileLimit::Typ);
        }
        let own = profile.required_claims();
        let mut told = terms.required_claims.iter().flatten();
        if let Some(stranger) = told.find(|claim| !own.contains(&claim.as_str())) {
            let own = own.iter().map(|claim| (*claim).to_owned()).collect();
            return Err(ProfileLimit::RequiredClaim { claim: stranger.clone(), own });
        }
        if terms.leeway.is_some_and(|leeway| leeway != nature.leeway) {
            return Err(ProfileLimit::Leeway(nature.leeway));
        }
    }
    match scenario.trust.keys {
        Some(keys) if !nature.keys.contains(&keys) => {
            Err(ProfileLimit::Keys { wanted: keys, own: nature.keys.to_vec() })
        }
        _ => Ok(()),
    }
}

/// Whether a provider can allow these algorithms; the error says why not.
pub(super) fn allows(nature: &Nature, wanted: &[Algorithm]) -> Result<(), ProfileLimit> {
    let own = nature.algorithms.to_vec();
    match wanted.iter().find(|it| !own.contains(it)) {
        Some(stranger) => {
            Err(ProfileLimit::Algorithm { wanted: *stranger, own, all: nature.allows_all })
        }
        None if wanted.len() > 1 && !nature.allows_all => {
            Err(ProfileLimit::Algorithms { wanted: wanted.to_vec(), own })
        }
        None => Ok(()),
    }
}

impl Abilities {
    /// What is left of them under a profile.
    #[must_use]
    pub(crate) fn within(&self, profile: Profile) -> Self {
        let Some(nature) = profile.nature() else { return self.clone() };
        let mut own = self.clone();
        own.keys.retain(|keys| nature.keys.contains(keys));
        own.algorithms.retain(|name| nature.algorithms.iter().any(|it| it.as_str() == name));
        if let Some(leeway) = own.leeway.settle(nature.leeway) {
            own.leeway = Timing::Fixed(leeway);
        }
        // What such a provider requires, it requires without being told.
        own.required_claims = true;
        own
    }
}
