//! Our own formats, and challenges.

use indexmap::IndexMap;

use super::collect::{Collection, slugs, words};
use jwtspec_engine::scenario::{Catalogue, write};
use jwtspec_types::words::Reason;

/// Recipes, each as a document of its own.
pub(super) fn recipes(catalogue: &Catalogue, collection: &mut Collection) {
    for scenario in catalogue.iter() {
        for (_, presentation) in scenario.presentations() {
            let recipe = &presentation.recipe;
            let Ok(text) = toml::to_string(recipe) else { continue };
            let kind = format!("{} {}", words(slugs(recipe)), names(&text));
            collection.offer(&scenario.id, kind, text.into_bytes());
        }
    }
}

/// Files of one scenario each.
pub(super) fn scenarios(catalogue: &Catalogue, collection: &mut Collection) {
    for scenario in catalogue.iter() {
        let Ok(text) = write("A seed.", &[(Vec::new(), scenario)]) else { continue };
        collection.offer(&scenario.id, names(&text), text.into_bytes());
    }
}

/// The keys, placeholders and calls of a TOML text: what its reader tells apart.
fn names(text: &str) -> String {
    let mut names = Vec::new();
    for line in text.lines() {
        let parts = line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_@(=".contains(c)));
        names.extend(parts.filter(|part| part.starts_with('@') || part.ends_with('(')));
        for (before, _) in line.match_indices(" =").map(|(at, _)| line.split_at(at)) {
            let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
            names.push(&before[start.map_or(0, |at| at + 1)..]);
        }
    }
    words(names)
}

/// Examples of RFC 6750 section 3, RFC 9110 section 11.6.1 and others, and what verifiers send.
pub(super) fn challenges(collection: &mut Collection) {
    let examples: IndexMap<String, String> =
        toml::from_str(include_str!("challenges.toml")).unwrap_or_default();
    for (slug, text) in examples {
        collection.offer(&slug, slug.clone(), text.into_bytes());
    }
    for reason in Reason::ALL {
        let slug = reason.as_str();
        let text = format!(
            "Bearer realm=\"jwtspec\", error=\"invalid_token\", error_description=\"{slug}\""
        );
        collection.offer(slug, slug.to_owned(), text.into_bytes());
    }
}
