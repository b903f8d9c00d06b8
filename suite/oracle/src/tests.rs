//! The rules as a whole, and what their tests share.

use super::*;
use jwtspec_format::{Document, Source};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::profile::Profile;
use jwtspec_types::requirements::RequirementId;

/// The ids of the requirements in a ruling.
pub(super) fn ids(ruling: &Ruling) -> Vec<&'static str> {
    ruling.0.iter().map(|because| because.requirement).collect()
}

/// The verdict on a recipe under the usual trust.
pub(super) fn judged(toml: &str) -> Expected {
    judged_in(&provider(), Profile::default(), toml)
}

/// The verdict on a recipe by a verifier that trusts one issuer on these terms.
pub(super) fn judged_in(provider: &Provider, profile: Profile, toml: &str) -> Expected {
    let trust = Trust { profile, ..trust(vec![provider.clone()]) };
    let key_set =
        jwtspec_mint::context::key_set(&MintContext::example().issuers[MintContext::MAIN].keys);
    let oracle = Oracle::new(&trust, &[Some(serde_json::Value::Object(key_set).to_string())]);
    judged_by(&oracle, toml)
}

/// The verdict on a recipe by a verifier that trusts an issuer for each of these keys.
pub(super) fn judged_with(keys: &[&str], toml: &str) -> Expected {
    let set = |name: &&str| {
        let key = jwtspec_fixtures::Key::named(name).unwrap().public_jwk();
        Some(serde_json::json!({ "keys": [key] }).to_string())
    };
    let mut providers = vec![provider(); keys.len()];
    for (index, provider) in providers.iter_mut().enumerate().skip(1) {
        provider.issuer += &format!("/{index}");
    }
    judged_by(&Oracle::new(&trust(providers), &keys.iter().map(set).collect::<Vec<_>>()), toml)
}

fn judged_by(oracle: &Oracle, toml: &str) -> Expected {
    let source = Source::new("test", toml);
    let (recipe, problems) = Document::parse(&source).read::<Recipe>();
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let mint_context = MintContext::example();
    let minted = mint(&recipe, &mint_context).unwrap();
    oracle.expected(&minted.token, &minted.signed, mint_context.now)
}

fn trust(providers: Vec<Provider>) -> Trust {
    let (cache, profile) = (jwtspec_types::trust::CachePolicy::default(), Profile::default());
    Trust {
        providers,
        profile,
        leeway_seconds: 0,
        cache,
        decryption_keys: Vec::new(),
        ca_pem: None,
    }
}

/// The example's issuer, one audience, RS256.
pub(super) fn provider() -> Provider {
    let facts = &MintContext::example().issuers[MintContext::MAIN];
    Provider {
        issuer: facts.identifier.clone(),
        audiences: vec![MintContext::AUDIENCE.to_owned()],
        keys: KeySource::JwksUri(facts.jwks_uri.clone()),
        algorithms: vec![Algorithm::Rs256],
        typ: None,
        required_claims: Vec::new(),
        key_text: None,
    }
}

#[test]
fn every_requirement_that_is_cited_exists() {
    let sources = [
        include_str!("claims.rs"),
        include_str!("form.rs"),
        include_str!("header.rs"),
        include_str!("keys.rs"),
        include_str!("known_differences.rs"),
        include_str!("lib.rs"),
        include_str!("profile.rs"),
        include_str!("provider_limits.rs"),
        include_str!("request.rs"),
        include_str!("shape.rs"),
        include_str!("signature.rs"),
    ];
    let mut count = 0;
    for word in sources.iter().flat_map(|source| source.split('"')) {
        let is_id = ["rfc", "oidc-", "fips"].iter().any(|prefix| word.starts_with(prefix));
        if is_id && word.contains('-') && !word.contains(' ') {
            count += 1;
            RequirementId::named(word).unwrap();
        }
    }
    assert!(count > 100, "only {count} citations found");
}

#[test]
fn the_valid_token_is_accepted_and_nothing_speaks_against_it() {
    assert_eq!(judged("").because, []);
}
