//! The facts that minting depends on: issuers, audience, leeway, clock.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use jwtspec_fixtures::Key;

/// A key in a key set, as the issuer publishes it.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedKey {
    /// The fixture behind it.
    pub key: Key,
    /// The `kid` under which it is published; tokens carry the same one.
    pub kid: Option<Value>,
    /// Members that are added to the JWK, or replaced.
    pub set: Map<String, Value>,
    /// Members that are left out of the JWK.
    pub without: Vec<String>,
}

impl PublishedKey {
    /// A fixture under its own name.
    pub fn plain(key: Key) -> Self {
        Self { key, kid: Some(key.name().into()), set: Map::new(), without: Vec::new() }
    }

    /// The JWK, as it is published.
    pub fn jwk(&self) -> Map<String, Value> {
        let mut jwk = self.key.public_jwk();
        match &self.kid {
            Some(kid) => jwk.insert("kid".to_owned(), kid.clone()),
            None => jwk.shift_remove("kid"),
        };
        jwk.extend(self.set.clone());
        for member in &self.without {
            jwk.shift_remove(member);
        }
        jwk
    }
}

/// The JWK Set (RFC 7517 section 5) of these keys, in this order.
pub fn key_set(keys: &[PublishedKey]) -> Map<String, Value> {
    let keys: Vec<Value> = keys.iter().map(|key| Value::Object(key.jwk())).collect();
    Map::from_iter([("keys".to_owned(), Value::Array(keys))])
}

/// The facts of one issuer that tokens and requests may refer to.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuerFacts {
    /// Its identifier: the `iss` of its tokens.
    pub identifier: String,
    /// Where its key set is served.
    pub jwks_uri: String,
    /// Where its discovery document is served.
    pub discovery_uri: String,
    /// The keys it signs with, first choice first.
    pub keys: Vec<PublishedKey>,
}

/// The facts that minting depends on.
///
/// The clock is one of these facts: nothing below reads the time.
#[derive(Clone, Debug)]
pub struct MintContext {
    /// The issuers of the scenario, by name.
    pub issuers: IndexMap<String, IssuerFacts>,
    /// The value of `@audience`.
    pub audience: String,
    /// The verifier's leeway in seconds.
    pub leeway: u64,
    /// Seconds since 1970.
    pub now: u64,
    /// The number of tokens minted so far, this one included.
    pub count: usize,
    /// Text from which the `jti` is made, unique within a run.
    pub serial: String,
    /// Header members that a valid token needs here beyond the usual (profile, target).
    pub extra_header: Map<String, Value>,
    /// Claims that a valid token needs here beyond the usual (profile, target).
    pub extra_claims: Map<String, Value>,
}

impl MintContext {
    /// The name of the issuer that a scenario has without saying so.
    pub const MAIN: &'static str = "main";
    /// The audience unless the trust says otherwise.
    pub const AUDIENCE: &'static str = "https://api.jwtspec.example/orders";

    /// A context with one issuer, for examples, `show` and tests.
    pub fn example() -> Self {
        Self::for_issuers([(Self::MAIN.to_owned(), IssuerFacts::on("http://127.0.0.1:1", 0, ""))])
    }

    /// A context with these issuers at a fixed time.
    pub fn for_issuers(issuers: impl IntoIterator<Item = (String, IssuerFacts)>) -> Self {
        Self {
            issuers: issuers.into_iter().collect(),
            audience: Self::AUDIENCE.to_owned(),
            leeway: 30,
            now: 1_800_000_000,
            count: 1,
            serial: "example".to_owned(),
            extra_header: Map::new(),
            extra_claims: Map::new(),
        }
    }

    /// The facts of an issuer, by its name in the scenario.
    pub fn issuer(&self, name: &str) -> Option<&IssuerFacts> {
        self.issuers.get(name)
    }
}

impl IssuerFacts {
    /// The issuer with this number below an origin, such as `http://127.0.0.1:8080`.
    ///
    /// The well-known path is appended to the identifier after removing a terminating slash
    /// (OpenID Connect Discovery 1.0 section 4.1).
    pub fn on(origin: &str, number: usize, suffix: &str) -> Self {
        let base = format!("{origin}/issuer/{number}");
        let identifier = format!("{base}{suffix}");
        let trimmed = identifier.strip_suffix('/').unwrap_or(&identifier);
        Self {
            jwks_uri: format!("{trimmed}/.well-known/jwks.json"),
            discovery_uri: format!("{trimmed}/.well-known/openid-configuration"),
            keys: Key::named("rs256-a").into_iter().map(PublishedKey::plain).collect(),
            identifier,
        }
    }
}
