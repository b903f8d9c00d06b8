//! jwt-simple, as a parser and as a verifier.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jwt_simple::Error;
use jwt_simple::algorithms::{
    ECDSAP256PublicKeyLike, ES256PublicKey, HMACKey, HS256Key, MACLike, RS256PublicKey,
    RSAPublicKeyLike,
};
use jwt_simple::claims::JWTClaims;
use jwt_simple::common::{KeyMetadata, VerificationOptions};
use jwt_simple::prelude::{Duration, UnixTimeStamp};
use jwt_simple::token::Token;
use jwtspec::fuzz::{Known, LinkedVerifier, Parsed, Parser, Part};
use jwtspec::trust::{KeySource, Trust};
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
        let metadata = Token::decode_metadata(token).map_err(|error| error.to_string())?;
        let algorithm = ALGORITHMS.into_iter().find(|name| *name == metadata.algorithm());
        ALGORITHM.set(algorithm.ok_or("no known algorithm")?);
        let tag = token.rsplit('.').next().unwrap_or_default().replace('+', "-").replace('/', "_");
        let tag = ANY.decode(tag).map_err(|error| error.to_string())?;
        let claims: JWTClaims<Map<String, Value>> = CREDULOUS
            .with(|key| {
                key.tag.replace(tag.clone());
                key.verify_token(token, Some(everything()))
            })
            .map_err(|error| error.to_string())?;
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

const PARSER: [Known; 0] = [];

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

const VERIFIER: [Known; 1] = [Known {
    name: "kid-required",
    reason: "the key is chosen by `kid`",
    explains: |it| it.refuses().is_some() && it.header("kid").is_none(),
}];
