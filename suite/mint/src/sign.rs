//! Signing, with parameters that no JOSE library would allow.
//!
//! The usual RSA, Ed25519 and HMAC signatures come from ring; ECDSA from the RustCrypto crates,
//! whose nonces are deterministic (RFC 6979), so that the same token is minted every time. What no
//! library offers (another hash inside, any PSS salt, keys of 1024 bits) is padded here and
//! raised to the private exponent. The keys are public fixtures: nothing here need be secret.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use num_bigint::BigUint;
use ring::{digest, hmac, rand, signature};
use serde_json::{Map, Value};

use super::big;
use crate::recipe::{Hash, KeyForm, Pss, Recipe, Salt, Secret};
use jwtspec_fixtures::Key;
use jwtspec_jose::{self as jose, KeyType};
use jwtspec_types::words::{Algorithm, Family};

/// A signature that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is of another type than the algorithm takes.
    #[error(
        "the key `{key}` cannot sign with {algorithm}\nchoose another `key` or `alg`, or override the name with `header.alg`"
    )]
    KeyDoesNotFit {
        /// Name of the fixture.
        key: String,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// A `secret` for an algorithm that takes none.
    #[error("`secret` keys an HMAC, but `alg` is {0}\nset `alg = \"HS256\"`")]
    SecretWithoutHmac(Algorithm),
    /// `digest` or `pss` for an algorithm that takes none.
    #[error("`{0}` does not apply to {1}")]
    ParameterDoesNotApply(&'static str, Algorithm),
    /// A `secret` that says nothing, or several things.
    #[error("`secret` takes one of `text`, `base64url`, or `public` with `form`")]
    UnclearSecret,
    /// The key has no such form.
    #[error("the fixture key `{0}` has no such form\nsee fixtures/keys/README.md")]
    NoSuchForm(String),
    /// The hash or salt does not fit into the key.
    #[error("hash and salt do not fit into the key `{0}`")]
    TooLong(String),
}

/// An algorithm with its key and parameters.
pub(super) struct Signer {
    algorithm: Algorithm,
    kind: Kind,
    key: Key,
}

enum Kind {
    None,
    Hmac(Vec<u8>),
    Pkcs1(Hash),
    Pss(Hash, Pss),
    Ecdsa(Hash),
    Ed25519,
}

impl Signer {
    pub(super) fn new(recipe: &Recipe, algorithm: Algorithm, key: Key) -> Result<Self, SignError> {
        let family = algorithm.family();
        if recipe.secret.is_some() && family != Family::Hmac {
            return Err(SignError::SecretWithoutHmac(algorithm));
        }
        if recipe.digest.is_some() && family != Family::RsaPkcs1 {
            return Err(SignError::ParameterDoesNotApply("digest", algorithm));
        }
        if recipe.pss.is_some() && family != Family::RsaPss {
            return Err(SignError::ParameterDoesNotApply("pss", algorithm));
        }
        let hash = hash_of(algorithm);
        // Another curve than the algorithm's is a difference that a token may have.
        let needed = KeyType::for_algorithm(algorithm).map(KeyType::kty);
        let is_key_used = needed.is_some() && recipe.secret.is_none();
        if is_key_used && needed != key.text("kty") {
            return Err(SignError::KeyDoesNotFit { key: key.name().to_owned(), algorithm });
        }
        let kind = match (family, &recipe.secret) {
            (Family::None, _) => Kind::None,
            (Family::Hmac, Some(secret)) => Kind::Hmac(secret_bytes(secret)?),
            (Family::Hmac, None) => Kind::Hmac(key.bytes("k").unwrap_or_default()),
            (Family::RsaPkcs1, _) => Kind::Pkcs1(recipe.digest.unwrap_or(hash)),
            (Family::RsaPss, _) => Kind::Pss(hash, recipe.pss.clone().unwrap_or_default()),
            (Family::Ec, _) => Kind::Ecdsa(hash),
            (Family::Ed, _) => Kind::Ed25519,
        };
        Ok(Self { algorithm, kind, key })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let misfit = || SignError::KeyDoesNotFit {
            key: self.key.name().to_owned(),
            algorithm: self.algorithm,
        };
        let too_long = || SignError::TooLong(self.key.name().to_owned());
        match &self.kind {
            Kind::None => Ok(Vec::new()),
            Kind::Hmac(secret) => {
                let algorithm = match self.algorithm {
                    Algorithm::Hs384 => hmac::HMAC_SHA384,
                    Algorithm::Hs512 => hmac::HMAC_SHA512,
                    _ => hmac::HMAC_SHA256,
                };
                Ok(hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec())
            }
            Kind::Pkcs1(hash) => match library_rsa(self.key, *hash, message) {
                Some(signature) => Ok(signature),
                None => {
                    let padded = emsa_pkcs1(*hash, message, self.modulus_bytes());
                    Ok(raise(self.key, &padded.ok_or_else(too_long)?))
                }
            },
            Kind::Pss(hash, parameters) => {
                let bits = big(self.key, "n").bits();
                let padded = emsa_pss(*hash, parameters, message, bits - 1);
                Ok(raise(self.key, &padded.ok_or_else(too_long)?))
            }
            Kind::Ecdsa(hash) => ecdsa(self.key, &hash.digest(message)).ok_or_else(misfit),
            Kind::Ed25519 => {
                let seed = self.key.bytes("d").unwrap_or_default();
                let pair = signature::Ed25519KeyPair::from_seed_unchecked(&seed);
                Ok(pair.map_err(|_| misfit())?.sign(message).as_ref().to_vec())
            }
        }
    }

    /// The key as a verifier has it, and the algorithm whose signature this really is; none if no
    /// JOSE algorithm defines such a signature.
    pub(super) fn provenance(&self) -> Option<(Map<String, Value>, Algorithm)> {
        let algorithm = match &self.kind {
            Kind::None => return None,
            Kind::Hmac(secret) => return Some((secret_jwk(secret), self.algorithm)),
            Kind::Pkcs1(hash) => match hash {
                Hash::Sha1 => return None,
                Hash::Sha256 => Algorithm::Rs256,
                Hash::Sha384 => Algorithm::Rs384,
                Hash::Sha512 => Algorithm::Rs512,
            },
            // RFC 7518 section 3.5: the mask has the same hash, the salt its length.
            Kind::Pss(hash, parameters) => {
                let salt = match parameters.salt {
                    Some(Salt::Max) => self.modulus_bytes().checked_sub(hash.bytes() + 2),
                    Some(Salt::Bytes(bytes)) => Some(bytes),
                    None => Some(hash.bytes()),
                };
                let is_fixed = parameters.mgf1.is_none_or(|mgf1| mgf1 == *hash);
                (is_fixed && salt == Some(hash.bytes())).then_some(self.algorithm)?
            }
            Kind::Ecdsa(_) | Kind::Ed25519 => self.algorithm,
        };
        Some((self.key.public_jwk(), algorithm))
    }

    /// The key as a verifier has it: a JWK; none if nothing is signed.
    pub(super) fn key(&self) -> Option<Map<String, Value>> {
        match &self.kind {
            Kind::None => None,
            Kind::Hmac(secret) => Some(secret_jwk(secret)),
            Kind::Pkcs1(_) | Kind::Pss(..) | Kind::Ecdsa(_) | Kind::Ed25519 => {
                Some(self.key.public_jwk())
            }
        }
    }

    fn modulus_bytes(&self) -> usize {
        self.key.bytes("n").unwrap_or_default().len()
    }
}

/// RSASP1 of RFC 8017 section 5.2.1, by the Chinese remainder theorem.
pub(super) fn raise(key: Key, padded: &[u8]) -> Vec<u8> {
    let message = BigUint::from_bytes_be(padded);
    let (p, q) = (big(key, "p"), big(key, "q"));
    let m1 = message.modpow(&big(key, "dp"), &p);
    let m2 = message.modpow(&big(key, "dq"), &q);
    let difference = (&m1 + &p * ((&m2 / &p) + 1_u8) - &m2) % &p;
    let signature = m2 + q * (difference * big(key, "qi") % p);
    let bytes = signature.to_bytes_be();
    let modulus_bytes = key.bytes("n").unwrap_or_default().len();
    [vec![0; modulus_bytes.saturating_sub(bytes.len())], bytes].concat()
}

/// The hash function of an algorithm.
pub(super) const fn hash_of(algorithm: Algorithm) -> Hash {
    match algorithm.hash_octets() {
        48 => Hash::Sha384,
        64 => Hash::Sha512,
        _ => Hash::Sha256,
    }
}

fn secret_jwk(secret: &[u8]) -> Map<String, Value> {
    Map::from_iter([
        ("kty".to_owned(), "oct".into()),
        ("k".to_owned(), jose::encode(secret).into()),
    ])
}

impl Hash {
    pub(super) fn digest(self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message).as_ref().to_vec()
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The DER of `DigestInfo` up to the hash (RFC 8017 section 9.2, note 1).
    const fn digest_info(self) -> &'static [u8] {
        match self {
            Self::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            Self::Sha256 => {
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
            }
            Self::Sha384 => {
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
            }
            Self::Sha512 => {
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
            }
        }
    }
}

/// ring's own signature, which is some five times as fast; nothing where it refuses.
fn library_rsa(key: Key, hash: Hash, message: &[u8]) -> Option<Vec<u8>> {
    static PAIRS: LazyLock<HashMap<&'static str, OnceLock<Option<signature::RsaKeyPair>>>> =
        LazyLock::new(|| {
            let fixtures: Vec<Key> = Key::all().collect();
            fixtures.into_iter().map(|key| (key.static_name(), OnceLock::new())).collect()
        });
    let padding = match hash {
        Hash::Sha1 => return None,
        Hash::Sha256 => &signature::RSA_PKCS1_SHA256,
        Hash::Sha384 => &signature::RSA_PKCS1_SHA384,
        Hash::Sha512 => &signature::RSA_PKCS1_SHA512,
    };
    let pair = PAIRS
        .get(key.name())?
        .get_or_init(|| signature::RsaKeyPair::from_pkcs8(&key.der("private.pem")?).ok())
        .as_ref()?;
    let mut bytes = vec![0; pair.public().modulus_len()];
    pair.sign(padding, &rand::SystemRandom::new(), message, &mut bytes).ok()?;
    Some(bytes)
}

/// EMSA-PKCS1-v1_5 of RFC 8017 section 9.2.
fn emsa_pkcs1(hash: Hash, message: &[u8], length: usize) -> Option<Vec<u8>> {
    let info = [hash.digest_info(), &hash.digest(message)].concat();
    let padding = length.checked_sub(info.len() + 3).filter(|padding| *padding >= 8)?;
    Some([&[0, 1], vec![0xff; padding].as_slice(), &[0], &info].concat())
}

/// EMSA-PSS of RFC 8017 section 9.1.1, with a salt that follows from the message.
fn emsa_pss(hash: Hash, parameters: &Pss, message: &[u8], bits: u64) -> Option<Vec<u8>> {
    let length = usize::try_from(bits.div_ceil(8)).ok()?;
    let message_hash = hash.digest(message);
    let room = length.checked_sub(message_hash.len() + 2)?;
    let salt_length = match parameters.salt {
        None => message_hash.len(),
        Some(Salt::Bytes(bytes)) => bytes,
        Some(Salt::Max) => room,
    };
    let zeros = room.checked_sub(salt_length)?;
    let salt = mgf1(Hash::Sha256, &message_hash, salt_length);
    let inner = hash.digest(&[&[0; 8], message_hash.as_slice(), &salt].concat());
    let block = [vec![0; zeros].as_slice(), &[1], &salt].concat();
    let mask = mgf1(parameters.mgf1.unwrap_or(hash), &inner, block.len());
    let mut masked: Vec<u8> = block.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    let unused = 8 * length as u64 - bits;
    if let Some(first) = masked.first_mut() {
        *first &= 0xff >> unused;
    }
    Some([masked, inner, vec![0xbc]].concat())
}

/// MGF1 of RFC 8017 appendix B.2.1.
pub(super) fn mgf1(hash: Hash, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::new();
    let mut counter = 0_u32;
    while mask.len() < length {
        mask.extend(hash.digest(&[seed, counter.to_be_bytes().as_slice()].concat()));
        counter += 1;
    }
    mask.truncate(length);
    mask
}

/// ECDSA over a hash, on the key's curve, as the fixed-width bytes of RFC 7518 section 3.4.
fn ecdsa(key: Key, hash: &[u8]) -> Option<Vec<u8>> {
    use p256::ecdsa::signature::hazmat::PrehashSigner;

    let scalar = key.bytes("d")?;
    macro_rules! sign_on {
        ($curve:ident) => {{
            let signer = $curve::ecdsa::SigningKey::from_slice(&scalar).ok()?;
            let signature: $curve::ecdsa::Signature = signer.sign_prehash(hash).ok()?;
            Some(signature.to_bytes().to_vec())
        }};
    }
    match key.text("crv")? {
        "P-256" => sign_on!(p256),
        "P-384" => sign_on!(p384),
        "P-521" => sign_on!(p521),
        "secp256k1" => sign_on!(k256),
        _ => None,
    }
}

/// The bytes that a library would take as HMAC key.
pub fn secret_bytes(secret: &Secret) -> Result<Vec<u8>, SignError> {
    match (&secret.text, &secret.base64url, secret.public, secret.form) {
        (Some(text), None, None, None) => Ok(text.as_bytes().to_vec()),
        (None, Some(text), None, None) => jose::decode(text).map_err(|_| SignError::UnclearSecret),
        (None, None, Some(key), Some(form)) => {
            let bytes = public_form(key, form);
            let bytes = bytes.ok_or_else(|| SignError::NoSuchForm(key.name().to_owned()))?;
            let bytes = [secret.before.as_bytes(), &bytes].concat();
            Ok(end_of_text(bytes, secret.final_newline))
        }
        _ => Err(SignError::UnclearSecret),
    }
}

fn end_of_text(mut bytes: Vec<u8>, final_newline: Option<bool>) -> Vec<u8> {
    let has = bytes.last() == Some(&b'\n');
    match final_newline {
        Some(true) if !has => bytes.push(b'\n'),
        Some(false) if has => {
            bytes.pop();
        }
        _ => {}
    }
    bytes
}

fn public_form(key: Key, form: KeyForm) -> Option<Vec<u8>> {
    let file = |kind| key.file(kind).map(<[u8]>::to_vec);
    let jwk = || Value::Object(key.public_jwk());
    match form {
        KeyForm::SpkiPem => file("spki.pem"),
        KeyForm::Pkcs1Pem => file("pkcs1.pem"),
        KeyForm::CertificatePem => file("cert.pem"),
        KeyForm::SpkiDer => key.der("spki.pem"),
        KeyForm::Pkcs1Der => key.der("pkcs1.pem"),
        KeyForm::Openssh => file("ssh.pub"),
        KeyForm::JwkJson => Some(jwk().to_string().into_bytes()),
        KeyForm::JwksJson => Some(serde_json::json!({ "keys": [jwk()] }).to_string().into_bytes()),
        KeyForm::Modulus => key.bytes("n"),
        KeyForm::Raw => match key.bytes("y") {
            Some(y) => Some([vec![4], key.bytes("x")?, y].concat()),
            None => key.bytes("x"),
        },
    }
}
