//! jwt-simple, as a parser and as a verifier.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jwt_simple::algorithms::{
    ECDSAP256PublicKeyLike, ES256PublicKey, HMACKey, HS256Key, MACLike, RS256PublicKey,
    RSAPublicKeyLike,
};
use jwt_simple::claims::JWTClaims;
use jwt_simple::common::{KeyMetadata, VerificationOptions};
use jwt_simple::prelude::{Duration, UnixTimeStamp};
use jwt_simple::token::Token;
use jwt_simple::{Error, JWTError};
use jwtspec_search::fuzz::{Known, LinkedVerifier, Parsed, Parser, Part};
use jwtspec_types::trust::{KeySource, Trust};
use jwtspec_types::words::Reason;
use serde_json::{Map, Value};

/// jwt-simple without verification: with a key whose tag is always the one that the token has.
#[derive(Clone, Copy, Debug, Default)]
pub struct JwtSimple;

/// Takes every tag under the algorithm that was set last.
struct Credulous {
    key: HMACKey,
    tag: RefCell<Vec<u8>>,
}

thread_local! {
    static ALGORITHM: Cell<&'static str> = const { Cell::new("") };
    static CREDULOUS: Credulous =
        Credulous { key: HMACKey::from_bytes(&[0; 32]), tag: RefCell::default() };
}

impl MACLike for Credulous {
    fn jwt_alg_name() -> &'static str {
        ALGORITHM.get()
    }

    fn key(&self) -> &HMACKey {
        &self.key
    }

    fn key_id(&self) -> &Option<String> {
        &None
    }

    fn set_key_id(&mut self, _: String) {}

    fn metadata(&self) -> &Option<KeyMetadata> {
        &None
    }

    fn attach_metadata(&mut self, _: KeyMetadata) -> Result<(), Error> {
        Ok(())
    }

    fn authentication_tag(&self, _: &[u8]) -> Vec<u8> {
        self.tag.borrow().clone()
    }
}

/// Names that its public keys and secrets go by.
const ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "ES256", "ES384", "ES256K", "RS256", "RS384", "RS512", "PS256",
    "PS384", "PS512", "EdDSA",
];

/// Reads what anybody may have meant, so that it is jwt-simple that decides.
const ANY: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Parser for JwtSimple {
    fn name(&self) -> &str {
        "jwt-simple"
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let tag = token.rsplit('.').next().unwrap_or_default().replace('+', "-").replace('/', "_");
        let tag = ANY.decode(tag).map_err(|error| error.to_string())?;
        let read = |key: &Credulous| {
            key.tag.replace(tag.clone());
            key.verify_token(token, Some(everything()))
        };
        // A key has one algorithm, and most tokens have the one that was there last.
        let claims: JWTClaims<Map<String, Value>> = match CREDULOUS.with(read) {
            Err(error) if matches!(error.downcast_ref(), Some(JWTError::AlgorithmMismatch)) => {
                let metadata = Token::decode_metadata(token).map_err(|error| error.to_string())?;
                let known = ALGORITHMS.into_iter().find(|name| *name == metadata.algorithm());
                ALGORITHM.set(known.ok_or("no known algorithm")?);
                CREDULOUS.with(read)
            }
            read => read,
        }
        .map_err(|error| error.to_string())?;
        let metadata = Token::decode_metadata(token).map_err(|error| error.to_string())?;
        let Ok(Value::Object(claims)) = serde_json::to_value(claims) else {
            return Err("the claims cannot be written".to_owned());
        };
        let texts = [
            ("alg", Some(metadata.algorithm())),
            ("cty", metadata.content_type()),
            ("kid", metadata.key_id()),
            ("typ", metadata.signature_type()),
            ("jku", metadata.key_set_url()),
            ("jwk", metadata.public_key()),
            ("x5u", metadata.certificate_url()),
            ("x5t", metadata.certificate_sha1_thumbprint()),
            ("x5t#S256", metadata.certificate_sha256_thumbprint()),
        ];
        let lists = [("crit", metadata.critical()), ("x5c", metadata.certificate_chain())];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text?))));
        let lists = lists.into_iter().filter_map(|(name, list)| Some((name, Value::from(list?))));
        let header = texts.chain(lists).map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Parsed { header, claims, signature: Some(tag) })
    }

    fn hands_out(&self, part: Part, name: &str) -> bool {
        part != Part::Header || MEMBERS.contains(&name)
    }

    fn known(&self) -> &[Known] {
        &PARSER
    }
}

/// At the beginning of time nothing has expired.
fn everything() -> VerificationOptions {
    VerificationOptions {
        accept_future: true,
        time_tolerance: Some(Duration::from_secs(0)),
        artificial_time: Some(UnixTimeStamp::from_secs(0)),
        ..VerificationOptions::default()
    }
}

/// Header members that it hands out; `salt` is one of its own.
const MEMBERS: [&str; 11] =
    ["alg", "cty", "kid", "typ", "jku", "jwk", "x5u", "x5t", "x5t#S256", "crit", "x5c"];

const HEADER_IS_ARRAY: Known = Known {
    name: "header-is-array",
    reason: "the header is a struct with derived `Deserialize`, which also takes an array of its \
             fields' values: `[\"HS256\"]`",
    explains: |it| {
        let header = it.bytes(Part::Header).unwrap_or_default();
        it.takes().is_some() && serde_json::from_slice::<Vec<Value>>(&header).is_ok()
    },
};

const HEADER_TYPES: Known = Known {
    name: "header-types",
    reason: "the header is read into a type, and a member of another type spoils it; so does \
             a `salt`, which is the library's own and needs a key with one",
    explains: |it| {
        it.refuses().is_some()
            && it
                .members(Part::Header)
                .is_some_and(|header| header.iter().any(|(name, value)| !header_fits(name, value)))
    },
};

const TYP: Known = Known {
    name: "typ",
    reason: "a `typ` that is neither `JWT` nor ends in `+JWT` is refused, `at+jwt` written \
             as `application/jwt` included (RFC 7515 section 4.1.9 permits both)",
    explains: |it| it.refuses() == Some("Not a JWT token") && it.header("typ").is_some(),
};

const LONG_HEADER: Known = Known {
    name: "long-header",
    reason: "a header segment of more than 8192 characters is refused",
    explains: |it| {
        it.refuses().is_some()
            && it.segment(Part::Header).is_some_and(|segment| segment.len() > 8192)
    },
};

const CLAIM_TYPES: Known = Known {
    name: "claim-types",
    reason: "registered claims, and `nonce`, are read into their types (RFC 7519 section 4.1)",
    explains: |it| {
        it.refuses().is_some()
            && it
                .members(Part::Claims)
                .is_some_and(|claims| claims.iter().any(|(name, value)| !claim_fits(name, value)))
    },
};

const UNREAD_MEMBERS: Known = Known {
    name: "unread-members",
    reason: "header members that are not its own are skipped, so what is wrong inside is not \
             seen: octets that are not UTF-8, depth, half a surrogate pair, a repeated name",
    explains: |it| {
        let header = it.bytes(Part::Header).unwrap_or_default();
        it.takes().is_some()
            && !it.is_object(Part::Header)
            && header.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(&header).is_ok()
    },
};

const LAST_OF_REPEATED: Known = Known {
    name: "last-of-repeated",
    reason: "of a repeated claim that is not its own the last counts, as RFC 7519 section 4 \
             permits",
    explains: |it| it.takes().is_some() && it.repeats(Part::Claims),
};

const PARSER: [Known; 12] = [
    HEADER_IS_ARRAY,
    Known {
        name: "algorithms",
        reason: "a token is read by a key, which has one algorithm",
        explains: |it| {
            it.refuses().is_some()
                && !it
                    .header("alg")
                    .is_some_and(|alg| alg.as_str().is_some_and(|it| ALGORITHMS.contains(&it)))
        },
    },
    Known {
        name: "critical",
        reason: "`crit` is looked at while reading: what it names is not supported",
        explains: |it| {
            it.refuses() == Some("Unknown critical extension in token header")
                && it.header("crit").is_some_and(|crit| crit.is_array())
        },
    },
    HEADER_TYPES,
    TYP,
    LONG_HEADER,
    CLAIM_TYPES,
    Known {
        name: "times",
        reason: "times are kept as whole seconds in 32 bits: a fraction is cut off, and what is \
                 larger is taken for the largest, in 2106",
        explains: |it| match it.reads() {
            Some((Part::Claims, name @ ("exp" | "nbf" | "iat"))) => {
                it.claim(name).is_some_and(|time| time.as_u64().is_none_or(|time| time >> 32 != 0))
            }
            _ => false,
        },
    },
    Known {
        name: "audience-is-a-set",
        reason: "the order of `aud`, and what is in it twice, is not kept",
        explains: |it| match it.reads() {
            Some((Part::Claims, "aud")) => it.claim("aud").is_some_and(|aud| aud.is_array()),
            _ => false,
        },
    },
    Known {
        name: "null-is-absent",
        reason: "a member that may be left out may be null",
        explains: |it| match it.reads() {
            Some((Part::Claims, name @ ("iss" | "sub" | "jti" | "nonce"))) => {
                it.claim(name) == Some(Value::Null)
            }
            Some((Part::Header, name)) => it.header(name) == Some(Value::Null),
            _ => false,
        },
    },
    UNREAD_MEMBERS,
    LAST_OF_REPEATED,
];

/// Whether it takes this value for this header member.
fn header_fits(name: &str, value: &Value) -> bool {
    match name {
        "salt" => value.is_null(),
        "crit" | "x5c" => value.is_null() || is_texts(value),
        "alg" => value.is_string(),
        _ => !MEMBERS.contains(&name) || value.is_null() || value.is_string(),
    }
}

/// Whether it takes this value for this claim.
fn claim_fits(name: &str, value: &Value) -> bool {
    match name {
        "iss" | "sub" | "jti" | "nonce" => value.is_null() || value.is_string(),
        "aud" => value.is_string() || is_texts(value),
        "exp" | "nbf" | "iat" => value.is_u64() || value.is_f64(),
        _ => true,
    }
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|all| all.iter().all(Value::is_string))
}

/// jwt-simple as its examples set it up, with the key chosen by `kid`.
pub struct JwtSimpleVerifier {
    es256: (String, ES256PublicKey),
    rs256: (String, RS256PublicKey),
    hs256: (String, HS256Key),
    options: VerificationOptions,
}

impl JwtSimpleVerifier {
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
        let find = |algorithm: &str| {
            let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten();
            let mut keys = keys.filter_map(Value::as_object);
            keys.find(|jwk| jwk.get("alg").is_some_and(|it| it == algorithm))
                .ok_or_else(|| format!("no key for {algorithm}"))
        };
        let octets = |jwk: &Map<String, Value>, name: &str| {
            let text = jwk.get(name).and_then(Value::as_str).unwrap_or_default();
            ANY.decode(text).map_err(|error| error.to_string())
        };
        let kid = |jwk: &Map<String, Value>| {
            jwk.get("kid").and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (es256, rs256, hs256) = (find("ES256")?, find("RS256")?, find("HS256")?);
        let point = [vec![4], octets(es256, "x")?, octets(es256, "y")?].concat();
        let options = VerificationOptions {
            allowed_issuers: Some(HashSet::from([provider.issuer.clone()])),
            allowed_audiences: Some(provider.audiences.iter().cloned().collect()),
            time_tolerance: Some(Duration::from_secs(trust.leeway_seconds)),
            ..VerificationOptions::default()
        };
        Ok(Self {
            es256: (kid(es256), ES256PublicKey::from_bytes(&point).map_err(|e| e.to_string())?),
            rs256: (
                kid(rs256),
                RS256PublicKey::from_components(&octets(rs256, "n")?, &octets(rs256, "e")?)
                    .map_err(|error| error.to_string())?,
            ),
            hs256: (kid(hs256), HS256Key::from_bytes(&octets(hs256, "k")?)),
            options,
        })
    }
}

impl LinkedVerifier for JwtSimpleVerifier {
    fn name(&self) -> &str {
        "jwt-simple"
    }

    fn accepts(&self, token: &str) -> Result<(), String> {
        let metadata = Token::decode_metadata(token).map_err(|error| error.to_string())?;
        let kid = metadata.key_id().ok_or("no `kid`")?;
        let options = Some(self.options.clone());
        let verdict: Result<JWTClaims<Map<String, Value>>, Error> = if kid == self.es256.0 {
            self.es256.1.verify_token(token, options)
        } else if kid == self.rs256.0 {
            self.rs256.1.verify_token(token, options)
        } else if kid == self.hs256.0 {
            self.hs256.1.verify_token(token, options)
        } else {
            return Err("no such key".to_owned());
        };
        verdict.map(|_| ()).map_err(|error| error.to_string())
    }

    fn known(&self) -> &[Known] {
        &VERIFIER
    }
}

const VERIFIER: [Known; 11] = [
    HEADER_IS_ARRAY,
    HEADER_TYPES,
    TYP,
    LONG_HEADER,
    CLAIM_TYPES,
    UNREAD_MEMBERS,
    LAST_OF_REPEATED,
    Known {
        name: "kid-required",
        reason: "the key is chosen by `kid`",
        explains: |it| it.refuses() == Some("no `kid`") && it.header("kid").is_none(),
    },
    Known {
        name: "header-unread",
        reason: "`enc`, `cty` and `b64` are not looked at, nor an empty `crit`",
        explains: |it| {
            let names = ["enc", "cty", "b64"];
            it.takes().is_some()
                && (names.iter().any(|name| it.header(name).is_some())
                    || it
                        .header("crit")
                        .is_some_and(|it| it.is_null() || it == Value::Array(Vec::new())))
        },
    },
    Known {
        name: "null-is-absent",
        reason: "a claim that may be left out may be null (RFC 7519 section 4.1 asks for strings)",
        explains: |it| {
            it.takes().is_some()
                && it.reason == Some(Reason::ClaimInvalid)
                && ["sub", "jti"].iter().any(|name| it.claim(name) == Some(Value::Null))
        },
    },
    Known {
        name: "issued-in-future",
        reason: "an `iat` that is yet to come is refused; no text asks for that",
        explains: |it| it.refuses() == Some("Clock drift detected") && it.claim("iat").is_some(),
    },
];
