//! josekit, as a parser and as a verifier.

use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use josekit::JoseError;
use josekit::jwk::{Jwk, JwkSet};
use josekit::jws::{ES256, HS256, JwsAlgorithm, JwsVerifier, RS256};
use josekit::jwt::{JwtContext, JwtPayloadValidator};
use jwtspec_search::fuzz::{Known, LinkedVerifier, Parsed, Parser, Part};
use jwtspec_types::trust::{KeySource, Trust};
use serde_json::Value;

/// josekit without verification: with a key that takes every signature.
#[derive(Clone, Copy, Debug, Default)]
pub struct Josekit;

/// Takes every signature under every algorithm, and keeps it.
#[derive(Debug)]
struct Credulous {
    algorithm: Named,
    signature: Mutex<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct Named(String);

impl JwsAlgorithm for Named {
    fn name(&self) -> &str {
        &self.0
    }

    fn box_clone(&self) -> Box<dyn JwsAlgorithm> {
        Box::new(self.clone())
    }
}

impl JwsVerifier for Credulous {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        &self.algorithm
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn verify(&self, _message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        signature.clone_into(&mut self.signature.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    fn box_clone(&self) -> Box<dyn JwsVerifier> {
        Box::new(Self { algorithm: self.algorithm.clone(), signature: Mutex::default() })
    }
}

static CONTEXT: LazyLock<JwtContext> = LazyLock::new(JwtContext::new);

impl Parser for Josekit {
    fn name(&self) -> &str {
        "josekit"
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let verifier = OnceLock::new();
        let read = CONTEXT.decode_with_verifier_selector(token, |header| {
            let algorithm = Named(header.algorithm().unwrap_or_default().to_owned());
            let signature = Mutex::default();
            Ok(Some(verifier.get_or_init(|| Credulous { algorithm, signature })))
        });
        let (claims, header) = read.map_err(|error| error.to_string())?;
        let signature = verifier.into_inner().map(|verifier| verifier.signature);
        Ok(Parsed {
            header: header.claims_set().clone(),
            claims: claims.claims_set().clone(),
            signature: signature
                .map(|signature| signature.into_inner().unwrap_or_else(PoisonError::into_inner)),
        })
    }

    fn known(&self) -> &[Known] {
        &PARSER
    }
}

const LAST_OF_REPEATED: Known = Known {
    name: "last-of-repeated",
    reason: "of a repeated name the last counts, as RFC 7515 section 4 and RFC 7519 section 4 \
             permit",
    explains: |it| it.takes().is_some() && (it.repeats(Part::Header) || it.repeats(Part::Claims)),
};

const HEADER_TYPES: Known = Known {
    name: "header-types",
    reason: "registered header members of a wrong type or form spoil the header",
    explains: |it| {
        it.refuses().is_some_and(|why| why.contains("header claim") || why.contains("JWK"))
            && REGISTERED.iter().any(|name| it.header(name).is_some())
    },
};

const CLAIM_TYPES: Known = Known {
    name: "claim-types",
    reason: "registered claims of a wrong type spoil the payload (RFC 7519 section 4.1)",
    explains: |it| {
        it.refuses().is_some()
            && ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]
                .iter()
                .any(|name| it.claim(name).is_some_and(|value| !claim_fits(name, &value)))
    },
};

const PARSER: [Known; 5] = [
    LAST_OF_REPEATED,
    Known {
        name: "alg-required",
        reason: "the algorithm is looked at while reading (RFC 7515 section 4.1.1)",
        explains: |it| it.refuses().is_some() && !it.header("alg").is_some_and(|it| it.is_string()),
    },
    HEADER_TYPES,
    Known {
        name: "critical",
        reason: "`crit` is looked at while reading: what it names is not supported",
        explains: |it| {
            it.refuses().is_some_and(|why| why.contains("critical name"))
                && it.header("crit").is_some_and(|crit| crit.is_array())
        },
    },
    CLAIM_TYPES,
];

/// Header members whose form it checks.
const REGISTERED: [&str; 12] =
    ["jku", "x5u", "kid", "typ", "cty", "url", "crit", "x5t", "x5t#S256", "nonce", "x5c", "jwk"];

fn claim_fits(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("aud", Value::Array(all)) => all.iter().all(Value::is_string),
        ("exp" | "nbf" | "iat", Value::Number(number)) => {
            number.as_f64().is_some_and(|number| !number.is_sign_negative())
        }
        ("exp" | "nbf" | "iat", _) => false,
        _ => value.is_string(),
    }
}

/// josekit as its examples set it up: key by `kid` from a set, then issuer, audience and times.
pub struct JosekitVerifier {
    verifiers: Vec<(String, Box<dyn JwsVerifier>)>,
    issuer: String,
    audience: String,
}

impl JosekitVerifier {
    /// For the trust of the `differential` target.
    ///
    /// # Errors
    ///
    /// If it is not of that kind, or a key cannot be read.
    pub fn new(trust: &Trust) -> Result<Self, String> {
        let provider = trust.providers.first().ok_or("no provider")?;
        let KeySource::Jwks(set) = &provider.keys else {
            return Err("the keys are not inline".to_owned());
        };
        let keys = JwkSet::from_map(set.clone()).map_err(|error| error.to_string())?;
        let verifiers = keys
            .keys()
            .into_iter()
            .map(|jwk| Ok((jwk.key_id().unwrap_or_default().to_owned(), verifier(jwk)?)))
            .collect::<Result<_, String>>()?;
        let audience = provider.audiences.first().cloned().unwrap_or_default();
        Ok(Self { verifiers, issuer: provider.issuer.clone(), audience })
    }
}

fn verifier(jwk: &Jwk) -> Result<Box<dyn JwsVerifier>, String> {
    let made: Result<Box<dyn JwsVerifier>, JoseError> = match jwk.algorithm() {
        Some("ES256") => ES256.verifier_from_jwk(jwk).map(|it| Box::new(it) as _),
        Some("RS256") => RS256.verifier_from_jwk(jwk).map(|it| Box::new(it) as _),
        Some("HS256") => HS256.verifier_from_jwk(jwk).map(|it| Box::new(it) as _),
        _ => return Err("a key for another algorithm".to_owned()),
    };
    made.map_err(|error| error.to_string())
}

impl LinkedVerifier for JosekitVerifier {
    fn name(&self) -> &str {
        "josekit"
    }

    fn accepts(&self, token: &str) -> Result<(), String> {
        let (claims, _) = CONTEXT
            .decode_with_verifier_selector(token, |header| {
                let kid = header.key_id();
                let found = self.verifiers.iter().find(|(name, _)| kid == Some(name));
                Ok(found.map(|(_, verifier)| &**verifier))
            })
            .map_err(|error| error.to_string())?;
        let times = ["exp", "nbf", "iat"].into_iter().filter_map(|name| claims.claim(name));
        if times.filter_map(Value::as_f64).any(|time| time > LAST_TIME) {
            return Err(WOULD_PANIC.to_owned());
        }
        let mut validator = JwtPayloadValidator::new();
        validator.set_base_time(SystemTime::now());
        validator.set_issuer(self.issuer.as_str());
        validator.set_audience(self.audience.as_str());
        validator.validate(&claims).map_err(|error| error.to_string())
    }

    fn known(&self) -> &[Known] {
        &VERIFIER
    }
}

const VERIFIER: [Known; 8] = [
    LAST_OF_REPEATED,
    HEADER_TYPES,
    CLAIM_TYPES,
    Known {
        name: "kid-required",
        reason: "the key is looked up by `kid`, as `decode_with_verifier_in_jwk_set` does",
        explains: |it| it.refuses().is_some() && it.header("kid").is_none(),
    },
    Known {
        name: "optional-claims",
        reason: "`JwtPayloadValidator` compares `aud` only where it is there",
        explains: |it| it.takes().is_some() && it.claim("aud").is_none(),
    },
    Known {
        name: "header-unread",
        reason: "`enc` and `cty` are not looked at, nor `b64` without `crit`, nor an empty `crit`",
        explains: |it| {
            let names = ["enc", "cty", "b64"];
            it.takes().is_some()
                && (names.iter().any(|name| it.header(name).is_some())
                    || it.header("crit") == Some(Value::Array(Vec::new())))
        },
    },
    Known {
        name: "issued-in-future",
        reason: "an `iat` that is yet to come is refused; no text asks for that",
        explains: |it| {
            it.refuses().is_some_and(|why| why.contains("issued time is too new"))
                && it.claim("iat").is_some()
        },
    },
    Known {
        name: "panics-at-large-times",
        reason: "a time that `SystemTime` or the `time` crate cannot hold makes it panic, once \
                 the signature is verified; see the test `large_times_make_josekit_panic`",
        explains: |it| it.refuses() == Some(WOULD_PANIC),
    },
];

/// What is said instead of asking josekit.
const WOULD_PANIC: &str = "it would panic at a time beyond the year 9999";

/// The end of the year 9999: the `time` crate goes no further.
const LAST_TIME: f64 = 253_402_300_799.0;
