//! What a profile's providers are by their nature: scenarios that need more are skipped, and a
//! target's abilities count only as far as they go with it.

use super::{Abilities, stage};
use crate::profile::Profile;
use crate::scenario::Scenario;
use crate::timing::Timing;

/// Whether a provider of the profile can be what the scenario's trust asks for; the error says
/// why not.
pub(super) fn check(scenario: &Scenario, profile: Profile) -> Result<(), String> {
    let Some(nature) = profile.nature() else { return Ok(()) };
    for (_, terms, algorithms) in stage::provider_terms(scenario, profile) {
        nature.allows(&algorithms)?;
        if nature.has_audience && terms.audiences.as_ref().is_some_and(Vec::is_empty) {
            return Err(
                "needs an issuer without an audience; the profile always has one".to_owned()
            );
        }
        if terms.typ.is_some() {
            return Err("needs an expected `typ`; the profile has none".to_owned());
        }
        let own = profile.required_claims();
        let mut told = terms.required_claims.iter().flatten();
        if let Some(stranger) = told.find(|claim| !own.contains(&claim.as_str())) {
            return Err(format!(
                "needs `{stranger}` as a required claim; those of the profile are {}",
                own.join(", ")
            ));
        }
        if terms.leeway.is_some_and(|leeway| leeway != nature.leeway) {
            return Err(format!(
                "needs another leeway than the {} s of the profile",
                nature.leeway
            ));
        }
    }
    match scenario.trust.keys {
        Some(keys) if !nature.keys.contains(&keys) => {
            let own: Vec<&str> = nature.keys.iter().map(|keys| keys.as_str()).collect();
            Err(format!(
                "needs keys by {}; the profile takes them by {}",
                keys.as_str(),
                own.join(" or ")
            ))
        }
        _ => Ok(()),
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
