//! The limits of a backend's providers.

use serde::Deserialize;

use crate::capabilities::KeyDelivery;
use crate::words::Algorithm;

/// The limits of the providers of a backend, which no configuration of it can exceed.
///
/// A scenario that needs more is skipped. Some limits are stricter than the specifications; such a
/// member is the id of the requirement that states it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProviderLimits {
    /// The ways to give it keys.
    pub keys: Vec<KeyDelivery>,
    /// The algorithms that it can allow.
    pub algorithms: Vec<Algorithm>,
    /// It allows all of these; otherwise one of them.
    pub allows_all_algorithms: bool,
    /// The leeway, in seconds.
    pub leeway: u64,
    /// It always has an audience.
    pub has_audience: bool,
    /// A token names one audience only.
    pub one_audience: Option<String>,
    /// The key is chosen by `kid`, which a token therefore needs.
    pub key_id: Option<String>,
    /// Issuers are compared without slashes at the end, and with `https://` where they have no
    /// scheme.
    pub normalized_issuer: Option<String>,
    /// A `typ` other than JWT is refused.
    #[serde(default)]
    pub only_typ_jwt: bool,
    /// Times with a fraction or an exponent are refused.
    #[serde(default)]
    pub whole_seconds: bool,
    /// A key set is taken only with a content type of JSON.
    #[serde(default)]
    pub key_sets_labelled: bool,
}
