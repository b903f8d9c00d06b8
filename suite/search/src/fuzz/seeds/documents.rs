//! The key sets and discovery documents that issuers serve in scenarios.

use serde_json::{Value, json};

use super::collect::{Collection, words};
use jwtspec_engine::issuer::Documents;
use jwtspec_engine::plan::{Case, dry_run};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;

/// Longer words are values: numbers of keys, URLs.
const LONGEST_WORD: usize = 16;

pub(super) fn key_sets(cases: &[Case], collection: &mut Collection) {
    for key in Key::all() {
        let set = json!({ "keys": [key.public_jwk()] }).to_string();
        collection.offer(key.name(), key.name().to_owned(), set.into_bytes());
    }
    each_documents(cases, |slug, documents| {
        collection.offer(slug, kind(&documents.jwks.body), documents.jwks.body.to_vec());
    });
}

pub(super) fn discovery(cases: &[Case], collection: &mut Collection) {
    each_documents(cases, |slug, documents| {
        let body = &documents.discovery.body;
        collection.offer(slug, kind(body), body.to_vec());
    });
}

/// Everything that an issuer serves at some time of a scenario.
fn each_documents(cases: &[Case], mut offer: impl FnMut(&str, &Documents)) {
    for case in cases {
        let Ok(dry) = dry_run(case, MintContext::example().now) else { continue };
        for (_, documents) in dry.setups.iter().flat_map(|setup| setup.issuers.values()) {
            offer(&case.scenario.id, documents);
        }
    }
}

/// The short words in it, such as names of members, types, curves and uses, and how reading it ends.
fn kind(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    let short = parts.filter(|part| part.len() <= LONGEST_WORD);
    let error = serde_json::from_slice::<Value>(body).err().map(|error| error.to_string());
    words(short.chain(error.as_deref()))
}
