//! Tokens: those that scenarios present, and those in the shapes that providers mint.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::collect::{Collection, slugs, words};
use crate::fuzz::verify::{self, fixed};
use crate::fuzz::{Parser, Strict};
use crate::oracle_input::inline_oracle;
use jwtspec_engine::plan::{Case, Extra, imagined_endpoints, setup};
use jwtspec_engine::scenario::{Catalogue, Scenario};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::{Recipe, ValueTemplate};
use jwtspec_oracle::Oracle;

/// A token in the shape of a provider's.
#[derive(Deserialize)]
struct Shape {
    header: IndexMap<String, ValueTemplate>,
    claims: IndexMap<String, ValueTemplate>,
}

/// As scenarios present them, on an example origin and at an example time.
pub(super) fn as_shown(cases: &[Case], collection: &mut Collection) {
    for case in cases {
        let now = MintContext::example().now;
        let Ok(setup) = setup(case, &imagined_endpoints(case), now, Extra::default()) else {
            continue;
        };
        for recipe in recipes(&case.scenario) {
            offer(&case.scenario.id, recipe, &setup.mint_context, collection, kind_of);
        }
    }
    for (name, recipe) in shapes() {
        offer(name, recipe, &MintContext::example(), collection, kind_of);
    }
}

/// For the trust of [`fixed`].
pub(super) fn for_verify(catalogue: &Catalogue, collection: &mut Collection) {
    let oracle = inline_oracle(fixed::trust()).with_still_clock();
    let kind = |token: &str| judged(&oracle, token, fixed::mint_context());
    for scenario in catalogue.iter() {
        for recipe in recipes(scenario) {
            offer(&scenario.id, recipe, fixed::mint_context(), collection, kind);
        }
    }
    for (name, recipe) in shapes() {
        offer(name, recipe, fixed::mint_context(), collection, kind);
        offer(&format!("{name}-as-ours"), &ours(recipe), fixed::mint_context(), collection, kind);
    }
    for (name, facts) in &fixed::mint_context().issuers {
        for published in &facts.keys {
            let key = Some(published.key);
            let recipe = Recipe { from: Some(name.clone()), key, ..Recipe::default() };
            let slug = format!("valid-{}", published.key.name());
            let kind = |_: &str| slug.clone();
            offer(&slug, &recipe, fixed::mint_context(), collection, kind);
        }
    }
}

/// For the trust under which verifiers are compared. They go by the system's clock, so tokens
/// were issued long ago and do not soon expire, unless time is what they are about.
pub(super) fn for_differential(catalogue: &Catalogue, collection: &mut Collection) {
    const LONG_AGO: u64 = 1_700_000_000;
    const LONG_AFTER: u64 = 4_000_000_000;
    let oracle = inline_oracle(&crate::fuzz::trust()).with_still_clock();
    let mint_context = MintContext { now: LONG_AGO, ..crate::fuzz::mint_context() };
    let kind = |token: &str| judged(&oracle, token, &mint_context);
    let lasting = |recipe: &Recipe| {
        let mut recipe = recipe.clone();
        let says = recipe.claims.contains_key("exp") || recipe.without.iter().any(|it| it == "exp");
        if !says {
            recipe.claims.insert("exp".to_owned(), ValueTemplate::Plain(LONG_AFTER.into()));
        }
        recipe
    };
    for scenario in catalogue.iter() {
        for recipe in recipes(scenario) {
            offer(&scenario.id, &lasting(recipe), &mint_context, collection, kind);
        }
    }
    for (name, recipe) in shapes() {
        offer(name, &lasting(&ours(recipe)), &mint_context, collection, kind);
    }
}

fn recipes(scenario: &Scenario) -> impl Iterator<Item = &Recipe> {
    scenario.presentations().map(|(_, presentation)| &presentation.recipe)
}

/// Mints and offers a token, if it can be minted there. Its kind is how it is judged together
/// with how its recipe differs from that of a valid token.
fn offer(
    slug: &str,
    recipe: &Recipe,
    mint_context: &MintContext,
    collection: &mut Collection,
    kind: impl Fn(&str) -> String,
) {
    let Ok(minted) = mint(recipe, mint_context) else { return };
    let kind = format!("{} {}", kind(&minted.token), words(slugs(recipe)));
    collection.offer(slug, kind, minted.token.into_bytes());
}

/// The message of a strict parser, without the numbers.
fn kind_of(token: &str) -> String {
    match Strict.parse(token) {
        Ok(_) => String::new(),
        Err(why) => why.replace(|c: char| c.is_ascii_digit(), ""),
    }
}

/// Which requirements speak against a token.
fn judged(oracle: &Oracle, token: &str, mint_context: &MintContext) -> String {
    let signed = verify::signed_by(token, mint_context);
    let expected = oracle.expected(token, &signed, mint_context.now);
    words(expected.because.iter().map(|it| it.requirement))
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
