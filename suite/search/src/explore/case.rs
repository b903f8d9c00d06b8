//! Cases of one token: their size, and from and to a scenario.

use super::BehaviourSignature;
use crate::generate::SetupSpec;
use crate::oracle_input::requirements;
use crate::property::presented::Presented;
use crate::property::{TestCase, TestStep};
use jwtspec_engine::scenario::{Expect, RequestSpec, Scenario, Step};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::{Difference, Recipe};

/// The reason why a scenario with steps is no case.
const STEPS: &str =
    "does more than present one token\nwrite one `token` or one `request`, no steps";
/// The reason why a scenario is no case whose token is not made from its control.
const CONTROL: &str =
    "lacks what its control has\nwrite what every valid token has there into both";

impl TestCase {
    /// The size of the case, the number of differences first: the smaller is the better example.
    pub(super) fn size(&self) -> (usize, usize, usize) {
        let TestStep { differences, request, .. } = &self.steps[0];
        let parts = differences.len() + usize::from(request.is_some());
        (parts, format!("{differences:?}{request:?}").len(), self.setup)
    }

    /// True if it is clearly smaller: fewer parts, or as many in half the characters.
    pub(super) fn is_simpler_than(&self, other: &Self) -> bool {
        let ((parts, words, _), (their_parts, their_words, _)) = (self.size(), other.size());
        parts < their_parts || parts == their_parts && words * 2 < their_words
    }

    /// The differences as a scenario file states them, or in few words where TOML cannot.
    pub fn describe(&self) -> String {
        let TestStep { differences, request, .. } = &self.steps[0];
        let mut parts = Vec::new();
        if !differences.is_empty() {
            let recipe = Recipe::of(differences.iter().cloned());
            let slugs = || differences.iter().map(Difference::slug).collect::<Vec<_>>();
            let text = toml::Value::try_from(recipe).map(|table| table.to_string());
            parts.push(text.unwrap_or_else(|_| slugs().join(", ")));
        }
        parts.extend(request.as_ref().map(RequestSpec::describe));
        if parts.is_empty() { "the valid token".to_owned() } else { parts.join("; ") }
    }

    /// The scenario that keeps it and expects what the model says; `signature` becomes its title.
    pub(super) fn kept(
        &self,
        setup: &SetupSpec,
        signature: &BehaviourSignature,
        presented: &Presented,
    ) -> Scenario {
        let (expected, is_bytes) = (&presented.prepared.expected, self.steps[0].is_bytes());
        let mut covers = requirements(&expected.broken());
        if covers.is_empty() || is_bytes {
            // What is expected of any bytes, and of any valid token.
            covers = requirements(&[match is_bytes {
                true => "rfc4648-12-decoder-survives-invalid",
                false => "rfc8259-9-conforming-texts-accepted",
            }]);
        }
        let name = (format!("fuzz-corpus/{}", signature.name()), signature.to_string());
        self.scenario(name, setup, covers, false, |_| match is_bytes {
            true => Expect::Either(Vec::new()),
            false => expected.expect.clone(),
        })
    }

    /// The case that a scenario states, with its setup.
    ///
    /// # Errors
    ///
    /// If it is more than that.
    pub(super) fn read(scenario: &Scenario) -> Result<(SetupSpec, Self), &'static str> {
        let [Step::Present(one)] = scenario.steps.as_slice() else { return Err(STEPS) };
        if one.times != 1 {
            return Err(STEPS);
        }
        let base = scenario.control.differences();
        let mut left = base.clone();
        let mut differences = one.recipe.differences();
        differences.retain(|difference| {
            let place = left.iter().position(|other| other == difference);
            place.map(|place| left.remove(place)).is_none()
        });
        let mut setup =
            SetupSpec { trust: scenario.trust.clone(), issuers: scenario.issuers.clone(), base };
        if setup.recipe(differences.iter().cloned()) != one.recipe {
            return Err(CONTROL);
        }
        if !setup.issuers.contains_key(SetupSpec::STRANGER) {
            let like = setup.first_key().or_else(|| jwtspec_fixtures::Key::named("rs256-a").ok());
            let plain = like.map(SetupSpec::with).unwrap_or_else(|| setup.clone());
            if let Some(stranger) = plain.issuers.get(SetupSpec::STRANGER) {
                setup.issuers.insert(SetupSpec::STRANGER.to_owned(), stranger.clone());
            }
        }
        debug_assert!(setup.issuers.contains_key(MintContext::MAIN));
        let step = TestStep { request: one.request.clone(), ..TestStep::of(differences) };
        Ok((setup, Self { setup: 0, steps: vec![step] }))
    }
}

/// True if two setups are the same but for the order of what a valid token needs there.
pub(super) fn is_same_setup(one: &SetupSpec, other: &SetupSpec) -> bool {
    one.trust == other.trust
        && one.issuers == other.issuers
        && Recipe::of(one.base.clone()) == Recipe::of(other.base.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::property::pool;
    use jwtspec_engine::scenario::Presentation;
    use jwtspec_types::capabilities::Capabilities;

    #[test]
    fn every_setup_of_the_pool_comes_back_from_a_scenario() {
        for (place, setup) in pool(3, &Capabilities::all()).into_iter().enumerate() {
            let without = Difference::WithoutClaim("jti".to_owned());
            let recipe = setup.recipe([without.clone()]);
            let step = Step::Present(Arc::new(Presentation::of(recipe, Expect::Accept)));
            let scenario = setup.scenario("a/b".to_owned(), "t", vec![], vec![step]);
            let (again, case) = TestCase::read(&scenario).expect("a case");
            assert!(is_same_setup(&setup, &again), "setup {place}");
            assert_eq!(case.steps[0].differences, [without], "setup {place}");
        }
    }
}
