//! Translates what the engine sets up into what the oracle takes.

use jwtspec_engine::plan::Setup;
use jwtspec_engine::scenario::{Method, RequestSpec};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::fill;
use jwtspec_mint::placeholder::{ExpandError, RequestText};
use jwtspec_oracle::{Oracle, Request};
use jwtspec_types::requirements::RequirementId;

/// Returns the oracle's world of a stage as it is set up; nothing if what a provider's issuer
/// serves does not settle its key set ([`Setup::key_sets`]).
pub fn world(setup: &Setup) -> Option<Oracle> {
    setup.key_sets().map(|key_sets| Oracle::new(&setup.trust, &key_sets))
}

/// Returns the request that these terms come to, with the token filled in.
///
/// # Errors
///
/// If they name an issuer that the setting does not have.
pub fn request(
    terms: &RequestSpec,
    token: &str,
    mint_context: &MintContext,
) -> Result<Request, ExpandError> {
    let filled = |text: &RequestText| fill(text, token, mint_context);
    let elsewhere =
        terms.query.is_some() || terms.form.is_some() || terms.authorization_octets.is_some();
    let mut authorization = match &terms.authorization {
        None if elsewhere => Vec::new(),
        None => vec![format!("Bearer {token}").into_bytes()],
        Some(values) => values
            .iter()
            .map(|value| filled(value).map(String::into_bytes))
            .collect::<Result<_, _>>()?,
    };
    authorization.extend(terms.authorization_octets.iter().map(|octets| octets.0.clone()));
    Ok(Request {
        authorization,
        query: terms.query.as_ref().map(filled).transpose()?,
        form: terms.form.as_ref().map(filled).transpose()?,
        is_body_meaningless: !matches!(terms.method, None | Some(Method::Post)),
    })
}

/// Returns the requirements with these ids, repeated ones once.
pub fn requirements(ids: &[&str]) -> Vec<RequirementId> {
    let mut rows: Vec<RequirementId> =
        ids.iter().filter_map(|id| RequirementId::named(id).ok()).collect();
    rows.dedup_by_key(|row| row.id.clone());
    rows
}
