//! Faults in asking for documents show in what an issuer is asked, or in that it is asked in vain.

use futures::future::join_all;

use super::changing_issuers::{ChangingCase, Setup};
use super::*;
use jwtspec_engine::issuer::{Certificate, EndpointSpec, Response};

pub(super) const CASES: &[(&str, ChangingCase)] = &[
    ("well-known-behind-slash", |it| slash_at_the_end(it).boxed()),
    ("place-of-keys-pinned", |it| keys_moved(it).boxed()),
    ("client-of-another-service", |it| credentials(it).boxed()),
    ("system-authorities-only", |it| certified(it).boxed()),
    ("follows-x5u", |it| x5u(it).boxed()),
    ("fetches-first", |it| rubbish_afterwards(it).boxed()),
    ("refuses-while-fetching", |it| at_once(it).boxed()),
];

fn discovery(_: String) -> KeySource {
    KeySource::Discovery(true)
}

async fn slash_at_the_end(driver: Arc<dyn Driver>) -> bool {
    let mut setup = Setup::on(Arc::clone(&driver), EndpointSpec::default(), discovery).await;
    setup.mint_context.issuers[MintContext::MAIN].identifier.push('/');
    setup.trust.providers[0].issuer.push('/');
    setup.change(MintContext::MAIN, |_| {});
    setup.verifier = driver.configure(&setup.trust).unwrap();
    !setup.accepts("").await
}

async fn keys_moved(verifier: Arc<dyn Driver>) -> bool {
    let mut setup = Setup::on(verifier, EndpointSpec::default(), discovery).await;
    assert!(setup.accepts("").await);
    let place = setup.mint_context.issuers["second"].jwks_uri.clone();
    setup.change(MintContext::MAIN, |it| {
        let mut metadata: Value = serde_json::from_slice(&it.discovery.body).unwrap();
        metadata["jwks_uri"] = place.into();
        it.discovery = Response::json(metadata.to_string());
    });
    setup.pass(300);
    AssertUnwindSafe(setup.accepts("key = 'rs256-b'")).catch_unwind().await.is_err()
}

async fn credentials(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    assert!(setup.accepts("").await);
    let ledger = setup.server.ledger(setup.numbers[MintContext::MAIN]);
    ledger.iter().flat_map(|entry| &entry.headers).any(|(name, _)| name == "authorization")
}

async fn certified(driver: Arc<dyn Driver>) -> bool {
    let endpoint_spec =
        EndpointSpec { certificate: Some(Certificate::Valid), ..EndpointSpec::default() };
    let mut setup = Setup::on(Arc::clone(&driver), endpoint_spec, KeySource::JwksUri).await;
    setup.trust.ca_pem = Some(setup.server.ca_pem().to_owned());
    setup.verifier = driver.configure(&setup.trust).unwrap();
    !setup.accepts("").await
}

async fn x5u(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let uri = &setup.mint_context.issuers["attacker"].jwks_uri;
    assert!(setup.accepts(&format!("header.x5u = '{uri}'")).await);
    setup.fetches("attacker") > 0
}

async fn rubbish_afterwards(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    assert!(setup.accepts("").await);
    for _ in 0..5 {
        assert!(!setup.accepts("literal = 'x'").await);
    }
    setup.fetches(MintContext::MAIN) > 2
}

async fn at_once(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let all = join_all((0..10).map(|_| setup.accepts(""))).await;
    assert!(all[0]);
    all.contains(&false)
}
