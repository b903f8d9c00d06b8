//! Faults in fetching and reading documents show with an issuer whose documents are right, and
//! unusual.

use std::time::Duration;

use super::changing_issuers::{Setup, set_of};
use super::*;
use jwtspec_engine::issuer::{Documents, EndpointSpec, Response};

/// A change of an issuer's documents, which verifiers must take all the same.
type Change = fn(&mut Documents);

/// Where keys come from, given an issuer's URL.
type SourceOf = fn(String) -> KeySource;

/// A fault, the source of keys, and documents with which it does not accept a valid token.
pub(super) const CASES: &[(&str, SourceOf, Change)] = &[
    ("closed-documents", KeySource::JwksUri, |it| with_member(&mut it.jwks, "note", json!("x"))),
    ("closed-documents", discovery, |it| with_member(&mut it.discovery, "note", json!("x"))),
    ("closed-documents", KeySource::JwksUri, |it| with_key(it, json!({ "note": "x" }))),
    ("typed-key-sets", KeySource::JwksUri, |it| with_key(it, json!(null))),
    ("typed-key-sets", KeySource::JwksUri, |it| with_key(it, json!({ "kid": 7 }))),
    ("closed-words", KeySource::JwksUri, |it| with_key(it, json!({ "use": "tickets" }))),
    ("closed-words", KeySource::JwksUri, |it| with_key(it, json!({ "key_ops": ["admire"] }))),
    ("fails-on-import", KeySource::JwksUri, |it| with_key(it, json!({ "kty": "oct" }))),
    ("fails-on-import", KeySource::JwksUri, |it| with_key(it, json!({ "kty": "RSA", "e": "Aw" }))),
    ("fixed-buffer", KeySource::JwksUri, |it| {
        with_member(&mut it.jwks, "note", json!("x".repeat(64 << 10)));
    }),
    ("no-parser-for-type", KeySource::JwksUri, |it| it.jwks.headers.clear()),
    ("metadata-asserted", discovery, |it| {
        with_member(&mut it.discovery, "response_types_supported", json!([]));
    }),
    ("escapes-unread", discovery, |it| {
        let text = String::from_utf8(it.discovery.body.to_vec()).unwrap();
        it.discovery.body = text.replace("issuer/", "issue\\u0072/").into();
    }),
    ("stale-keys-unused", KeySource::JwksUri, |it| {
        it.jwks.headers.push(("cache-control".to_owned(), "no-store".to_owned()));
    }),
    ("well-known-as-link", discovery, |_| {}),
    ("impatient", KeySource::JwksUri, |it| it.jwks.delay = Duration::from_millis(500)),
    ("one-read-only", KeySource::JwksUri, |it| {
        with_member(&mut it.jwks, "note", json!("x".repeat(500_000)));
    }),
];

fn discovery(_: String) -> KeySource {
    KeySource::Discovery(true)
}

fn with_member(response: &mut Response, name: &str, value: Value) {
    let mut document: Value = serde_json::from_slice(&response.body).unwrap();
    document[name] = value;
    response.body = document.to_string().into();
}

/// Publishes another member of the set beside the key.
fn with_key(documents: &mut Documents, key: Value) {
    let mut set = set_of(&["rs256-a"]);
    set["keys"].as_array_mut().unwrap().push(key);
    documents.jwks = Response::json(set.to_string());
}

#[tokio::test]
async fn each_fault_needs_more_than_the_reference() {
    for &(name, source, change) in CASES {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let accepts = async |driver: Arc<dyn Driver>| {
            let setup = Setup::on(driver, EndpointSpec::default(), source).await;
            setup.change(MintContext::MAIN, change);
            AssertUnwindSafe(setup.accepts("")).catch_unwind().await.is_ok_and(|it| it)
        };
        assert!(accepts(Arc::new(Reference::default())).await, "the reference shows {name}");
        assert!(!accepts(Arc::new(fault.driver())).await, "{name} does not show");
    }
}

#[tokio::test]
async fn usual_documents_are_no_trouble() {
    for &(name, source, _) in CASES.iter().filter(|(name, ..)| *name != "well-known-as-link") {
        let driver = Arc::new(Fault::named(name).unwrap().driver());
        let setup = Setup::on(driver, EndpointSpec::default(), source).await;
        assert!(setup.accepts("").await, "{name}");
    }
}
