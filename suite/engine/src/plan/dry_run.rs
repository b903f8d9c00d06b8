//! A dry run of a case: its tokens and setups without serving anything.

use super::Case;
use super::setup::{Extra, Setup, change, imagined_endpoints, setup};
use crate::issuer::{Documents, Response};
use crate::scenario::{Presentation, Step};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::{MintError, Minted, mint};
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
    let mut setup = setup(case, &imagined_endpoints(case), now, Extra::default())?;
    let mut setups = vec![setup.clone()];
    let mut issuers = case.scenario.issuers.clone();
    let mut steps = Vec::new();
    for (index, step) in case.scenario.steps.iter().enumerate() {
        match step {
            Step::Present(presentation) => {
                let minted = mint(&presentation.recipe, &setup.mint_context)?;
                let mint_context = setup.mint_context.clone();
                let setups = setups.len();
                steps.push(DryStep { index, presentation, mint_context, minted, setups });
            }
            Step::Issuer(name, spec) => {
                let changed = change(name, spec, &mut issuers, &mut setup.mint_context)?;
                if let Some((_, documents)) = setup.issuers.get_mut(name) {
                    *documents = changed;
                }
                setups.push(setup.clone());
            }
            Step::Pass(pass) => setup.mint_context.now += case.time.length(pass).as_secs(),
            Step::Hears(hearing) => {
                setup.mint_context.now += case.time.length(&hearing.within).as_secs();
            }
            Step::Fetched(_) | Step::SignOut => {}
        }
    }
    Ok(DryRun { setups, steps })
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
        let (name, facts) = self
            .mint_context
            .issuers
            .iter()
            .find(|(_, facts)| facts.identifier == provider.issuer)?;
        let (_, documents) = self.issuers.get(name)?;
        if documents.down {
            return Some(None);
        }
        let honest = Documents::honest(facts);
        let is_found = match &provider.keys {
            KeySource::Discovery(_) => plain(&documents.discovery) == honest.discovery,
            _ => true,
        };
        let served = Response { body: documents.jwks.body.clone(), ..honest.jwks };
        (is_found && plain(&documents.jwks) == served).then(|| Some(documents.jwks.body.to_vec()))
    }
}

/// An answer without what it says of how long it may be kept.
fn plain(served: &Response) -> Response {
    let mut plain = Response { etag: false, ..served.clone() };
    plain.headers.retain(|(name, _)| !CACHING.contains(&name.as_str()));
    plain
}

/// Header fields of RFC 9111: they do not change what is served.
const CACHING: [&str; 6] = ["age", "cache-control", "date", "expires", "pragma", "vary"];
