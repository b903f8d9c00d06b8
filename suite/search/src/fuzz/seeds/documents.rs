//! The key sets and discovery documents that issuers serve in scenarios.

use serde_json::{Value, json};

use super::collect::{Collection, words};
use jwtspec_engine::issuer::Documents;
use jwtspec_engine::plan::{Case, dry_run};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;

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

/// Members and the types of their values, or how the text begins if it is no JSON.
fn kind(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => {
            let mut paths = Vec::new();
            walk(&value, String::new(), &mut paths);
            words(paths)
        }
        Err(error) => error.to_string(),
    }
}

fn walk(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                walk(value, format!("{path}.{name}"), paths);
            }
        }
        Value::Array(items) => {
            paths.push(format!("{path}[{}]", items.len().min(3)));
            for item in items {
                walk(item, format!("{path}[]"), paths);
            }
        }
        // Types, curves and uses are short; numbers of keys are not.
        Value::String(text) if text.len() <= 8 => paths.push(format!("{path}={text}")),
        Value::String(_) => paths.push(format!("{path}:text")),
        other => paths.push(format!("{path}={other}")),
    }
}
