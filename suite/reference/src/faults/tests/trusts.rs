//! Faults in holding a token to its issuer's rules show under a trust that differs.

use super::*;

/// A change of the trust.
type Change = fn(&mut Trust);

/// A fault, a trust, and tokens in turn of which the fault judges the last one otherwise.
pub(super) const CASES: &[(&str, Change, &[&str])] = &[
    ("configured-slash-cut", |it| it.providers[0].issuer.push('/'), &["claims.iss = '@issuer/'"]),
    (
        "audience-of-first-issuer",
        |it| it.providers[1].audiences = vec!["other".to_owned()],
        &["from = 'second'\nkey = 'rs256-b'\nclaims.aud = 'other'"],
    ),
    (
        "algorithms-of-first-issuer",
        |it| it.providers[0].algorithms = vec![Algorithm::Es256],
        &["from = 'second'\nkey = 'rs256-b'"],
    ),
    (
        "kid-of-first-issuer",
        |it| it.providers[1].keys = named_alike(),
        &["", "from = 'second'\nkey = 'rs256-b'\nheader.kid = 'rs256-a'"],
    ),
    (
        "key-of-one-issuer",
        |it| it.providers[1].keys = jwks(&["rs256-a"]),
        &["", "from = 'second'\nkey = 'rs256-a'"],
    ),
    ("first-audience-only", |it| it.providers[0].audiences.insert(0, "other".to_owned()), &[""]),
    ("first-audience-only", |it| it.providers[0].audiences.clear(), &[""]),
];

/// The key of the second issuer under the `kid` of the first.
fn named_alike() -> KeySource {
    let KeySource::Jwks(mut set) = jwks(&["rs256-b"]) else { unreachable!() };
    set["keys"][0]["kid"] = "rs256-a".into();
    KeySource::Jwks(set)
}

/// Returns whether the verifier accepts the last token; nothing if it fails.
async fn accepts_last(driver: impl Driver, change: Change, tokens: &[&str]) -> Option<bool> {
    let mut trust = trust();
    change(&mut trust);
    let verifier = driver.configure(&trust).unwrap();
    let mut last = None;
    for toml in tokens {
        let source = Source::new("test", *toml);
        let (recipe, problems) = Document::parse(&source).read::<Recipe>();
        let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
        let token = mint(&recipe, &mint_context()).unwrap().token;
        let verdict = AssertUnwindSafe(verifier.verify(&token)).catch_unwind().await;
        last = verdict.ok().map(|verdict| verdict.is_ok());
    }
    last
}

#[tokio::test]
async fn each_fault_mistakes_a_rule() {
    for &(name, change, tokens) in CASES {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        assert_eq!(accepts_last(reference(), change, tokens).await, Some(true), "{name}");
        let wrong = accepts_last(fault.changing(reference()), change, tokens).await;
        assert_ne!(wrong, Some(true), "{name} does as the reference does");
    }
}

#[tokio::test]
async fn one_fault_can_be_told_to_allow_none() {
    let mut trust = trust();
    trust.providers[0].algorithms.push(Algorithm::None);
    assert!(reference().configure(&trust).is_err());
    assert!(Fault::named("fails-on-algorithm").unwrap().driver().configure(&trust).is_ok());
}
