//! The tokens that one case presents.

use std::collections::BTreeSet;

use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::recipe::Difference;

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
