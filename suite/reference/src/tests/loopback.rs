//! Issuers for the tests of fetching: one that speaks HTTP well, and one that sends any bytes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

use crate::client::client;
use crate::clock::Timestamp;
use crate::fetch::Source;
use crate::fetcher::{HttpFetcher, KeyFetcher};
use crate::keys::ProviderKeys;
use jwtspec_fixtures::Key;
use jwtspec_jose::PublishedKey;
use jwtspec_types::trust::{CachePolicy, KeySource};

pub(crate) struct Issuer {
    pub(crate) server: MockServer,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        Self { server: MockServer::start().await }
    }

    pub(crate) fn set(names: &[&str]) -> Value {
        let keys: Vec<_> =
            names.iter().map(|name| Key::named(name).unwrap().public_jwk()).collect();
        json!({ "keys": keys })
    }

    /// A sound answer with these keys.
    pub(crate) fn answer(names: &[&str]) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json(Self::set(names))
    }

    /// Serves this too.
    pub(crate) async fn serves(&self, at: &str, answer: impl Respond + 'static) {
        Mock::given(path(at)).respond_with(answer).with_priority(1).mount(&self.server).await;
    }

    /// From now on this is the key set, and nothing else is served; the count starts anew.
    pub(crate) async fn answers(&self, answer: impl Respond + 'static) {
        self.server.reset().await;
        self.serves("/jwks", answer).await;
    }

    pub(crate) async fn publishes(&self, names: &[&str]) {
        self.answers(Self::answer(names)).await;
    }

    pub(crate) async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }

    pub(crate) fn by_uri(&self, max_age_seconds: u64, cooldown_seconds: u64) -> ProviderKeys {
        keys_at(
            &format!("{}/jwks", self.server.uri()),
            CachePolicy { max_age_seconds, cooldown_seconds },
        )
    }

    pub(crate) fn by_discovery(&self, suffix: &str) -> ProviderKeys {
        let policy = CachePolicy { max_age_seconds: 300, cooldown_seconds: 0 };
        let issuer = format!("{}{suffix}", self.server.uri());
        provider(issuer, KeySource::Discovery(true), policy)
    }
}

pub(crate) fn keys_at(uri: &str, policy: CachePolicy) -> ProviderKeys {
    provider(String::new(), KeySource::JwksUri(uri.to_owned()), policy)
}

pub(crate) fn fetcher() -> HttpFetcher {
    HttpFetcher::with_client(client(None))
}

/// The keys at a URL, fetched through this fetcher.
pub(crate) fn keys_through(fetcher: impl KeyFetcher + 'static, uri: &str) -> ProviderKeys {
    let keys = KeySource::JwksUri(uri.to_owned());
    let source = Source::new(String::new(), keys, Arc::new(fetcher));
    ProviderKeys::new(source, CachePolicy::default().into())
}

fn provider(issuer: String, keys: KeySource, policy: CachePolicy) -> ProviderKeys {
    ProviderKeys::new(Source::new(issuer, keys, Arc::new(fetcher())), policy.into())
}

/// A stated time, in seconds after some start.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::stated(Duration::from_secs(1_800_000_000 + seconds))
}

pub(crate) fn has(kid: &str) -> impl Fn(&[PublishedKey]) -> bool {
    move |keys| keys.iter().any(|key| key.kid.as_deref() == Some(kid))
}

/// Returns whether a key is found at that second.
pub(crate) async fn finds(keys: &ProviderKeys, second: u64, kid: &str) -> bool {
    keys.obtain(at(second), has(kid)).await.is_ok_and(|obtained| has(kid)(&obtained.keys))
}

/// Answers each connection with these bytes, then closes it; `then` is sent over and over, many
/// times in one piece, so that even a busy machine sends a mebibyte well within a time limit.
pub(crate) async fn raw(bytes: String, then: &'static str) -> String {
    let piece = then.repeat(1024);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let mut whole = stream.write_all(bytes.as_bytes()).await;
            while whole.is_ok() && !piece.is_empty() {
                whole = stream.write_all(piece.as_bytes()).await;
            }
        }
    });
    format!("http://{address}/jwks")
}
