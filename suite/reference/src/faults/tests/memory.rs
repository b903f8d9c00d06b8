//! Faults in remembering show with several tokens, one after the other or at once.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::join_all;

use super::*;

/// A fault, and tokens with the second in which each is presented. What one of them comes to is not
/// what the reference says.
pub(super) const CASES: &[(&str, &[(&str, u64)])] = &[
    ("remembers-beginning", &[("", 0), ("signature = 'flip(-1)'", 0)]),
    ("remembers-signed-part", &[("", 0), ("signature = 'strip'", 0)]),
    (
        "remembers-signature",
        &[("claims.sub = 'another-user'", 0), ("signature = 'of-another-token'", 0)],
    ),
    ("remembers-jti", &[("", 0), ("key = 'rs256-x'\nheader.kid = '@kid'", 0)]),
    ("remembers-user", &[("claims.scope = 'a'", 0), ("claims.scope = 'b'", 0)]),
    ("remembers-for-ever", &[("", 0), ("", 900)]),
    ("remembers-refusals", &[("claims.nbf = '@now+9s'", 0), ("claims.nbf = '@now+9s'", 9)]),
    ("remembers-refused-claims", &[("signature = 'flip(-1)'", 0), ("", 0)]),
    ("remembers-refused-jti", &[("key = 'rs256-x'\nheader.kid = '@kid'", 0), ("", 0)]),
    ("accepts-once", &[("", 0), ("", 0)]),
    ("repeated-jti-unhandled", &[("", 0), ("", 0)]),
    ("remembers-no-claims", &[("", 0), ("", 0)]),
    ("claims-of-first-caller", &[("claims.sub = 'a'", 0), ("claims.sub = 'b'", 0)]),
    (AT_ONCE, &[("claims.sub = 'a'", 0), ("claims.sub = 'b'", 0)]),
];

/// The fault that only shows with callers at the same time.
const AT_ONCE: &str = "claims-in-one-place";

async fn verdicts(
    driver: impl Driver,
    tokens: &[(&str, u64)],
    at_once: bool,
) -> Vec<Option<Value>> {
    let verifier = driver.configure(&trust()).unwrap();
    let verdict = async |(toml, second): &(&str, u64)| {
        let source = Source::new("test", *toml);
        let (recipe, problems) = Document::parse(&source).read::<Recipe>();
        let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
        let token = mint(&recipe, &mint_context()).unwrap().token;
        let now = Duration::from_secs(mint_context().now + second);
        let verdict = AssertUnwindSafe(verifier.verify_at(&token, now)).catch_unwind().await;
        verdict.ok()?.ok()
    };
    if at_once {
        return join_all(tokens.iter().map(verdict)).await;
    }
    let mut verdicts = Vec::new();
    for token in tokens {
        verdicts.push(verdict(token).await);
    }
    verdicts
}

#[tokio::test]
async fn each_fault_remembers_too_much() {
    for &(name, tokens) in CASES {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let right = verdicts(reference(), tokens, name == AT_ONCE).await;
        let wrong = verdicts(fault.changing(reference()), tokens, name == AT_ONCE).await;
        assert_ne!(right, wrong, "{name} does as the reference does");
        assert_eq!(right[0].is_some(), wrong[0].is_some(), "{name} is wrong about the first");
    }
}

/// A trust in which `main` has this audience, and this key under a `kid` like a UUID.
fn trust_of(audience: &str, key: &str) -> Trust {
    let mut trust = trust();
    let mut jwk = Key::named(key).unwrap().public_jwk();
    jwk.insert("kid".to_owned(), KID.into());
    let Value::Object(set) = json!({ "keys": [jwk] }) else { unreachable!() };
    trust.providers[0].keys = KeySource::Jwks(set);
    trust.providers[0].algorithms = vec![Algorithm::EdDsa];
    trust.providers[0].audiences = vec![audience.to_owned()];
    trust
}

const KID: &str = "6f1d3f52-8f0e-4c33-9a51-0d2f6f6a7c11";

#[tokio::test]
async fn some_faults_remember_across_verifiers() {
    let own = trust_of(MintContext::AUDIENCE, "eddsa-a");
    let other_audience = trust_of("https://other.example", "eddsa-a");
    let other_key = trust_of(MintContext::AUDIENCE, "eddsa-b");
    let toml = format!("key = 'eddsa-a'\nheader.kid = '{KID}'");
    let source = Source::new("test", &toml);
    let recipe = Document::parse(&source).read::<Recipe>().0.unwrap();
    let token = mint(&recipe, &mint_context()).unwrap().token;
    for (name, first, second) in [
        ("remembers-across-verifiers", &own, &other_audience),
        ("refuses-across-verifiers", &other_audience, &own),
        ("long-kid-unique", &own, &other_key),
    ] {
        let accepted = async |driver: &dyn Driver| {
            let [first, second] = [first, second].map(|trust| driver.configure(trust).unwrap());
            [first.verify(&token).await.is_ok(), second.verify(&token).await.is_ok()]
        };
        let right = accepted(&reference()).await;
        let wrong = accepted(&Fault::named(name).unwrap().changing(reference())).await;
        assert_eq!((right[0], !right[1]), (wrong[0], wrong[1]), "{name}");
    }
}
