//! The tokens that one case presents.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::generate::SetupSpec;
use jwtspec_engine::scenario::{AnswerSpec, Expect, Presentation, RequestSpec, Scenario, Step};
use jwtspec_mint::recipe::Difference;
use jwtspec_types::requirements::RequirementId;

/// Tokens that are presented in one setup, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    /// The place of the setup in the pool.
    pub setup: usize,
    /// The tokens, in order.
    pub steps: Vec<TestStep>,
}

/// One token, and how it is presented.
#[derive(Clone, Debug, PartialEq)]
pub struct TestStep {
    /// The differences from what is valid in that setup.
    pub differences: Vec<Difference>,
    /// The form of the request, if it is not the usual one.
    pub request: Option<RequestSpec>,
    /// The number of such tokens, each minted anew.
    pub times: u32,
    /// True if they are presented all at the same time.
    pub at_once: bool,
}

impl TestStep {
    /// One token in the usual request.
    pub fn of(differences: Vec<Difference>) -> Self {
        Self { differences, request: None, times: 1, at_once: false }
    }

    /// True if bytes are presented and no token at all.
    pub(crate) fn is_bytes(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.authorization_octets.is_some())
    }
}

impl TestCase {
    /// One token in the usual request.
    pub fn of(setup: usize, differences: Vec<Difference>) -> Self {
        Self { setup, steps: vec![TestStep::of(differences)] }
    }

    /// The scenario that presents it in a setup, with the verdict that is expected of each step; with
    /// `claims` the claims that are handed over are compared, too.
    pub(crate) fn scenario(
        &self,
        (id, title): (String, String),
        setup: &SetupSpec,
        covers: Vec<RequirementId>,
        claims: bool,
        expect: impl Fn(usize) -> Expect,
    ) -> Scenario {
        let step = |(place, step): (usize, &TestStep)| {
            Step::Present(Arc::new(Presentation {
                request: step.request.clone(),
                answer: AnswerSpec { claims, ..AnswerSpec::default() },
                times: step.times,
                at_once: step.at_once,
                ..Presentation::of(setup.recipe(step.differences.iter().cloned()), expect(place))
            }))
        };
        let steps = self.steps.iter().enumerate().map(step).collect();
        setup.scenario(id, title, covers, steps)
    }

    /// The differences in a few words each, by which cases are told apart.
    pub fn slugs(&self) -> BTreeSet<String> {
        let mut slugs = BTreeSet::new();
        for step in &self.steps {
            slugs.extend(step.differences.iter().map(Difference::slug));
            if step.request.is_some() {
                slugs.insert(if step.is_bytes() { "octets" } else { "request" }.to_owned());
            }
        }
        slugs.remove("");
        slugs
    }
}
