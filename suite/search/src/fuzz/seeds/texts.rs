//! Our own formats, and challenges.

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
    const EXAMPLES: [(&str, &str); 22] = [
        ("scheme-alone", "Bearer"),
        ("realm", "Bearer realm=\"example\""),
        (
            "expired",
            "Bearer realm=\"example\", error=\"invalid_token\", \
             error_description=\"The access token expired\"",
        ),
        ("scope", "Bearer error=\"insufficient_scope\", scope=\"openid profile email\""),
        (
            "two-challenges",
            "Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"",
        ),
        ("token68", "Negotiate oRQwEqADCgEAoQsGCSqGSIb3EgECAqM=, Bearer realm=\"a\""),
        ("dpop", "DPoP algs=\"ES256 PS256\", Bearer error=\"invalid_token\""),
        ("step-up", "Bearer error=\"insufficient_user_authentication\", acr_values=\"myACR\""),
        (
            "resource-metadata",
            "Bearer resource_metadata=\"https://a.example/.well-known/oauth-protected-resource\"",
        ),
        ("unquoted", "Bearer realm=example,error=invalid_token"),
        ("empty-elements", ", ,Bearer realm=\"a\", ,"),
        ("blanks-around-equals", "Bearer realm = \"a\" , error = \"invalid_request\""),
        ("small-letters", "bearer REALM=\"a\", Error=\"invalid_token\""),
        ("twice", "Bearer error=\"invalid_token\", error=\"invalid_request\""),
        ("escapes", "Bearer error_description=\"a \\\"b\\\" \\\\ c\""),
        ("error-uri", "Bearer error=\"invalid_token\", error_uri=\"https://a.example/?a=b,c\""),
        ("two-bearer", "Bearer realm=\"a\", Bearer realm=\"b\""),
        ("open-quote", "Bearer realm=\"a"),
        ("comma-in-quotes", "Bearer realm=\"a, b\", scope=\"c\""),
        ("extended-value", "Bearer realm*=UTF-8''%e2%82%ac"),
        ("no-comma", "Bearer realm=\"a\" error=\"b\""),
        ("envoy", "Bearer realm=\"http://localhost/\", error=\"invalid_token\""),
    ];
    for (slug, text) in EXAMPLES {
        collection.offer(slug, slug.to_owned(), text.as_bytes().to_vec());
    }
    for reason in Reason::ALL {
        let slug = reason.as_str();
        let text = format!(
            "Bearer realm=\"jwtspec\", error=\"invalid_token\", error_description=\"{slug}\""
        );
        collection.offer(slug, slug.to_owned(), text.into_bytes());
    }
}
