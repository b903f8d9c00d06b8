//! `customJwt` providers: a key set by URL, tokens verified as JWTs.

use biscuit::errors::{Error, ValidationError};
use biscuit::jwa::SignatureAlgorithm;
use biscuit::jwk::KeyOperations::Verify;
use biscuit::jwk::PublicKeyUse::Signature;
use biscuit::jwk::{AlgorithmParameters, EllipticCurve, JWK, JWKSet};
use biscuit::{
    ClaimPresenceOptions, ClaimsSet, Empty, JWT, Presence, TemporalOptions, Validation,
    ValidationOptions,
};
use chrono::{DateTime, Duration};
use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::cache::{Cache, Policy};
use crate::choice::Unverified;
use crate::config::Algorithm;
use crate::fetch;
use crate::oidc::Verified;
use crate::refusal::{Code, Refusal};

/// The most by which clocks may differ.
const TOLERANCE_SECONDS: i64 = 5;
/// The content types of a key set.
const CONTENT_TYPES: [&str; 2] = ["application/json", "application/jwk-set+json"];

/// The keys of one `customJwt` provider.
#[derive(Debug)]
pub(crate) struct CustomJwt {
    jwks: Url,
    algorithm: Algorithm,
    application_id: Option<String>,
    cache: Cache<JWKSet<Empty>>,
}

impl CustomJwt {
    pub(crate) fn new(
        jwks: Url,
        algorithm: Algorithm,
        application_id: Option<String>,
        policy: Policy,
    ) -> Self {
        Self { jwks, algorithm, application_id, cache: Cache::new(policy) }
    }

    /// Verifies a token that says this of itself.
    ///
    /// # Errors
    ///
    /// If the keys cannot be had, or the token is not valid.
    pub(crate) async fn verify(
        &self,
        token: &str,
        unverified: &Unverified,
        client: &Client,
    ) -> Result<Verified, Refusal> {
        let fetch = || self.fetch(client.clone());
        let keys = self.cache.get(fetch).await.map_err(|why| {
            let what = "Auth provider discovery of its key set failed";
            Refusal::new(
                Code::AuthProviderDiscoveryFailed,
                what,
                format!("{}: {why}", self.shown()),
            )
        })?;
        let times = representable(&unverified.claims);
        times.map_err(|why| Refusal::invalid("Could not decode token", why))?;
        let decoded = match self.decode(token, &keys) {
            Err(Error::ValidationError(ValidationError::KeyNotFound)) => {
                match self.cache.newer(&keys, fetch).await {
                    Some(newer) => self.decode(token, &newer),
                    None => Err(ValidationError::KeyNotFound.into()),
                }
            }
            decoded => decoded,
        };
        let decoded = decoded.map_err(|error| {
            let key = crate::header::kid(token).map(|kid| format!(" (`kid` {kid:?})"));
            Refusal::invalid(
                "Could not decode token",
                format!("{error}{}", key.unwrap_or_default()),
            )
        })?;
        decoded
            .validate(self.options(&unverified.issuer))
            .and_then(|()| verified(&decoded))
            .map_err(|error| Refusal::invalid("Could not validate token", error.to_string()))
    }

    /// `token`, its signature verified.
    fn decode(&self, token: &str, keys: &JWKSet<Empty>) -> Result<JWT<Empty, Empty>, Error> {
        let algorithm = match self.algorithm {
            Algorithm::Rs256 => SignatureAlgorithm::RS256,
            Algorithm::Es256 => SignatureAlgorithm::ES256,
        };
        JWT::<Empty, Empty>::new_encoded(token).decode_with_jwks(keys, Some(algorithm))
    }

    fn options(&self, issuer: &str) -> ValidationOptions {
        let audience = self.application_id.clone();
        ValidationOptions {
            claim_presence_options: ClaimPresenceOptions {
                issuer: Presence::Required,
                subject: Presence::Required,
                expiry: Presence::Required,
                audience: audience.as_ref().map_or(Presence::Optional, |_| Presence::Required),
                ..ClaimPresenceOptions::default()
            },
            temporal_options: TemporalOptions {
                epsilon: Duration::seconds(TOLERANCE_SECONDS),
                now: None,
            },
            // The one that chose this provider: the signed payload is the same.
            issuer: Validation::Validate(issuer.to_owned()),
            audience: audience.map_or(Validation::Ignored, Validation::Validate),
            ..ValidationOptions::default()
        }
    }

    async fn fetch(&self, client: Client) -> Result<JWKSet<Empty>, String> {
        let document = if self.jwks.scheme() == "data" {
            let url = data_url::DataUrl::process(self.jwks.as_str());
            let url = url.map_err(|_| "it is not a data URL".to_owned())?;
            url.decode_to_vec().map_err(|_| "its base64 is broken".to_owned())?.0
        } else {
            let request = openidconnect::http::Request::get(self.jwks.as_str())
                .header(ACCEPT, "application/json")
                .body(Vec::new())
                .map_err(|error| error.to_string())?;
            let answer = fetch::send(client, request).await.map_err(|error| error.to_string())?;
            if answer.status() != openidconnect::http::StatusCode::OK {
                return Err(format!("status {}", answer.status()));
            }
            let content_type = answer.headers().get(CONTENT_TYPE).map(|it| it.as_bytes());
            if !is_json(content_type) {
                let given = String::from_utf8_lossy(content_type.unwrap_or(b"none"));
                let expected = CONTENT_TYPES.join(" or ");
                return Err(format!("the content type is {given:?} and should be {expected}"));
            }
            answer.into_body()
        };
        usable(&document, self.algorithm).map_err(|error| format!("it is not a key set: {error}"))
    }

    /// The key set's URL, for messages: a `data:` URL is as long as the keys in it.
    fn shown(&self) -> &str {
        if self.jwks.scheme() == "data" { "data:…" } else { self.jwks.as_str() }
    }
}

fn is_json(content_type: Option<&[u8]>) -> bool {
    let essence = content_type.and_then(|it| it.split(|octet| *octet == b';').next());
    essence.is_some_and(|essence| {
        CONTENT_TYPES
            .iter()
            .any(|known| essence.trim_ascii().eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// The keys of a set that fit the algorithm and are for signatures; others are passed over, as
/// RFC 7517 section 5 has it. A key of another type must not reach `decode_with_jwks`, which gives
/// up with a panic over it.
fn usable(document: &[u8], algorithm: Algorithm) -> serde_json::Result<JWKSet<Empty>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }

    let set: Set = serde_json::from_slice(document)?;
    let read = |key| serde_json::from_value::<JWK<Empty>>(key).ok();
    let keys = set.keys.into_iter().filter_map(read).filter(|key| fits(key, algorithm));
    Ok(JWKSet { keys: keys.collect() })
}

fn fits(key: &JWK<Empty>, algorithm: Algorithm) -> bool {
    let common = &key.common;
    let is_for_signatures = common.public_key_use.as_ref().is_none_or(|it| *it == Signature)
        && common.key_operations.as_ref().is_none_or(|them| them.contains(&Verify));
    let has_type = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::Rs256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::Es256) => {
            key.curve == EllipticCurve::P256
        }
        _ => false,
    };
    is_for_signatures && has_type
}

/// Refuses times beyond what the calendar has, over which the claims of `biscuit` panic.
fn representable(claims: &Map<String, Value>) -> Result<(), String> {
    for name in ["exp", "nbf", "iat"] {
        let seconds = claims.get(name).and_then(Value::as_i64);
        if seconds.is_some_and(|seconds| DateTime::from_timestamp(seconds, 0).is_none()) {
            return Err(format!("`{name}` is beyond the calendar"));
        }
    }
    Ok(())
}

fn verified(token: &JWT<Empty, Empty>) -> Result<Verified, Error> {
    let ClaimsSet { registered, .. } = token.payload()?;
    let missing = |name: &str| ValidationError::MissingRequiredClaims(vec![name.to_owned()]);
    let until = registered.expiry.ok_or_else(|| missing("exp"))?.timestamp() + TOLERANCE_SECONDS;
    let subject = registered.subject.clone().ok_or_else(|| missing("sub"))?;
    Ok(Verified { subject, until })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    fn set() -> Vec<u8> {
        let number = BASE64_URL_SAFE_NO_PAD.encode([1; 256]);
        let half = BASE64_URL_SAFE_NO_PAD.encode([1; 32]);
        let rsa = |kid: &str| json!({ "kty": "RSA", "kid": kid, "n": number, "e": "AQAB" });
        let mut encrypts = rsa("encrypts");
        encrypts["use"] = json!("enc");
        let mut wraps = rsa("wraps");
        wraps["key_ops"] = json!(["wrapKey"]);
        let ec = |kid: &str, curve: &str| json!({ "kty": "EC", "kid": kid, "crv": curve, "x": half, "y": half });
        let other = json!({ "kty": "AKP", "kid": "other", "alg": "ML-DSA-44", "pub": "AA" });
        let keys = json!([
            rsa("rsa"),
            encrypts,
            wraps,
            ec("ec", "P-256"),
            ec("p384", "P-384"),
            other,
            null
        ]);
        json!({ "keys": keys }).to_string().into_bytes()
    }

    fn kids(algorithm: Algorithm) -> Vec<String> {
        let keys = usable(&set(), algorithm).unwrap().keys;
        keys.into_iter().filter_map(|key| key.common.key_id).collect()
    }

    #[test]
    fn only_keys_that_can_verify_the_algorithm_are_kept() {
        assert_eq!(kids(Algorithm::Rs256), ["rsa"]);
        assert_eq!(kids(Algorithm::Es256), ["ec"]);
        assert!(usable(br#"{"jwks":[]}"#, Algorithm::Rs256).is_err());
    }

    #[test]
    fn a_key_set_is_served_as_json() {
        for fit in
            ["application/json", "application/jwk-set+json", "Application/JSON; charset=utf-8"]
        {
            assert!(is_json(Some(fit.as_bytes())), "{fit}");
        }
        for unfit in ["text/html", "text/plain", "application/json5", ""] {
            assert!(!is_json(Some(unfit.as_bytes())), "{unfit}");
        }
        assert!(!is_json(None));
    }

    #[test]
    fn times_beyond_the_calendar_are_refused() {
        let claims = |exp: Value| representable(json!({ "exp": exp }).as_object().unwrap());
        assert_eq!(claims(json!(4_000_000_000_i64)), Ok(()));
        assert_eq!(claims(json!("soon")), Ok(()), "that is for others to say");
        for exp in [i64::MAX, i64::MIN] {
            assert_eq!(claims(json!(exp)), Err("`exp` is beyond the calendar".to_owned()));
        }
    }

    /// The reason for `usable` and `representable`. When this fails, they can go.
    #[test]
    fn biscuit_panics_over_what_is_kept_from_it() {
        let number = BASE64_URL_SAFE_NO_PAD.encode([1; 256]);
        let rsa = json!({ "kty": "RSA", "kid": "rsa", "n": number, "e": "AQAB" });
        let keys: JWKSet<Empty> = serde_json::from_value(json!({ "keys": [rsa] })).unwrap();
        let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"rsa"}"#);
        let token = JWT::<Empty, Empty>::new_encoded(&format!("{header}.e30.AAAA"));
        let es256 = Some(SignatureAlgorithm::ES256);
        let verified = std::panic::catch_unwind(|| token.decode_with_jwks(&keys, es256).is_ok());
        assert!(verified.is_err(), "a key of another type");
        let read = || serde_json::from_str::<ClaimsSet<Empty>>(r#"{"exp":9223372036854775807}"#);
        assert!(std::panic::catch_unwind(|| read().is_ok()).is_err(), "a time beyond the calendar");
    }
}
