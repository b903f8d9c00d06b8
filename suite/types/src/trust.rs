//! Trust: what a verifier is told to accept. This is the JSON of the driver contract.
//!
//! ```
//! use jwtspec_types::trust::{CachePolicy, KeySource, Provider, Trust};
//! use jwtspec_types::words::Algorithm;
//!
//! let provider = Provider {
//!     issuer: "https://issuer.example".to_owned(),
//!     audiences: vec!["https://api.example".to_owned()],
//!     keys: KeySource::JwksUri("https://issuer.example/jwks.json".to_owned()),
//!     algorithms: vec![Algorithm::Es256],
//!     typ: None,
//!     required_claims: vec!["exp".to_owned()],
//!     key_text: None,
//! };
//! let trust = Trust {
//!     providers: vec![provider],
//!     cache: CachePolicy { max_age_seconds: 60, ..CachePolicy::default() },
//!     ..Trust::default()
//! };
//! let json = serde_json::to_string(&trust)?;
//! assert_eq!(serde_json::from_str::<Trust>(&json)?, trust);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! The doc comments of its types are the descriptions in the JSON Schema, so they have no examples.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::profile::Profile;
use crate::words::{Algorithm, KeyForm};

/// The trust of a verifier: the tokens that it is told to accept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trust {
    /// Whose tokens are accepted.
    pub providers: Vec<Provider>,
    /// Under which rules tokens are judged; a driver that knows one kind of token ignores it.
    #[serde(default)]
    pub profile: Profile,
    /// Tolerance for clock skew in `exp`, `nbf` and `iat`.
    #[serde(default)]
    pub leeway_seconds: u64,
    /// The time for which key sets may be kept.
    #[serde(default)]
    pub cache: CachePolicy,
    /// Key pairs of the verifier's own, as private JWKs with `kid` and `alg`, for drivers that declare
    /// their `alg` in `decrypts`: a token encrypted to one of them holds the token to be verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decryption_keys: Vec<Map<String, Value>>,
    /// The authority behind the certificates of HTTPS issuers, PEM; nothing where none is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
}

/// One issuer whose tokens are accepted, and under which conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Provider {
    /// The string that `iss` must equal, character for character.
    pub issuer: String,
    /// `aud` must contain one of these; none means that `aud` is not checked.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// Where its keys come from.
    pub keys: KeySource,
    /// The only algorithms under which its tokens are accepted.
    pub algorithms: Vec<Algorithm>,
    /// The type that tokens must state in `typ`, if any.
    #[serde(default)]
    pub typ: Option<String>,
    /// Claims that must be there.
    #[serde(default)]
    pub required_claims: Vec<String>,
    /// The key in `keys` as the text in which it is configured, for drivers that declare its form
    /// in `key_forms`: hand the library this text, and no JWK. It names no `kid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_text: Option<KeyText>,
}

/// A public key as people hand it to a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyText {
    /// Its form.
    pub form: KeyForm,
    /// The text, with all its white space; of a form that is bytes (`spki-der`, `pkcs1-der`), its
    /// base64.
    pub text: String,
}

/// Where a provider's keys come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// From the `jwks_uri` of its discovery document; the value is always `true`.
    Discovery(bool),
    /// From this URL.
    JwksUri(String),
    /// This JWK Set.
    Jwks(Map<String, Value>),
}

/// The time for which key sets may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CachePolicy {
    /// After this many seconds a key set is fetched anew.
    pub max_age_seconds: u64,
    /// An unknown `kid` causes no further fetch within this many seconds.
    pub cooldown_seconds: u64,
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self { max_age_seconds: 300, cooldown_seconds: 1 }
    }
}
