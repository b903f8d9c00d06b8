//! jsonwebtoken, as a parser and as a verifier configured with care.

use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::{Known, LinkedVerifier, Parsed, Parser, Part};
use jwtspec_driver::Unsupported;
use jwtspec_types::trust::{KeySource, Trust};

/// jsonwebtoken without verification: what it reads before it has looked for a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonWebToken;

impl Parser for JsonWebToken {
    fn name(&self) -> &str {
        "jsonwebtoken"
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let read = insecure_decode::<Map<String, Value>>(token).map_err(|e| e.to_string())?;
        match serde_json::to_value(read.header) {
            Ok(Value::Object(header)) => {
                Ok(Parsed { header, claims: read.claims, signature: None })
            }
            _ => Err("the header cannot be written".to_owned()),
        }
    }

    fn known(&self) -> &[Known] {
        &PARSER
    }
}

/// Algorithms that its `Header` knows.
const ALGORITHMS: [&str; 12] = [
    "HS256", "HS384", "HS512", "ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384",
    "PS512", "EdDSA",
];

const LAST_OF_REPEATED: Known = Known {
    name: "last-of-repeated",
    reason: "of a name that is repeated among claims or unregistered header members the last \
             counts, as RFC 7515 section 4 and RFC 7519 section 4 permit",
    explains: |it| it.takes().is_some() && (it.repeats(Part::Header) || it.repeats(Part::Claims)),
};

const TYPED_MEMBERS: Known = Known {
    name: "typed-members",
    reason: "registered header members are read into their types, and one of another type \
             spoils the header",
    explains: |it| {
        it.refuses().is_some()
            && it
                .members(Part::Header)
                .is_some_and(|header| header.iter().any(|(name, value)| !fits(name, value)))
    },
};

const JWK_REPEATS: Known = Known {
    name: "jwk-repeats",
    reason: "a repeated member of `jwk` spoils the header; RFC 7517 section 4 permits that as it \
             permits to take the last, which the strict parser does inside of members",
    explains: |it| {
        it.refuses().is_some_and(|why| why.contains("duplicate field"))
            && it.header("jwk").is_some_and(|jwk| jwk.is_object())
    },
};

const PARSER: [Known; 7] = [
    JWK_REPEATS,
    Known {
        name: "signature-unread",
        reason: "reading without verifying stops before the signature, so that segment may hold \
                 anything; `decode` does read it",
        explains: |it| {
            it.takes().is_some()
                && it.segment(Part::Signature).is_some()
                && it.bytes(Part::Signature).is_none()
        },
    },
    LAST_OF_REPEATED,
    Known {
        name: "algorithms",
        reason: "the header is read into a type, and so is `alg`: a token without one, or with \
                 one that the library does not know, is not read",
        explains: |it| {
            it.refuses().is_some()
                && !it
                    .header("alg")
                    .is_some_and(|alg| alg.as_str().is_some_and(|alg| ALGORITHMS.contains(&alg)))
        },
    },
    TYPED_MEMBERS,
    Known {
        name: "null-is-absent",
        reason: "a registered header member that is null is read as absent",
        explains: |it| match it.reads() {
            Some((Part::Header, name)) => {
                REGISTERED.contains(&name) && it.header(name) == Some(Value::Null)
            }
            _ => false,
        },
    },
    Known {
        name: "jwk-members",
        reason: "`jwk` is read into a type that drops members it does not know",
        explains: |it| it.reads() == Some((Part::Header, "jwk")),
    },
];

/// Header members that its `Header` reads into a type of their own, but for `alg`.
const REGISTERED: [&str; 14] = [
    "typ", "cty", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "crit", "enc", "zip",
    "url", "nonce",
];

/// True if its `Header` takes this value for this member.
fn fits(name: &str, value: &Value) -> bool {
    let texts =
        |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    match name {
        _ if !REGISTERED.contains(&name) || value.is_null() => true,
        "x5c" | "crit" => texts(value),
        "jwk" => serde_json::from_value::<jsonwebtoken::jwk::Jwk>(value.clone()).is_ok(),
        _ => value.is_string(),
    }
}

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
        Ok(Self { trust: trust.clone(), keys })
    }
}

impl LinkedVerifier for JsonWebTokenVerifier {
    fn name(&self) -> &str {
        "jsonwebtoken"
    }

    fn accepts(&self, token: &str) -> Result<(), String> {
        let provider = self.trust.providers.first().ok_or("no provider")?;
        let header = decode_header(token).map_err(|error| error.to_string())?;
        let kid = header.kid.as_deref().ok_or("no `kid`")?;
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
            it.refuses() == Some("no `kid`") && it.header("kid").is_none_or(|kid| kid.is_null())
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
            it.takes().is_some_and(|why| why.starts_with("the claim "))
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
