//! The tokens that one case presents.

use std::collections::BTreeSet;

use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::recipe::Difference;

/// Tokens that are presented in one world, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The place of the world in the pool.
    pub world: usize,
    /// The tokens, in order.
    pub shots: Vec<Shot>,
}

/// One token, and how it is presented.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// The differences from what is valid in that setup.
    pub differences: Vec<Difference>,
    /// The form of the request, if it is not the usual one.
    pub request: Option<RequestSpec>,
    /// The number of such tokens, each minted anew.
    pub times: u32,
    /// True if they are presented all at the same time.
    pub at_once: bool,
}

impl Shot {
    /// One token in the usual request.
    pub fn of(differences: Vec<Difference>) -> Self {
        Self { differences, request: None, times: 1, at_once: false }
    }
}

impl Sample {
    /// One token in the usual request.
    pub fn of(world: usize, differences: Vec<Difference>) -> Self {
        Self { world, shots: vec![Shot::of(differences)] }
    }

    /// The differences in a few words each, by which samples are told apart.
    pub fn slugs(&self) -> BTreeSet<String> {
        let mut slugs = BTreeSet::new();
        for shot in &self.shots {
            slugs.extend(shot.differences.iter().map(Difference::slug));
            if let Some(request) = &shot.request {
                let octets = request.authorization_octets.is_some();
                slugs.insert(if octets { "octets" } else { "request" }.to_owned());
            }
        }
        slugs.remove("");
        slugs
    }
}
