//! Seeds for the fuzz targets, made from scenarios and fixtures, so that they never rot.
//!
//! Inputs from the scenarios are told apart by how they behave, and each kind is kept once. So the
//! seeds stay few and small, and a new kind of scenario becomes a new seed.

mod collect;
mod documents;
mod texts;
mod tokens;

use super::{fixed, mint_context, trust};
use jwtspec_engine::plan::{Case, Conditions, Plan, Selection};
use jwtspec_engine::scenario::{Catalogue, ReadError};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::words::words;

use collect::Collection;

/// The most seeds of one target.
pub const MOST: usize = 300;

/// The most bytes that the seeds of one target have together.
pub const MOST_BYTES: usize = 200 * 1024;

words! {
    /// A fuzz target that has seeds; its name is that of its folder in the corpus.
    SeedTarget {
        /// Tokens, as parsers see them.
        ParseJwt = "parse_jwt",
        /// JWK Sets.
        ParseJwks = "parse_jwks",
        /// Discovery documents.
        ParseDiscovery = "parse_discovery",
        /// Tokens for the trust of [`fixed`](crate::fuzz::fixed).
        Verify = "verify",
        /// Recipes as TOML.
        Recipe = "recipe",
        /// Scenario files.
        ScenarioFile = "scenario_file",
        /// Values of `WWW-Authenticate`.
        WwwAuthenticate = "www_authenticate",
        /// Tokens for [`trust`](fn@crate::fuzz::trust).
        Differential = "differential",
    }
}

/// One seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The name of its file: `seed-audience-missing`.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

/// The seeds of a target, the same every time.
///
/// # Errors
///
/// Mistakes in the embedded scenarios; a test sees to it that there are none.
pub fn seeds(target: SeedTarget) -> Result<Vec<Seed>, ReadError> {
    let catalogue = Catalogue::embedded()?;
    let mut collection = Collection::default();
    match target {
        SeedTarget::ParseJwt => {
            tokens::offer(&catalogue, fixed::mint_context(), tokens::by_parser, &mut collection);
        }
        SeedTarget::Verify => {
            let mint_context = fixed::mint_context();
            let judged = tokens::by_oracle(fixed::trust(), mint_context);
            tokens::offer(&catalogue, mint_context, judged, &mut collection);
        }
        SeedTarget::Differential => {
            let mint_context = mint_context();
            let judged = tokens::by_oracle(&trust(), &mint_context);
            tokens::offer(&catalogue, &mint_context, judged, &mut collection);
        }
        SeedTarget::ParseJwks => documents::key_sets(&cases(&catalogue), &mut collection),
        SeedTarget::ParseDiscovery => documents::discovery(&cases(&catalogue), &mut collection),
        SeedTarget::Recipe => texts::recipes(&catalogue, &mut collection),
        SeedTarget::ScenarioFile => texts::scenarios(&catalogue, &mut collection),
        SeedTarget::WwwAuthenticate => texts::challenges(&mut collection),
    }
    Ok(collection.into_seeds())
}

/// Every scenario as it would run against a verifier that can do everything.
fn cases(catalogue: &Catalogue) -> Vec<Case> {
    let plan = Plan::new(
        catalogue,
        &Conditions::default(),
        &Selection::all(),
        &Capabilities::all(),
        Channel::ALL,
    );
    // A plan of everything for a verifier that can do everything leaves nothing to complain of.
    plan.map(|plan| plan.cases).unwrap_or_default()
}

#[cfg(test)]
mod tests;
