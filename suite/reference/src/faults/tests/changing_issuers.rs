//! Faults in fetching and caching keys show with an issuer that changes: its keys change, it is
//! wrong or down, and time passes.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};

use super::*;
use crate::tests::loopback::raw;
use jwtspec_driver::{Refusal, TIME_HEADER, serve_on};
use jwtspec_engine::issuer::{Certificate, Documents, EndpointSpec, IssuerServer, Response};
use jwtspec_mint::context::{PublishedKey, key_set};

/// Two trusted issuers and an attacker's, and a verifier under test.
pub(super) struct Setup {
    pub(super) server: IssuerServer,
    pub(super) mint_context: MintContext,
    pub(super) numbers: HashMap<&'static str, usize>,
    pub(super) trust: Trust,
    pub(super) verifier: Arc<dyn Verifier>,
}

const ISSUERS: [(&str, &str); 3] =
    [(MintContext::MAIN, "rs256-a"), ("second", "rs256-b"), ("attacker", "rs256-x")];

impl Setup {
    pub(super) async fn set(driver: Arc<dyn Driver>) -> Self {
        Self::on(driver, EndpointSpec::default(), KeySource::JwksUri).await
    }

    /// Keys are kept for 300 seconds, and the cool-down is 60.
    pub(super) async fn on(
        driver: Arc<dyn Driver>,
        endpoint_spec: EndpointSpec,
        source: fn(String) -> KeySource,
    ) -> Self {
        let server = IssuerServer::start().unwrap();
        let mut numbers = HashMap::new();
        let mut issuers = Vec::new();
        for (name, key) in ISSUERS {
            let place = server.reserve(endpoint_spec).unwrap();
            let mut facts = IssuerFacts::on(&place.origin, place.number, "");
            facts.keys = vec![PublishedKey::plain(Key::named(key).unwrap())];
            server.open(place.number, Documents::honest(&facts)).unwrap();
            numbers.insert(name, place.number);
            issuers.push((name.to_owned(), facts));
        }
        let mut trust = trust();
        trust.cache = CachePolicy { max_age_seconds: 300, cooldown_seconds: 60 };
        for (provider, (_, facts)) in trust.providers.iter_mut().zip(&issuers) {
            provider.issuer.clone_from(&facts.identifier);
            provider.keys = source(facts.jwks_uri.clone());
        }
        let verifier = driver.configure(&trust).unwrap();
        Self { server, mint_context: MintContext::for_issuers(issuers), numbers, trust, verifier }
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.mint_context.now += seconds;
    }

    /// Changes what an issuer serves.
    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut Documents)) {
        let mut documents = Documents::honest(&self.mint_context.issuers[name]);
        change(&mut documents);
        self.server.open(self.numbers[name], documents).unwrap();
    }

    fn publish(&self, keys: &[&str]) {
        self.change(MintContext::MAIN, |it| it.jwks = Response::json(set_of(keys).to_string()));
    }

    fn fail(&self, name: &str) {
        self.change(name, |it| it.jwks.status = 500);
    }

    fn token(&self, toml: &str) -> String {
        let source = Source::new("test", toml);
        let (recipe, problems) = Document::parse(&source).read::<Recipe>();
        let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
        mint(&recipe, &self.mint_context).unwrap().token
    }

    async fn verdict(&self, toml: &str) -> Result<Value, Refusal> {
        let now = Duration::from_secs(self.mint_context.now);
        self.verifier.verify_at(&self.token(toml), now).await
    }

    pub(super) async fn accepts(&self, toml: &str) -> bool {
        self.verdict(toml).await.is_ok()
    }

    pub(super) fn fetches(&self, name: &str) -> usize {
        self.server.ledger(self.numbers[name]).len()
    }
}

pub(super) fn set_of(keys: &[&str]) -> Value {
    let keys: Vec<_> =
        keys.iter().map(|name| PublishedKey::plain(Key::named(name).unwrap())).collect();
    Value::Object(key_set(&keys))
}

/// Returns whether a verifier shows the fault.
pub(super) type ChangingCase = fn(Arc<dyn Driver>) -> BoxFuture<'static, bool>;

pub(super) const CASES: &[(&str, ChangingCase)] = &[
    ("one-bad-key-kills-set", |it| one_bad_key(it).boxed()),
    ("follows-jku", |it| jku(it).boxed()),
    ("fetches-before-reading", |it| malformed(it).boxed()),
    ("fetches-for-any-issuer", |it| strange_issuer(it).boxed()),
    ("never-refetches", |it| new_key(it).boxed()),
    ("refetches-on-every-kid", |it| invented_kids(it).boxed()),
    ("thundering-herd", |it| cold_start(it).boxed()),
    ("follows-redirects", |it| redirect(it).boxed()),
    ("ignores-certificates", |it| self_signed(it).boxed()),
    ("ignores-discovery-issuer", |it| stranger_in_discovery(it).boxed()),
    ("any-status-has-keys", |it| keys_in_an_error(it).boxed()),
    ("takes-cut-documents", |it| cut(it).boxed()),
    ("unbounded-documents", |it| huge(it).boxed()),
    ("never-caches", |it| same_key_again(it).boxed()),
    ("caches-for-ever", |it| removed_and_aged(it).boxed()),
    ("ignores-cache-control", |it| max_age(it).boxed()),
    ("keeps-removed-keys", |it| removed_and_refetched(it).boxed()),
    ("fails-open", |it| forged_in_an_outage(it).boxed()),
    ("server-error-on-outage", |it| cold_outage(it).boxed()),
    ("forgets-keys-on-outage", |it| warm_outage(it).boxed()),
    ("one-outage-for-all", |it| outage_of_another(it).boxed()),
];

#[tokio::test]
async fn each_shows_where_the_reference_does_not() {
    for &(name, case) in CASES.iter().chain(asking::CASES) {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        assert!(!case(Arc::new(Reference::default())).await, "the reference shows {name}");
        assert!(
            case(Arc::new(fault.driver())).await || !is_playable(name).await,
            "{name} does not show"
        );
    }
}

/// Certificates can be played with only where issuers are served over TLS.
async fn is_playable(name: &str) -> bool {
    let endpoint_spec =
        EndpointSpec { certificate: Some(Certificate::SelfSigned), ..EndpointSpec::default() };
    let server = IssuerServer::start().unwrap();
    !["ignores-certificates", "system-authorities-only"].contains(&name)
        || server.reserve(endpoint_spec).unwrap().origin.starts_with("https://")
}

#[tokio::test]
async fn honest_issuers_are_no_trouble() {
    for (name, _) in CASES.iter().chain(asking::CASES) {
        let setup = Setup::set(Arc::new(Fault::named(name).unwrap().driver())).await;
        assert!(setup.accepts("").await, "{name}");
        assert!(setup.accepts("from = 'second'").await, "{name}");
        assert!(!setup.accepts("signature = 'flip(9)'").await, "{name}");
        assert!(!setup.accepts("key = 'rs256-x'").await, "{name}");
    }
}

async fn one_bad_key(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let mut set = set_of(&["rs256-a"]);
    set["keys"].as_array_mut().unwrap().push(json!({ "kty": "odd" }));
    setup.change(MintContext::MAIN, |it| it.jwks = Response::json(set.to_string()));
    !setup.accepts("").await
}

async fn jku(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let uri = &setup.mint_context.issuers["attacker"].jwks_uri;
    let accepted = setup.accepts(&format!("key = 'rs256-x'\nheader.jku = '{uri}'")).await;
    assert_eq!(accepted, setup.fetches("attacker") > 0);
    accepted
}

async fn malformed(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    assert!(!setup.accepts("literal = 'x'").await);
    setup.fetches(MintContext::MAIN) + setup.fetches("second") > 0
}

async fn strange_issuer(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let issuer = &setup.mint_context.issuers["attacker"].identifier;
    assert!(!setup.accepts(&format!("key = 'rs256-x'\nclaims.iss = '{issuer}'")).await);
    setup.fetches("attacker") > 0
}

async fn new_key(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    assert!(setup.accepts("").await);
    setup.publish(&["rs256-a", "rs256-b"]);
    !setup.accepts("key = 'rs256-b'").await
}

async fn invented_kids(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    assert!(setup.accepts("").await);
    for number in 0..10 {
        assert!(!setup.accepts(&format!("header.kid = 'invented-{number}'")).await);
    }
    assert!(setup.accepts("").await);
    setup.fetches(MintContext::MAIN) > 2
}

async fn cold_start(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let all = join_all((0..10).map(|_| setup.accepts(""))).await;
    assert!(all.into_iter().all(|accepted| accepted));
    setup.fetches(MintContext::MAIN) > 1
}

async fn redirect(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let elsewhere = setup.mint_context.issuers["attacker"].jwks_uri.clone();
    setup.change(MintContext::MAIN, |it| {
        it.jwks.status = 302;
        it.jwks.headers.push(("location".to_owned(), elsewhere));
    });
    let accepted = setup.accepts("key = 'rs256-x'").await;
    assert_eq!(accepted, setup.fetches("attacker") > 0);
    accepted
}

async fn self_signed(verifier: Arc<dyn Driver>) -> bool {
    let endpoint_spec =
        EndpointSpec { certificate: Some(Certificate::SelfSigned), ..EndpointSpec::default() };
    let setup = Setup::on(verifier, endpoint_spec, KeySource::JwksUri).await;
    let is_served = setup.mint_context.issuers[MintContext::MAIN].jwks_uri.starts_with("https://");
    is_served && setup.accepts("").await
}

async fn stranger_in_discovery(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::on(verifier, EndpointSpec::default(), |_| KeySource::Discovery(true)).await;
    assert!(setup.accepts("from = 'second'").await);
    let attacker = Documents::honest(&setup.mint_context.issuers["attacker"]).discovery;
    setup.change(MintContext::MAIN, |it| it.discovery = attacker);
    setup.accepts("key = 'rs256-x'").await
}

async fn keys_in_an_error(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    setup.fail(MintContext::MAIN);
    setup.accepts("").await
}

async fn cut(verifier: Arc<dyn Driver>) -> bool {
    let body = set_of(&["rs256-a"]).to_string();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let uri = raw(head + &body[..body.len() - 1], "").await;
    let mut setup = Setup::set(Arc::new(Reference::default())).await;
    setup.trust.providers[0].keys = KeySource::JwksUri(uri);
    setup.verifier = verifier.configure(&setup.trust).unwrap();
    setup.accepts("").await
}

async fn huge(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    let mut set = set_of(&["rs256-a"]);
    set["filler"] = "x".repeat(2 << 20).into();
    setup.change(MintContext::MAIN, |it| it.jwks = Response::json(set.to_string()));
    setup.accepts("").await
}

async fn same_key_again(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    for _ in 0..3 {
        assert!(setup.accepts("").await);
    }
    setup.fetches(MintContext::MAIN) > 1
}

async fn removed_and_aged(verifier: Arc<dyn Driver>) -> bool {
    let mut setup = Setup::set(verifier).await;
    assert!(setup.accepts("").await);
    setup.publish(&["rs256-b"]);
    setup.pass(300);
    setup.accepts("").await
}

async fn max_age(verifier: Arc<dyn Driver>) -> bool {
    let mut setup = Setup::set(verifier).await;
    let header = ("cache-control".to_owned(), "max-age=10".to_owned());
    setup.change(MintContext::MAIN, |it| it.jwks.headers.push(header));
    assert!(setup.accepts("").await);
    setup.publish(&["rs256-b"]);
    setup.pass(10);
    setup.accepts("").await
}

async fn removed_and_refetched(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    assert!(setup.accepts("").await);
    setup.publish(&["rs256-b"]);
    assert!(setup.accepts("key = 'rs256-b'").await);
    setup.accepts("").await
}

async fn forged_in_an_outage(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    setup.fail(MintContext::MAIN);
    assert!(!setup.accepts("claims.exp = 1").await);
    setup.accepts("key = 'rs256-x'").await
}

async fn cold_outage(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    setup.fail(MintContext::MAIN);
    match AssertUnwindSafe(setup.verdict("")).catch_unwind().await {
        Ok(verdict) => {
            assert_eq!(
                verdict.unwrap_err().reason,
                Some(jwtspec_types::words::Reason::KeysUnavailable)
            );
            false
        }
        Err(_panic) => true,
    }
}

async fn warm_outage(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    assert!(setup.accepts("").await);
    setup.fail(MintContext::MAIN);
    assert!(!setup.accepts("header.kid = 'invented'").await);
    !setup.accepts("").await
}

async fn outage_of_another(verifier: Arc<dyn Driver>) -> bool {
    let setup = Setup::set(verifier).await;
    setup.fail("second");
    assert!(!setup.accepts("from = 'second'").await);
    !setup.accepts("").await
}

#[tokio::test]
async fn an_outage_is_a_refusal_or_a_server_error() {
    let setup = Setup::set(Arc::new(Reference::default())).await;
    setup.fail(MintContext::MAIN);
    let trust = serde_json::to_string(&setup.trust).unwrap();
    let panicking = Fault::named("server-error-on-outage").unwrap().driver();
    let drivers: [(Arc<dyn Driver>, u16); 2] =
        [(Arc::new(Reference::default()), 401), (Arc::new(panicking), 500)];
    for (driver, status) in drivers {
        let served = serve_on(([127, 0, 0, 1], 0).into(), driver).await.unwrap();
        crate::client::choose_cryptography();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let made = client.post(format!("{}/verifiers", served.url())).body(trust.clone());
        assert_eq!(made.send().await.unwrap().status(), 201);
        let answer = client
            .get(format!("{}/verifiers/1", served.url()))
            .header("authorization", format!("Bearer {}", setup.token("")))
            .header(TIME_HEADER, setup.mint_context.now);
        assert_eq!(answer.send().await.unwrap().status(), status);
    }
}
