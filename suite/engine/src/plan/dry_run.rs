//! A dry run of a case: its tokens and setups without serving anything.

use std::fmt::Display;

use super::setup::{Extra, Setup, change, imagined_endpoints, setup};
use super::{Case, Conditions, plan_case};
use crate::issuer::{Documents, Response};
use crate::scenario::{Presentation, Scenario, Step};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::{MintError, Minted, mint};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::trust::{KeySource, Provider};
use serde_json::Value;

/// A dry run of a case.
#[derive(Clone, Debug)]
pub struct DryRun<'a> {
    /// The setup at first, and behind each step that changes what an issuer serves.
    pub setups: Vec<Setup>,
    /// Each step that presents a token.
    pub steps: Vec<DryStep<'a>>,
}

/// A step that presents a token, as it would be carried out.
#[derive(Clone, Debug)]
pub struct DryStep<'a> {
    /// The step's place in its scenario.
    pub index: usize,
    /// The token and expectation of the step.
    pub presentation: &'a Presentation,
    /// The values that tokens and requests refer to at this step.
    pub mint_context: MintContext,
    /// The token.
    pub minted: Minted,
    /// The number of setups that there have been by now. Behind a change the verdict may also depend
    /// on what the verifier has kept of the earlier ones.
    pub setups: usize,
}

/// Goes through a case: its setups, and each step that presents a token.
///
/// # Errors
///
/// The first recipe, key or placeholder that cannot be carried out.
pub fn dry_run(case: &Case, now: u64) -> Result<DryRun<'_>, MintError> {
    locate_dry_run(case, now).map_err(|(_, error)| error)
}

/// A dry run. An error comes with the place of its step, unless it is in the setup.
fn locate_dry_run(case: &Case, now: u64) -> Result<DryRun<'_>, (Option<usize>, MintError)> {
    let mut setup = setup(case, &imagined_endpoints(case), now, Extra::default())
        .map_err(|error| (None, error))?;
    let mut setups = vec![setup.clone()];
    let mut issuers = case.scenario.issuers.clone();
    let mut steps = Vec::new();
    let mut minted_at = now;
    for (index, step) in case.scenario.steps.iter().enumerate() {
        let located = |error| (Some(index), error);
        match step {
            Step::Present(presentation) => {
                let mint_context = setup.mint_context.clone();
                if !presentation.again {
                    minted_at = mint_context.now;
                }
                let then = MintContext { now: minted_at, ..mint_context.clone() };
                let minted = mint(&presentation.recipe, &then).map_err(located)?;
                let setups = setups.len();
                steps.push(DryStep { index, presentation, mint_context, minted, setups });
            }
            Step::Issuer(name, spec) => {
                let changed =
                    change(name, spec, &mut issuers, &mut setup.mint_context).map_err(located)?;
                if let Some((_, documents)) = setup.issuers.get_mut(name) {
                    *documents = changed;
                }
                setups.push(setup.clone());
            }
            _ => {
                let passed = step.time().map_or(0, |time| case.time.length(time).as_secs());
                setup.mint_context.now += passed;
            }
        }
    }
    Ok(DryRun { setups, steps })
}

/// Mints every token of a scenario once, so that a mistake shows before a run.
///
/// # Errors
///
/// The first recipe, key or placeholder that cannot be carried out.
pub fn check_scenario(scenario: &Scenario) -> Result<(), String> {
    let profile = scenario.profiles.first().copied().unwrap_or_default();
    let conditions = Conditions { profile, ..Conditions::default() };
    let case = plan_case(scenario.clone(), &conditions, &Capabilities::all(), Channel::ALL)
        .map_err(|why| why.to_string())?;
    let in_step = |index: usize, error: &dyn Display| format!("step {}: {error}", index + 1);
    let dry = locate_dry_run(&case, MintContext::example().now).map_err(|(step, error)| {
        step.map_or_else(|| error.to_string(), |index| in_step(index, &error))
    })?;
    mint(&scenario.control, &dry.setups[0].mint_context)
        .map_err(|error| format!("the control: {error}"))?;
    for step in &dry.steps {
        if let Some(request) = &step.presentation.request {
            request
                .fill_all("token", &step.mint_context)
                .map_err(|error| in_step(step.index, &error))?;
        }
    }
    Ok(())
}

impl Setup {
    /// For each provider of the trust, in its order, the key set that its source yields; nothing
    /// inside if nothing listens there. Nothing at all if that is not settled by the documents
    /// alone: where an answer is delayed, cut, coded, redirected, has another status or header
    /// fields other than those of caching. Certificates are taken to be good.
    pub fn key_sets(&self) -> Option<Vec<Option<Vec<u8>>>> {
        self.trust.providers.iter().map(|provider| self.key_set(provider)).collect()
    }

    fn key_set(&self, provider: &Provider) -> Option<Option<Vec<u8>>> {
        if let KeySource::Jwks(set) = &provider.keys {
            return Some(Some(Value::Object(set.clone()).to_string().into_bytes()));
        }
        let mut issuers = self.mint_context.issuers.iter();
        let (name, facts) = issuers.find(|(_, facts)| facts.identifier == provider.issuer)?;
        let (_, documents) = self.issuers.get(name)?;
        if documents.down {
            return Some(None);
        }
        let honest = Documents::honest(facts);
        let is_found = match &provider.keys {
            KeySource::Discovery(_) => without_caching(&documents.discovery) == honest.discovery,
            _ => true,
        };
        let expected = Response { body: documents.jwks.body.clone(), ..honest.jwks };
        (is_found && without_caching(&documents.jwks) == expected)
            .then(|| Some(documents.jwks.body.to_vec()))
    }
}

/// A response without the fields that say how long it may be kept.
fn without_caching(response: &Response) -> Response {
    let mut plain = Response { etag: false, ..response.clone() };
    plain.headers.retain(|(name, _)| !CACHING.contains(&name.as_str()));
    plain
}

/// Header fields of RFC 9111: they do not change the document.
const CACHING: [&str; 6] = ["age", "cache-control", "date", "expires", "pragma", "vary"];
