//! Translates a setup and a request of the engine into the oracle's input.

use jwtspec_engine::plan::Setup;
use jwtspec_engine::scenario::{Method, RequestSpec};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::fill;
use jwtspec_mint::placeholder::{ExpandError, RequestText};
use jwtspec_oracle::{Oracle, Request};
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::trust::{KeySource, Provider, Trust};

/// Returns the oracle for a setup; nothing if the documents of a provider's issuer do not settle
/// its key set ([`Setup::key_sets`]).
pub fn oracle(setup: &Setup) -> Option<Oracle> {
    setup.key_sets().map(|key_sets| Oracle::new(&setup.trust, &key_sets))
}

/// Returns the oracle for a trust whose keys are given inline.
pub fn inline_oracle(trust: &Trust) -> Oracle {
    let key_sets: Vec<_> = trust.providers.iter().map(inline_key_set).collect();
    Oracle::new(trust, &key_sets)
}

/// Returns the oracle for a setup whose issuers are honest, whatever header fields they send.
pub(crate) fn honest_oracle(setup: &Setup) -> Oracle {
    let served = |issuer: &str| {
        let facts = setup.mint_context.issuers.iter().find(|(_, facts)| facts.identifier == issuer);
        let (_, documents) = setup.issuers.get(facts?.0)?;
        Some(documents.jwks.body.to_vec())
    };
    let key_set = |it: &Provider| inline_key_set(it).or_else(|| served(&it.issuer));
    let key_sets: Vec<_> = setup.trust.providers.iter().map(key_set).collect();
    Oracle::new(&setup.trust, &key_sets)
}

/// Returns the key set of a provider whose keys are given inline.
fn inline_key_set(provider: &Provider) -> Option<Vec<u8>> {
    match &provider.keys {
        KeySource::Jwks(set) => serde_json::to_vec(set).ok(),
        _ => None,
    }
}

/// Returns the request that a specification states, with the token filled in.
///
/// # Errors
///
/// If it names an issuer that the context does not have.
pub fn request(
    spec: &RequestSpec,
    token: &str,
    mint_context: &MintContext,
) -> Result<Request, ExpandError> {
    let filled = |text: &RequestText| fill(text, token, mint_context);
    let elsewhere =
        spec.query.is_some() || spec.form.is_some() || spec.authorization_octets.is_some();
    let mut authorization = match &spec.authorization {
        None if elsewhere => Vec::new(),
        None => vec![format!("Bearer {token}").into_bytes()],
        Some(values) => values
            .iter()
            .map(|value| filled(value).map(String::into_bytes))
            .collect::<Result<_, _>>()?,
    };
    authorization.extend(spec.authorization_octets.iter().map(|bytes| bytes.0.clone()));
    Ok(Request {
        authorization,
        query: spec.query.as_ref().map(filled).transpose()?,
        cookie: spec.cookie.as_ref().map(filled).transpose()?,
        form: spec.form.as_ref().map(filled).transpose()?,
        is_body_meaningless: !matches!(spec.method, None | Some(Method::Post)),
    })
}

/// Returns the requirements with these ids, repeated ones once.
pub fn requirements(ids: &[&str]) -> Vec<RequirementId> {
    let mut rows: Vec<RequirementId> =
        ids.iter().filter_map(|id| RequirementId::named(id).ok()).collect();
    rows.dedup_by_key(|row| row.id.clone());
    rows
}
