//! Tokens: those that scenarios present, and those in the shapes that providers mint.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::collect::{Collection, slugs, words};
use crate::fuzz::verify;
use crate::fuzz::{Parser, Strict};
use crate::oracle_input::inline_oracle;
use jwtspec_engine::scenario::{Catalogue, Scenario};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::{Recipe, ValueTemplate};
use jwtspec_types::trust::Trust;

/// A token in the shape of a provider's.
#[derive(Deserialize)]
struct Shape {
    header: IndexMap<String, ValueTemplate>,
    claims: IndexMap<String, ValueTemplate>,
}

/// Tokens of scenarios and providers, and the valid one of each key, for the issuers of a context.
/// Their kind is how they are judged together with how the recipe differs from that of a valid token.
pub(super) fn offer(
    catalogue: &Catalogue,
    mint_context: &MintContext,
    judged: impl Fn(&str) -> String,
    collection: &mut Collection,
) {
    let mut offer = |slug: &str, recipe: &Recipe| {
        let Ok(minted) = mint(recipe, mint_context) else { return };
        let kind = format!("{} {}", judged(&minted.token), words(slugs(recipe)));
        collection.offer(slug, kind, minted.token.into_bytes());
    };
    for scenario in catalogue.iter() {
        recipes(scenario).for_each(|recipe| offer(&scenario.id, recipe));
    }
    for (name, recipe) in shapes() {
        offer(name, recipe);
        offer(&format!("{name}-as-ours"), &ours(recipe));
    }
    for (name, facts) in &mint_context.issuers {
        for published in &facts.keys {
            let (from, key) = (Some(name.clone()), Some(published.key));
            let slug = format!("valid-{}", published.key.name());
            offer(&slug, &Recipe { from, key, ..Recipe::default() });
        }
    }
}

/// Judges tokens by the requirements that speak against them under a trust.
pub(super) fn by_oracle<'a>(
    trust: &Trust,
    mint_context: &'a MintContext,
) -> impl Fn(&str) -> String + use<'a> {
    let oracle = inline_oracle(trust).with_still_clock();
    move |token| {
        let signed = verify::signed_by(token, mint_context);
        let expected = oracle.expected(token, &signed, mint_context.now);
        words(expected.because.iter().map(|it| it.requirement))
    }
}

/// Judges tokens by the message of the strict parser, without the numbers.
pub(super) fn by_parser(token: &str) -> String {
    let why = Strict.parse(token).err().unwrap_or_default();
    why.replace(|c: char| c.is_ascii_digit(), "")
}

fn recipes(scenario: &Scenario) -> impl Iterator<Item = &Recipe> {
    scenario.presentations().map(|(_, presentation)| &presentation.recipe)
}

/// The tokens of `fixtures/tokens`, by name. Their `kid` names no key, so they go without.
fn shapes() -> &'static [(String, Recipe)] {
    static READ: LazyLock<Vec<(String, Recipe)>> = LazyLock::new(|| {
        let mut files: Vec<_> = jwtspec_fixtures::TOKENS.files().collect();
        files.sort_by_key(|file| file.path());
        files
            .into_iter()
            .filter_map(|file| {
                let name = file.path().file_name()?.to_str()?.strip_suffix(".json")?;
                let Shape { mut header, claims } = serde_json::from_slice(file.contents()).ok()?;
                header.retain(|name, _| name != "kid" && name != "alg");
                let absent = |names: &[&str], there: &IndexMap<String, ValueTemplate>| {
                    let missing = names.iter().filter(|name| !there.contains_key(**name));
                    missing.map(ToString::to_string).collect()
                };
                let recipe = Recipe {
                    header_without: absent(&["typ"], &header),
                    without: absent(&["iss", "sub", "aud", "iat", "exp", "jti"], &claims),
                    header,
                    claims,
                    ..Recipe::default()
                };
                Some((name.to_owned(), recipe))
            })
            .collect()
    });
    &READ
}

/// The same shape in the name of the main issuer, for the audience.
fn ours(recipe: &Recipe) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.without.retain(|name| name != "aud");
    recipe.claims.shift_remove("iss");
    let read = |value: Value| serde_json::from_value::<ValueTemplate>(value).ok();
    match recipe.claims.get_mut("aud") {
        Some(ValueTemplate::Array(items)) => items.extend(read("@audience".into())),
        _ => drop(recipe.claims.shift_remove("aud")),
    }
    recipe
}
