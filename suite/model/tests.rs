//! The rules as a whole, and what their tests share.

use super::*;
use crate::format::{Document, Source};
use crate::mint::mint;
use crate::recipe::Recipe;
use crate::requirements::RequirementId;
use crate::setting::Setting;

/// The ids of the requirements in a ruling.
pub(super) fn ids(ruling: &Ruling) -> Vec<&'static str> {
    ruling.0.iter().map(|because| because.requirement).collect()
}

/// What is expected of a recipe in the usual world.
pub(super) fn judged(toml: &str) -> Expected {
    let source = Source::new("test", toml);
    let (recipe, problems) = Document::parse(&source).read::<Recipe>();
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let setting = Setting::example();
    let minted = mint(&recipe, &setting).unwrap();
    world().expected(&minted.token, &minted.signed, setting.now)
}

/// One issuer with its usual key.
fn world() -> World {
    let facts = &Setting::example().issuers[Setting::MAIN];
    let trust = serde_json::from_value(serde_json::json!({ "providers": [{
        "issuer": facts.identifier,
        "audiences": [Setting::AUDIENCE],
        "keys": { "jwks_uri": facts.jwks_uri },
        "algorithms": ["RS256"],
    }] }));
    let set = serde_json::Value::Object(crate::issuer::key_set(&facts.keys)).to_string();
    World::new(&trust.unwrap(), &[Some(set)])
}

#[test]
fn every_requirement_that_is_cited_exists() {
    let sources = [
        include_str!("claims.rs"),
        include_str!("form.rs"),
        include_str!("header.rs"),
        include_str!("keys.rs"),
        include_str!("mod.rs"),
        include_str!("profile.rs"),
        include_str!("request.rs"),
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
