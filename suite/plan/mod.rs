//! The plan: what will run, what is skipped and why, before anything is started. Pure.

mod abilities;
mod select;
mod stage;

use std::sync::Arc;

use crate::profile::Profile;
use crate::scenario::{Catalogue, Expect, Presentation, Scenario, Step};
use crate::timing::Timing;
use crate::trust::KeyDelivery;
use crate::words::{Algorithm, Family, Level};

pub use abilities::Abilities;
pub use select::{Selection, SelectionError, Shard};
pub use stage::{Stage, check_scenario, grounds, stage};
pub(crate) use stage::{change_keys, imagined_places};

/// What will run, and what is skipped.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What will run, in order.
    pub cases: Vec<Case>,
    /// What is skipped, and why.
    pub skipped: Vec<Skipped>,
}

/// A scenario under a profile, against a target with certain abilities.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The profile.
    pub profile: Profile,
    /// How binding it is under that profile.
    pub level: Level,
    /// How the verifier gets keys.
    pub delivery: KeyDelivery,
    /// The leeway that the verifier is told, or has.
    pub leeway: u64,
    /// Whether the verifier is told the profile's `typ` and required claims.
    pub tells: Tells,
}

/// What of a profile a verifier can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tells {
    /// The expected `typ`.
    pub typ: bool,
    /// The required claims.
    pub required_claims: bool,
}

/// A scenario that is not run.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// How binding it is.
    pub level: Level,
    /// Why not.
    pub why: String,
}

impl Plan {
    /// Resolves scenarios against profile, selection and abilities.
    ///
    /// # Errors
    ///
    /// If nothing is selected.
    pub fn new(
        catalogue: &Catalogue,
        profile: Profile,
        selection: &Selection,
        abilities: &Abilities,
    ) -> Result<Self, SelectionError> {
        let mut plan = Self::default();
        for scenario in selection.choose(catalogue, profile)? {
            let scenario = Arc::new(scenario.clone());
            let level = level(&scenario, profile);
            let overridden = scenario.overrides.get(&profile);
            let unsaid = overridden.and_then(|change| change.skip.clone());
            match unsaid.map_or_else(|| resolve(&scenario, profile, level, abilities), Err) {
                Ok(case) => plan.cases.push(case),
                Err(why) => plan.skipped.push(Skipped { scenario, level, why }),
            }
        }
        Ok(plan)
    }
}

/// The case of a scenario for a target that can be told everything.
fn case_for(scenario: &Scenario, profile: Profile) -> Result<Case, String> {
    let level = level(scenario, profile);
    resolve(&Arc::new(scenario.clone()), profile, level, &Abilities::all())
}

/// How binding a scenario is under a profile.
pub(crate) fn level(scenario: &Scenario, profile: Profile) -> Level {
    let overridden = scenario.overrides.get(&profile).and_then(|change| change.level);
    overridden.unwrap_or(scenario.level)
}

/// The case, or why the target cannot be told what the scenario needs.
fn resolve(
    scenario: &Arc<Scenario>,
    profile: Profile,
    level: Level,
    abilities: &Abilities,
) -> Result<Case, String> {
    let providers = stage::provider_terms(scenario);
    if providers.len() > 1 && !abilities.many_providers {
        return Err(format!("needs {} providers; the target takes one", providers.len()));
    }
    for (_, terms, algorithms) in &providers {
        if let Some(algorithm) =
            algorithms.iter().find(|algorithm| !abilities.verifies(**algorithm))
        {
            return Err(format!("needs {algorithm}; the target cannot verify it"));
        }
        if terms.typ.is_some() && !abilities.typ {
            return Err("needs an expected `typ`; the target cannot be told one".to_owned());
        }
        if terms.required_claims.is_some() && !abilities.required_claims {
            return Err("needs required claims; the target cannot be told them".to_owned());
        }
    }
    let symmetric = providers
        .iter()
        .any(|(.., algorithms)| algorithms.iter().any(|alg| alg.family() == Family::Hmac))
        && stage::has_symmetric_key(scenario);
    let wanted = scenario.trust.keys.or(symmetric.then_some(KeyDelivery::Inline));
    let delivery = match wanted {
        Some(wanted) if abilities.keys.contains(&wanted) => wanted,
        Some(wanted) => {
            return Err(format!("needs keys by {}; the target cannot", wanted.as_str()));
        }
        None => abilities.keys.first().copied().unwrap_or(KeyDelivery::JwksUri),
    };
    let changes_keys =
        scenario.steps.iter().any(|step| matches!(step, Step::Issuer(..) | Step::Fetched(_)));
    if delivery == KeyDelivery::Inline && (changes_keys || stage::has_raw_key_set(scenario)) {
        return Err("needs an issuer that is asked for its keys".to_owned());
    }
    let bends_request = presentations(scenario).any(|step| step.request.is_some());
    if bends_request && !abilities.bearer {
        return Err("needs the token in `Authorization: Bearer`".to_owned());
    }
    Ok(Case {
        scenario: Arc::clone(scenario),
        profile,
        level,
        delivery,
        leeway: settle_leeway(abilities.leeway, scenario.trust.leeway)?,
        tells: Tells { typ: abilities.typ, required_claims: abilities.required_claims },
    })
}

/// The leeway that a scenario runs with, or why it cannot.
fn settle_leeway(leeway: Timing, wanted: Option<u64>) -> Result<u64, String> {
    let Some(wanted) = wanted else { return Ok(leeway.nearest(0)) };
    leeway.settle(wanted).ok_or_else(|| match leeway {
        Timing::From(least) => {
            format!("needs a leeway of {wanted} s; the target's least is {least} s")
        }
        Timing::Fixed(fixed) => format!("needs a leeway of {wanted} s; the target's is {fixed} s"),
    })
}

fn presentations(scenario: &Scenario) -> impl Iterator<Item = &Presentation> {
    scenario.steps.iter().filter_map(|step| match step {
        Step::Present(presentation) => Some(&**presentation),
        _ => None,
    })
}

impl Case {
    /// What a presentation must come to, under the profile. An override replaces the expectation
    /// of a one-step scenario, and of the last presentation of any other.
    pub fn expect<'a>(&'a self, index: usize, presentation: &'a Presentation) -> &'a Expect {
        let last = self
            .scenario
            .steps
            .iter()
            .rposition(|step| matches!(step, Step::Present(_)))
            .unwrap_or_default();
        let overridden = self.scenario.overrides.get(&self.profile);
        match overridden.and_then(|change| change.expect.as_ref()) {
            Some(expect) if index == last => expect,
            _ => &presentation.expect,
        }
    }
}

/// Algorithms that any target may be asked about without skipping.
pub(crate) fn is_verifiable(algorithm: Algorithm) -> bool {
    algorithm != Algorithm::None
}
