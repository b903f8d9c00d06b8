//! One case of the search, from and to a scenario.

use std::sync::Arc;

use super::BehaviourSignature;
use crate::generate::SetupSpec;
use crate::oracle_input::requirements;
use crate::property::presenter::Presented;
use crate::property::{TestCase, TestStep};
use jwtspec_engine::scenario::{Expect, Presentation, RequestSpec, Scenario, Step};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::{Difference, Recipe};

/// A token in a setup, and how it is presented.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The place of the setup in the pool.
    pub setup: usize,
    /// The differences of the token from what is valid there.
    pub differences: Vec<Difference>,
    /// The form of the request, if it is not the usual one.
    pub request: Option<RequestSpec>,
}

/// A scenario that is no case of the search.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACase {
    /// It does more than present one token.
    #[error("it does more than present one token\nwrite one `token` or one `request`, no steps")]
    Steps,
    /// Its token is not made from its control.
    #[error(
        "its token lacks what its control has\nwrite what every valid token has there into both"
    )]
    Control,
}

impl Case {
    /// As property tests take it.
    pub fn test_case(&self) -> TestCase {
        let step =
            TestStep { request: self.request.clone(), ..TestStep::of(self.differences.clone()) };
        TestCase { setup: self.setup, steps: vec![step] }
    }

    /// From a case with one step; nothing of the others is kept.
    pub(super) fn of(test_case: TestCase) -> Self {
        let step = test_case.steps.into_iter().next().unwrap_or(TestStep::of(Vec::new()));
        Self { setup: test_case.setup, differences: step.differences, request: step.request }
    }

    /// True if bytes are presented and no token at all.
    pub(super) fn is_bytes(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.authorization_octets.is_some())
    }

    /// The size of the case, the number of differences first: the smaller is the better example.
    pub(super) fn size(&self) -> (usize, usize, usize) {
        let parts = self.differences.len() + usize::from(self.request.is_some());
        (parts, format!("{:?}{:?}", self.differences, self.request).len(), self.setup)
    }

    /// True if it is clearly smaller: fewer parts, or as many in half the characters.
    pub(super) fn is_simpler_than(&self, other: &Self) -> bool {
        let ((parts, words, _), (their_parts, their_words, _)) = (self.size(), other.size());
        parts < their_parts || parts == their_parts && words * 2 < their_words
    }

    /// The differences as a scenario file states them, or in few words where TOML cannot.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        if !self.differences.is_empty() {
            let recipe = Recipe::of(self.differences.iter().cloned());
            let slugs = || self.differences.iter().map(Difference::slug).collect::<Vec<_>>();
            let text = toml::Value::try_from(recipe).map(|table| table.to_string());
            parts.push(text.unwrap_or_else(|_| slugs().join(", ")));
        }
        parts.extend(self.request.as_ref().map(RequestSpec::describe));
        if parts.is_empty() { "the valid token".to_owned() } else { parts.join("; ") }
    }

    /// The scenario that presents it and expects what the model says; `signature` becomes its title.
    pub(super) fn scenario(
        &self,
        name: &str,
        setup: &SetupSpec,
        signature: &BehaviourSignature,
        presented: &Presented,
    ) -> Scenario {
        let recipe = setup.recipe(self.differences.iter().cloned());
        let expect = match self.is_bytes() {
            true => Expect::Either(Vec::new()),
            false => presented.prepared.expected.expect.clone(),
        };
        let presentation =
            Presentation { request: self.request.clone(), ..Presentation::of(recipe, expect) };
        let mut covers = requirements(&presented.prepared.expected.broken());
        if covers.is_empty() || self.is_bytes() {
            // What is expected of any token at all.
            covers = requirements(&["rfc7515-5.2-signature-mismatch-reject"]);
        }
        let id = format!("fuzz-corpus/{name}");
        let step = Step::Present(Arc::new(presentation));
        setup.scenario(id, signature.to_string(), covers, vec![step])
    }

    /// The case that a scenario states, with its setup.
    ///
    /// # Errors
    ///
    /// If it is more than that.
    pub fn read(scenario: &Scenario) -> Result<(SetupSpec, Self), NotACase> {
        let [Step::Present(one)] = scenario.steps.as_slice() else { return Err(NotACase::Steps) };
        if one.times != 1 {
            return Err(NotACase::Steps);
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
            return Err(NotACase::Control);
        }
        if !setup.issuers.contains_key(SetupSpec::STRANGER) {
            let like = setup.first_key().or_else(|| jwtspec_fixtures::Key::named("rs256-a").ok());
            let plain = like.map(SetupSpec::with).unwrap_or_else(|| setup.clone());
            if let Some(stranger) = plain.issuers.get(SetupSpec::STRANGER) {
                setup.issuers.insert(SetupSpec::STRANGER.to_owned(), stranger.clone());
            }
        }
        debug_assert!(setup.issuers.contains_key(MintContext::MAIN));
        Ok((setup, Self { setup: 0, differences, request: one.request.clone() }))
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
    use super::*;
    use crate::property::pool;
    use jwtspec_types::capabilities::Capabilities;

    #[test]
    fn every_world_of_the_pool_comes_back_from_a_scenario() {
        for (place, setup) in pool(3, &Capabilities::all()).into_iter().enumerate() {
            let without = Difference::WithoutClaim("jti".to_owned());
            let recipe = setup.recipe([without.clone()]);
            let step = Step::Present(Arc::new(Presentation::of(recipe, Expect::Accept)));
            let scenario = setup.scenario("a/b".to_owned(), "t", vec![], vec![step]);
            let (again, case) = Case::read(&scenario).expect("a case");
            assert!(is_same_setup(&setup, &again), "world {place}");
            assert_eq!(case.differences, [without], "world {place}");
        }
    }
}
