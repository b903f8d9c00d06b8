//! jsonwebtoken as a verifier, configured with care.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::json_web_token::{JWK_REPEATS, LAST_OF_REPEATED, TYPED_MEMBERS};
use super::{Known, LinkedVerifier, json_web_token_crypto};
use jwtspec_driver::Unsupported;
use jwtspec_types::trust::{KeySource, Trust};
use jwtspec_types::words::Reason;

/// jsonwebtoken as a careful user sets it up: key by `kid`; issuer, audience and times required
/// and checked.
pub struct JsonWebTokenVerifier {
    trust: Trust,
    keys: JwkSet,
}

impl JsonWebTokenVerifier {
    /// For a trust of one provider with its keys inline.
    ///
    /// # Errors
    ///
    /// If the trust is another, or a key cannot be read.
    pub fn new(trust: &Trust) -> Result<Self, Unsupported> {
        let [provider] = trust.providers.as_slice() else {
            return Err(Unsupported("it takes one provider".to_owned()));
        };
        let KeySource::Jwks(set) = &provider.keys else {
            return Err(Unsupported("it takes keys inline".to_owned()));
        };
        let keys = serde_json::from_value(Value::Object(set.clone()))
            .map_err(|error| Unsupported(format!("the keys: {error}")))?;
        json_web_token_crypto::install();
        Ok(Self { trust: trust.clone(), keys })
    }
}

/// The error for a token without `kid`.
const NO_KID: &str = "no `kid`";

impl LinkedVerifier for JsonWebTokenVerifier {
    fn name(&self) -> &str {
        "jsonwebtoken"
    }

    fn accepts(&self, token: &str) -> Result<(), String> {
        let provider = self.trust.providers.first().ok_or("no provider")?;
        let header = decode_header(token).map_err(|error| error.to_string())?;
        let kid = header.kid.as_deref().ok_or(NO_KID)?;
        let jwk = self.keys.find(kid).ok_or("no such key")?;
        let key = DecodingKey::from_jwk(jwk).map_err(|error| error.to_string())?;
        let allowed = |name: &str| provider.algorithms.iter().any(|it| it.as_str() == name);
        let algorithm = jwk.common.key_algorithm.map(|it| it.to_string()).unwrap_or_default();
        if !allowed(&algorithm) {
            return Err("the key's algorithm is not allowed".to_owned());
        }
        let mut validation =
            Validation::new(algorithm.parse().map_err(|_| "no algorithm for signatures")?);
        validation.leeway = self.trust.leeway_seconds;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[&provider.issuer]);
        validation.set_audience(&provider.audiences);
        decode::<Value>(token, &key, &validation).map(|_| ()).map_err(|error| error.to_string())
    }

    fn known(&self) -> &[Known] {
        &VERIFIER
    }
}

const VERIFIER: [Known; 9] = [
    JWK_REPEATS,
    LAST_OF_REPEATED,
    TYPED_MEMBERS,
    Known {
        name: "kid-required",
        reason: "the key is looked up by `kid`, as its examples do",
        explains: |it| {
            it.refuses() == Some(NO_KID) && it.header("kid").is_none_or(|kid| kid.is_null())
        },
    },
    Known {
        name: "exp-required",
        reason: "`exp` is required by default; to the reference only where the trust says so",
        explains: |it| it.refuses().is_some() && it.claim("exp").is_none(),
    },
    Known {
        name: "header-unread",
        reason: "`crit`, `b64`, `enc` and `cty` are not looked at (RFC 7515 section 4.1.11)",
        explains: |it| {
            it.takes().is_some()
                && ["crit", "b64", "enc", "cty"].iter().any(|name| it.header(name).is_some())
        },
    },
    Known {
        name: "claims-unread",
        reason: "`sub`, `jti` and `iat` may have any type (RFC 7519 section 4.1)",
        explains: |it| {
            let wrong = |name: &str, fits: fn(&Value) -> bool| {
                it.claim(name).is_some_and(|value| !fits(&value))
            };
            it.takes().is_some()
                && it.reason == Some(Reason::ClaimInvalid)
                && (wrong("sub", Value::is_string)
                    || wrong("jti", Value::is_string)
                    || wrong("iat", Value::is_number))
        },
    },
    Known {
        name: "issuers",
        reason: "`iss` may be an array with the issuer in it",
        explains: |it| it.takes().is_some() && it.claim("iss").is_some_and(|it| it.is_array()),
    },
    Known {
        name: "times-of-64-bits",
        reason: "a time before 1970, or of more than 64 bits, is of a wrong type",
        explains: |it| {
            let beyond = |name: &str| {
                it.claim(name)
                    .and_then(|it| it.as_f64())
                    .is_some_and(|it| it.is_sign_negative() || it >= 18_446_744_073_709_551_615.0)
            };
            it.refuses().is_some() && (beyond("exp") || beyond("nbf"))
        },
    },
];
