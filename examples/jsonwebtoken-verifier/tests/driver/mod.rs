//! The verifier as jwtspec sees it: for `cargo test`, and for the fuzz targets in `fuzz/`.

use std::sync::Arc;

use jsonwebtoken_verifier::{Config, verify};
use jwtspec::{
    Capabilities, Description, Driver, KeyDelivery, Number, Refusal, Unsupported, Verifier,
};
use jwtspec::{KeySource, Trust};

/// The driver through which jwtspec configures our verifier.
pub struct Ours;

impl Driver for Ours {
    fn describe(&self) -> Description {
        let algorithms =
            ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
        let capabilities = Capabilities::default()
            .keys([KeyDelivery::Inline])
            .algorithms(algorithms.map(str::to_owned))
            .providers(Number::One);
        Description::new("jsonwebtoken-verifier", env!("CARGO_PKG_VERSION"), capabilities)
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        let unsupported = |what: &dyn std::fmt::Display| Unsupported(what.to_string());
        let [provider] = trust.providers.as_slice() else {
            return Err(unsupported(&"one provider only"));
        };
        let KeySource::Jwks(keys) = &provider.keys else {
            return Err(unsupported(&"keys can only be given inline"));
        };
        let algorithms = provider.algorithms.iter().map(|name| name.as_str().parse());
        let config = Config {
            issuer: provider.issuer.clone(),
            audiences: provider.audiences.clone(),
            algorithms: algorithms
                .collect::<Result<_, _>>()
                .map_err(|error| unsupported(&error))?,
            keys: serde_json::from_value(keys.clone().into())
                .map_err(|error| unsupported(&error))?,
            leeway: trust.leeway_seconds,
        };
        Ok(Arc::new(move |token: &str| {
            verify(&config, token).map_err(|refusal| Refusal::saying(refusal.to_string()))
        }))
    }
}
