//! The one trust under which tokens are verified in fuzz targets, and what minting knows of it.

use std::sync::LazyLock;

use crate::generate::SetupSpec;
use jwtspec_engine::scenario::{IssuerSpec, KeySpec};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey, key_set};
use jwtspec_types::trust::{KeySource, Provider, Trust};
use jwtspec_types::words::Algorithm;

/// The time at which tokens are verified: seconds since 1970.
pub const NOW: u64 = 1_800_000_000;

/// Names of the issuers, what identifies them, and the keys that they publish.
const ISSUERS: [(&str, &str, &[&str]); 2] = [
    (MintContext::MAIN, "https://one.example", &["es256-a", "eddsa-a", "rs256-a"]),
    // A shared secret beside a public key, so that one can be taken for the other.
    (SetupSpec::SECOND, "https://two.example", &["es256-b", "hs256-a"]),
];

static CONTEXT: LazyLock<MintContext> = LazyLock::new(|| {
    let facts = |(name, identifier, keys): (&str, &str, &[&str])| {
        let keys = keys.iter().flat_map(|name| Key::named(name));
        let facts = IssuerFacts {
            identifier: identifier.to_owned(),
            jwks_uri: format!("{identifier}/.well-known/jwks.json"),
            discovery_uri: format!("{identifier}/.well-known/openid-configuration"),
            keys: keys.map(PublishedKey::plain).collect(),
        };
        (name.to_owned(), facts)
    };
    MintContext {
        audience: "https://api.example".to_owned(),
        leeway: 30,
        now: NOW,
        serial: "fuzz".to_owned(),
        ..MintContext::for_issuers(ISSUERS.map(facts))
    }
});

static TRUST: LazyLock<Trust> = LazyLock::new(|| trust_of(&CONTEXT));

/// The trust in every issuer of a context, with their keys inline.
pub(crate) fn trust_of(mint_context: &MintContext) -> Trust {
    let providers = mint_context.issuers.values().map(|facts| {
        let mut algorithms: Vec<Algorithm> =
            facts.keys.iter().map(|published| published.key.algorithm()).collect();
        algorithms.dedup();
        Provider {
            issuer: facts.identifier.clone(),
            audiences: vec![mint_context.audience.clone()],
            keys: KeySource::Jwks(key_set(&facts.keys)),
            algorithms,
            typ: None,
            required_claims: Vec::new(),
            key_text: None,
        }
    });
    Trust {
        providers: providers.collect(),
        leeway_seconds: mint_context.leeway,
        ..Trust::default()
    }
}

/// The trust of verifiers in fuzz targets: two issuers, whose keys are given inline.
pub fn trust() -> &'static Trust {
    &TRUST
}

/// The context for minting tokens for [`trust`]: issuers `main` and `second`, audience and time.
pub fn mint_context() -> &'static MintContext {
    &CONTEXT
}

/// The setup in which a scenario has these issuers, with the keys that can be published.
pub(crate) fn setup() -> SetupSpec {
    let mut setup = SetupSpec::with(CONTEXT.issuers[MintContext::MAIN].keys[0].key);
    for (name, facts) in &CONTEXT.issuers {
        let published = facts.keys.iter().map(|published| published.key);
        let keys: Vec<_> =
            published.filter(|key| !key.is_symmetric()).map(KeySpec::plain).collect();
        let algorithms = keys.iter().map(|spec| spec.key.algorithm()).collect();
        let mut issuer = IssuerSpec { keys: Some(keys), ..IssuerSpec::default() };
        issuer.trust.algorithms = Some(algorithms);
        setup.issuers.insert(name.clone(), issuer);
    }
    setup
}
