//! The members of vectors and groups by which consumers filter.

use serde_json::Value;

use super::format::{Flag, Need};
use crate::plan::{Case, DryStep};
use crate::scenario::Need as ScenarioNeed;
use jwtspec_types::trust::{KeySource, Provider, Trust};

/// Servers often take no longer header.
const LONG: usize = 8000;

/// The flags of a vector.
pub(super) fn flags(case: &Case, step: &DryStep<'_>) -> Vec<Flag> {
    let token = &step.minted.token;
    let is = |flag: &Flag| match flag {
        Flag::JsonSerialization => token.trim_start().starts_with('{'),
        Flag::FiveSegments => token.split('.').count() == 5,
        Flag::ExactClock => case.scenario.needs.contains(&ScenarioNeed::Clock),
        Flag::Claims => step.presentation.answer.claims,
        Flag::Long => token.len() > LONG,
        Flag::NotAscii => !token.is_ascii(),
    };
    Flag::ALL.iter().copied().filter(is).collect()
}

/// The things that a verifier must be able to be told for this trust.
pub(super) fn needs(trust: &Trust) -> Vec<Need> {
    let some = |test: fn(&Provider) -> bool| trust.providers.iter().any(test);
    let is = |need: &Need| match need {
        Need::Audience => some(|it| !it.audiences.is_empty()),
        Need::SeveralAudiences => some(|it| it.audiences.len() > 1),
        Need::SeveralIssuers => trust.providers.len() > 1,
        Need::Leeway => trust.leeway_seconds > 0,
        Need::Typ => some(|it| it.typ.is_some()),
        Need::RequiredClaims => some(|it| !it.required_claims.is_empty()),
        Need::SeveralAlgorithms => some(|it| it.algorithms.len() > 1),
        Need::KeyText => some(|it| it.key_text.is_some()),
    };
    Need::ALL.iter().copied().filter(is).collect()
}

/// The types of the keys in a trust, each once.
pub(super) fn key_types(trust: &Trust) -> Vec<String> {
    let keys = trust.providers.iter().filter_map(|provider| match &provider.keys {
        KeySource::Jwks(set) => set.get("keys")?.as_array(),
        _ => None,
    });
    let stated = |key: &Value| {
        let kty = key.get("kty")?.as_str()?;
        let crv = key.get("crv").and_then(Value::as_str);
        Some(crv.map_or_else(|| kty.to_owned(), |crv| format!("{kty} {crv}")))
    };
    let mut types: Vec<String> = keys.flatten().filter_map(stated).collect();
    types.sort_unstable();
    types.dedup();
    types
}
