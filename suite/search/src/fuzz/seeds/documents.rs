//! The key sets and discovery documents that issuers serve in scenarios.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::collect::Collection;
use jwtspec_engine::issuer::Documents;
use jwtspec_engine::plan::{Case, Extra, change, imagined_endpoints, setup};
use jwtspec_engine::scenario::Step;
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
        let now = MintContext::example().now;
        let Ok(setup) = setup(case, &imagined_endpoints(case), now, Extra::default()) else {
            continue;
        };
        for (_, documents) in setup.issuers.values() {
            offer(&case.scenario.id, documents);
        }
        let mut mint_context = setup.mint_context;
        let mut issuers = case.scenario.issuers.clone();
        for step in &case.scenario.steps {
            let Step::Issuer(name, terms) = step else { continue };
            if let Ok(documents) = change(name, terms, &mut issuers, &mut mint_context) {
                offer(&case.scenario.id, &documents);
            }
        }
    }
}

/// Members and the types of their values, or how the text begins if it is no JSON.
fn kind(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => {
            let mut paths = BTreeSet::new();
            walk(&value, String::new(), &mut paths);
            paths.into_iter().collect::<Vec<_>>().join(" ")
        }
        Err(error) => error.to_string(),
    }
}

fn walk(value: &Value, path: String, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                walk(value, format!("{path}.{name}"), paths);
            }
        }
        Value::Array(items) => {
            paths.insert(format!("{path}[{}]", items.len().min(3)));
            for item in items {
                walk(item, format!("{path}[]"), paths);
            }
        }
        // Types, curves and uses are short; numbers of keys are not.
        Value::String(text) if text.len() <= 8 => {
            paths.insert(format!("{path}={text}"));
        }
        Value::String(_) => {
            paths.insert(format!("{path}:text"));
        }
        other => {
            paths.insert(format!("{path}={other}"));
        }
    }
}
