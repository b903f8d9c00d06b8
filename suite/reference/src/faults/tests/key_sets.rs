//! Faults in the choice of a key show with a key set of their own.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::*;
use jwtspec_mint::context::{PublishedKey, key_set};

/// The fixtures of a set, each with members to set; null leaves one out.
type Set = &'static [(&'static str, &'static str)];

/// A fault, a key set and a token that the fault judges in another way than the reference.
pub(super) const CASES: &[(&str, Set, &str)] = &[
    ("no-key-needs-no-signature", &[("eddsa-a", "{}")], "header.kid = 'x'\nsignature = 'strip'"),
    ("no-key-means-none", &[("eddsa-a", "{}")], "header.kid = 'x'\nalg = 'none'"),
    ("kid-number-as-text", &[("eddsa-a", r#"{"kid":"7"}"#)], "key = 'eddsa-a'\nheader.kid = 7"),
    ("kid-in-a-query", &[("eddsa-a", "{}")], "key = 'eddsa-x'\nheader.kid = \"'\""),
    ("percent-decodes-kid", &[("eddsa-a", "{}")], "key = 'eddsa-x'\nheader.kid = '%'"),
    (
        "first-key-of-kid",
        &[("es256-a", r#"{"kid":"1"}"#), ("eddsa-a", r#"{"kid":"1"}"#)],
        "key = 'eddsa-a'",
    ),
    (
        "last-key-of-kid",
        &[("eddsa-a", r#"{"kid":"1"}"#), ("es256-a", r#"{"kid":"1"}"#)],
        "key = 'eddsa-a'",
    ),
    (
        "several-keys-verify",
        &[("eddsa-a", r#"{"kid":"1"}"#), ("eddsa-b", r#"{"kid":"1"}"#)],
        "key = 'eddsa-x'\nheader.kid = '1'",
    ),
    (
        "first-key-operation",
        &[("eddsa-a", r#"{"use":null,"key_ops":["sign","verify"]}"#)],
        "key = 'eddsa-a'",
    ),
    (
        "lone-key-operation",
        &[("eddsa-a", r#"{"use":null,"key_ops":["verify","sign"]}"#)],
        "key = 'eddsa-a'",
    ),
    (
        "sign-is-verify",
        &[("eddsa-a", r#"{"use":null,"key_ops":["encrypt","sign"]}"#)],
        "key = 'eddsa-a'",
    ),
    (
        "es256k-unverified",
        &[("es256k-a", "{}")],
        "key = 'es256k-a'\nsignature = 'of-another-token'",
    ),
    ("key-type-of-algorithm", &[("es256-a", r#"{"kty":"RSA"}"#)], "key = 'es256-a'"),
    ("short-secret-accepted", &[("hs256-short", "{}")], "key = 'hs256-short'"),
    ("long-secret-cut", &[("hs384-a", r#"{"alg":"HS256"}"#)], "key = 'hs384-a'\nalg = 'HS256'"),
    ("any-secret", &[("hs256-a", r#"{"alg":"A128KW"}"#)], "key = 'hs256-a'"),
    (
        "padded-key-kills-set",
        &[("es256-a", r#"{"x":"AA=="}"#), ("eddsa-a", "{}")],
        "key = 'eddsa-a'",
    ),
    (
        "kid-by-beginning",
        &[("eddsa-a", r#"{"kid":"1"}"#), ("eddsa-b", r#"{"kid":"10"}"#)],
        "key = 'eddsa-b'",
    ),
    (
        "kid-as-number",
        &[("eddsa-a", r#"{"kid":"10"}"#), ("eddsa-b", r#"{"kid":"1e1"}"#)],
        "key = 'eddsa-b'",
    ),
    (
        "kid-normalised",
        &[("eddsa-a", r#"{"kid":"\u00e9"}"#), ("eddsa-b", r#"{"kid":"e\u0301"}"#)],
        "key = 'eddsa-b'",
    ),
    ("kid-of-few-letters", &[("eddsa-a", r#"{"kid":"a b"}"#)], "key = 'eddsa-a'"),
    ("kids-in-a-map", &[("eddsa-a", "{}"), ("eddsa-a", "{}")], "key = 'eddsa-a'"),
    (
        "one-kid-per-key",
        &[("eddsa-a", r#"{"kid":"1"}"#), ("eddsa-a", r#"{"kid":"2"}"#)],
        "key = 'eddsa-a'\nheader.kid = '2'",
    ),
    (
        "ten-keys-at-most",
        &[
            ("rs256-a", "{}"),
            ("rs256-b", "{}"),
            ("rs256-c", "{}"),
            ("rs256-3072", "{}"),
            ("rs256-4096", "{}"),
            ("es256-a", "{}"),
            ("es256-b", "{}"),
            ("es384-a", "{}"),
            ("es512-a", "{}"),
            ("eddsa-b", "{}"),
            ("eddsa-a", "{}"),
        ],
        "key = 'eddsa-a'",
    ),
    ("key-alg-not-looked-for", &[("eddsa-a", r#"{"alg":null}"#)], "key = 'eddsa-a'"),
    ("key-use-needed", &[("eddsa-a", r#"{"use":null}"#)], "key = 'eddsa-a'"),
    ("rsa-of-2048-bits", &[("rs256-3072", "{}")], "key = 'rs256-3072'"),
];

fn published(set: Set) -> Vec<PublishedKey> {
    let key = |(name, changes): &(&str, &str)| {
        let mut key = PublishedKey::plain(Key::named(name).unwrap());
        for (member, value) in serde_json::from_str::<serde_json::Map<_, _>>(changes).unwrap() {
            match value {
                Value::Null => key.without.push(member),
                kid if member == "kid" => key.kid = Some(kid),
                value => _ = key.set.insert(member, value),
            }
        }
        key
    };
    set.iter().map(key).collect()
}

/// Returns whether the verifier accepts a token of an issuer with these keys; nothing if it panics.
async fn accepts(driver: impl Driver, set: Set, toml: &str) -> Option<bool> {
    let mut mint_context = mint_context();
    mint_context.issuers[MintContext::MAIN].keys = published(set);
    let mut trust = trust();
    trust.providers.truncate(1);
    trust.providers[0].keys = KeySource::Jwks(key_set(&published(set)));
    trust.providers[0].algorithms = vec![
        Algorithm::EdDsa,
        Algorithm::Es256,
        Algorithm::Es256k,
        Algorithm::Hs256,
        Algorithm::Rs256,
    ];
    let source = Source::new("test", toml);
    let (recipe, problems) = Document::parse(&source).read::<Recipe>();
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let token = mint(&recipe, &mint_context).unwrap().token;
    let verifier = driver.configure(&trust).unwrap();
    let verdict = AssertUnwindSafe(verifier.verify(&token)).catch_unwind().await;
    verdict.ok().map(|verdict| verdict.is_ok())
}

#[tokio::test]
async fn each_fault_chooses_otherwise() {
    for &(name, set, toml) in CASES {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let right = accepts(reference(), set, toml).await;
        assert!(right.is_some(), "the reference panics for {name}");
        let wrong = accepts(fault.changing(reference()), set, toml).await;
        assert_ne!(right, wrong, "{name} does as the reference does");
    }
}
