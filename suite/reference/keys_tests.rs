//! When an issuer is asked, and how often.

use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::fixtures::Key;

struct Issuer {
    server: MockServer,
}

impl Issuer {
    async fn start() -> Self {
        Self { server: MockServer::start().await }
    }

    fn set(names: &[&str]) -> Value {
        let keys: Vec<_> =
            names.iter().map(|name| Key::named(name).unwrap().public_jwk()).collect();
        json!({ "keys": keys })
    }

    /// From now on this, and nothing else, is served.
    async fn serves(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(path(at)).respond_with(answer).with_priority(1).mount(&self.server).await;
    }

    async fn publishes(&self, names: &[&str]) {
        self.server.reset().await;
        self.serves("/jwks", ResponseTemplate::new(200).set_body_json(Self::set(names))).await;
    }

    async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }

    fn by_uri(&self, max_age_seconds: u64, cooldown_seconds: u64) -> ProviderKeys {
        let source = KeySource::JwksUri(format!("{}/jwks", self.server.uri()));
        self.keys(source, "", CachePolicy { max_age_seconds, cooldown_seconds })
    }

    fn by_discovery(&self, suffix: &str) -> ProviderKeys {
        let policy = CachePolicy { max_age_seconds: 300, cooldown_seconds: 0 };
        self.keys(KeySource::Discovery(true), suffix, policy)
    }

    fn keys(&self, keys: KeySource, suffix: &str, policy: CachePolicy) -> ProviderKeys {
        let issuer = format!("{}{suffix}", self.server.uri());
        let provider = Provider {
            issuer,
            audiences: vec![],
            keys,
            algorithms: vec![],
            typ: None,
            required_claims: vec![],
        };
        ProviderKeys::new(provider, policy)
    }
}

fn has(kid: &str) -> impl Fn(&[PublishedKey]) -> bool {
    move |keys| keys.iter().any(|key| key.kid.as_deref() == Some(kid))
}

async fn finds(keys: &ProviderKeys, kid: &str) -> bool {
    keys.obtain(has(kid)).await.is_ok_and(|obtained| has(kid)(&obtained.keys))
}

#[tokio::test]
async fn known_keys_are_fetched_once_by_all_together() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 1);
    let all = futures::future::join_all((0..50).map(|_| finds(&keys, "rs256-a"))).await;
    assert!(all.into_iter().all(|found| found));
    assert_eq!(issuer.asked().await, 1);
}

#[tokio::test]
async fn an_unknown_key_causes_one_fetch_per_cooldown() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 60);
    assert!(finds(&keys, "rs256-a").await);
    issuer.publishes(&["rs256-b"]).await;
    assert!(finds(&keys, "rs256-b").await);
    for bogus in 0..20 {
        assert!(!finds(&keys, &format!("bogus-{bogus}")).await);
    }
    assert!(!finds(&keys, "rs256-a").await);
    assert_eq!(issuer.asked().await, 1, "since the rotation");
}

#[tokio::test]
async fn a_stale_set_is_not_used() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(0, 60);
    assert!(finds(&keys, "rs256-a").await);
    issuer.publishes(&["rs256-b"]).await;
    assert!(!finds(&keys, "rs256-a").await);
    assert!(finds(&keys, "rs256-b").await);
}

#[tokio::test]
async fn a_failed_refetch_keeps_what_is_held() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 0);
    assert!(finds(&keys, "rs256-a").await);
    issuer.server.reset().await;
    let obtained = keys.obtain(has("rs256-b")).await.unwrap();
    assert!(obtained.trouble.unwrap().contains("status 404"));
    assert!(finds(&keys, "rs256-a").await);
}

#[tokio::test]
async fn a_failure_is_remembered_for_the_cooldown() {
    let issuer = Issuer::start().await;
    let keys = issuer.by_uri(300, 60);
    assert!(!finds(&keys, "rs256-a").await);
    issuer.publishes(&["rs256-a"]).await;
    assert!(!finds(&keys, "rs256-a").await);
    assert_eq!(issuer.asked().await, 0);

    let keys = issuer.by_uri(300, 0);
    issuer.server.reset().await;
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "30");
    issuer.serves("/jwks", busy).await;
    for _ in 0..5 {
        assert!(!finds(&keys, "rs256-a").await);
    }
    assert_eq!(issuer.asked().await, 1);
}

#[tokio::test]
async fn the_issuers_own_lifetime_counts() {
    let issuer = Issuer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(Issuer::set(&["rs256-a"]));
    issuer.serves("/jwks", answer.insert_header("cache-control", "no-store")).await;
    let keys = issuer.by_uri(300, 60);
    assert!(finds(&keys, "rs256-a").await && finds(&keys, "rs256-a").await);
    assert_eq!(issuer.asked().await, 2);
}

#[tokio::test]
async fn only_a_sound_answer_gives_keys() {
    let issuer = Issuer::start().await;
    let set = Issuer::set(&["rs256-a"]);
    let huge = format!("{{\"x\":\"{}\",{}", "a".repeat(1 << 20), &set.to_string()[1..]);
    let cases = [
        (ResponseTemplate::new(404).set_body_json(&set), "status 404"),
        (ResponseTemplate::new(302).insert_header("location", "/jwks"), "status 302"),
        (ResponseTemplate::new(200).set_body_string("{"), "is not JSON"),
        (ResponseTemplate::new(200).set_body_string("[]"), "is not a JSON object"),
        (ResponseTemplate::new(200).set_body_string("{}"), "has no member `keys`"),
        (ResponseTemplate::new(200).set_body_string(huge), "has more than"),
    ];
    for (answer, expected) in cases {
        issuer.server.reset().await;
        issuer.serves("/jwks", answer).await;
        let why = issuer.by_uri(300, 1).obtain(|_| true).await.err().unwrap();
        assert!(why.contains(expected), "{why}");
        assert_eq!(issuer.asked().await, 1);
    }
}

#[tokio::test]
async fn discovery_takes_only_what_the_issuer_itself_says() {
    let issuer = Issuer::start().await;
    let uri = issuer.server.uri();
    let jwks_uri = format!("{uri}/jwks");
    let good = json!({ "issuer": format!("{uri}/a/"), "jwks_uri": jwks_uri, "more": [null] });
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let user = jwks_uri.replace("http://", "http://user@");
    let cases = [
        (good.clone(), Ok(())),
        (with("issuer", format!("{uri}/a").into()), Err("states the issuer")),
        (with("issuer", 1.into()), Err("states no `issuer`")),
        (with("jwks_uri", Value::Null), Err("has no `jwks_uri`")),
        (with("jwks_uri", "/jwks".into()), Err("is not an absolute URL")),
        (with("jwks_uri", "file:///etc/passwd".into()), Err("neither http nor https")),
        (with("jwks_uri", user.into()), Err("user information")),
        (with("jwks_uri", "http://example.com/jwks".into()), Err("is not https")),
    ];
    for (metadata, expected) in cases {
        issuer.publishes(&["rs256-a"]).await;
        let answer = ResponseTemplate::new(200).set_body_json(&metadata);
        issuer.serves("/a/.well-known/openid-configuration", answer).await;
        let obtained = issuer.by_discovery("/a/").obtain(|_| true).await;
        match (obtained, expected) {
            (Ok(obtained), Ok(())) => assert!(has("rs256-a")(&obtained.keys)),
            (Err(why), Err(part)) => {
                assert!(why.contains(part), "{why}");
                assert_eq!(issuer.asked().await, 1, "the key set was not asked for");
            }
            (_, expected) => panic!("{metadata}: not {expected:?}"),
        }
    }
}
