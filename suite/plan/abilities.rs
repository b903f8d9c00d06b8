//! What a target can be told and shown.

use crate::timing::Timing;
use crate::trust::KeyDelivery;
use crate::verifier::{Capabilities, Number};
use crate::words::Algorithm;

/// What a target can be told and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// How keys can be given, in order of preference.
    pub keys: Vec<KeyDelivery>,
    /// Names of the algorithms that it verifies.
    pub algorithms: Vec<String>,
    /// Whether one trust can hold several providers.
    pub many_providers: bool,
    /// What can be done about leeway.
    pub leeway: Timing,
    /// What can be done about the age up to which key sets are kept; nothing if unknown.
    pub cache_age: Option<Timing>,
    /// What can be done about the time between fetches for unknown keys; nothing if unknown.
    pub cooldown: Option<Timing>,
    /// Whether it takes the time from each request.
    pub clock: bool,
    /// Whether it claims to keep key sets by the rules of HTTP caching.
    pub http_cache: bool,
    /// Whether it tells strangers which issuers it trusts, and may.
    pub tells_issuers: bool,
    /// Whether it can be told the authority behind the certificates of issuers.
    pub tls: bool,
    /// Whether it can be told an expected `typ`.
    pub typ: bool,
    /// Whether it can be told claims that must be there.
    pub required_claims: bool,
    /// Whether it takes the token in `Authorization: Bearer`.
    pub bearer: bool,
    /// Whether it answers an accepted token with its claims, as JSON.
    pub claims: bool,
    /// Whether it answers each token by HTTP, so that the form of that answer can be judged.
    pub http: bool,
    /// What can be done in a session on a socket; nothing if it has no socket.
    pub session: Option<SessionAbilities>,
}

/// What can be done in a session on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionAbilities {
    /// Whether one connection takes many tokens, one after the other.
    pub many_tokens: bool,
    /// Whether it is known by what a refusal names the version of its token.
    pub version: bool,
    /// Whether it is known by what an acceptance names the identity of its token.
    pub identity: bool,
    /// Whether it is known how to sign out.
    pub sign_out: bool,
}

impl Abilities {
    pub(super) fn verifies(&self, algorithm: Algorithm) -> bool {
        !super::is_verifiable(algorithm)
            || self.algorithms.iter().any(|name| name == algorithm.as_str())
    }

    /// Everything: for listing scenarios without a target.
    pub fn all() -> Self {
        Self {
            keys: vec![KeyDelivery::JwksUri, KeyDelivery::Discovery, KeyDelivery::Inline],
            algorithms: Algorithm::ALL.iter().map(ToString::to_string).collect(),
            many_providers: true,
            leeway: Timing::From(0),
            cache_age: Some(Timing::From(0)),
            cooldown: Some(Timing::From(0)),
            clock: true,
            http_cache: true,
            tells_issuers: false,
            tls: true,
            typ: true,
            required_claims: true,
            bearer: true,
            claims: true,
            http: true,
            session: Some(SessionAbilities {
                many_tokens: true,
                version: true,
                identity: true,
                sign_out: true,
            }),
        }
    }

    /// What holds as well for a driver that takes tokens on a socket: no request carries one, so
    /// none can be bent or say the time, and no answer hands claims over.
    pub(crate) fn take_tokens_on_a_socket(&mut self, session: SessionAbilities) {
        self.clock = false;
        self.bearer = false;
        self.claims = false;
        self.http = false;
        self.session = Some(session);
    }
}

impl From<&Capabilities> for Abilities {
    /// A driver speaks plain RFC 6750 and takes any leeway unless it says otherwise.
    fn from(capabilities: &Capabilities) -> Self {
        Self {
            keys: capabilities.keys.clone(),
            algorithms: capabilities.algorithms.clone(),
            many_providers: capabilities.providers == Number::Many,
            leeway: capabilities.leeway.unwrap_or(Timing::From(0)),
            cache_age: capabilities.cache_age,
            cooldown: capabilities.cooldown,
            clock: capabilities.clock,
            http_cache: capabilities.http_cache,
            tells_issuers: capabilities.tells_issuers,
            tls: capabilities.tls,
            typ: capabilities.typ,
            required_claims: capabilities.required_claims,
            bearer: true,
            claims: true,
            http: true,
            session: None,
        }
    }
}
