//! The table of algorithms: the type of key that each takes, and the length of its signatures.

use serde_json::{Map, Value};

use super::curve::Curve;
use super::text::quoted;
use jwtspec_types::words::Algorithm;

/// A type of key, with its curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// RSA.
    Rsa,
    /// A point on a curve of ECDSA.
    Ec(Curve),
    /// A point on the curve of Ed25519.
    Ed25519,
    /// A shared secret.
    Secret,
}

impl KeyType {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Rsa,
        Self::Ec(Curve::P256),
        Self::Ec(Curve::P384),
        Self::Ec(Curve::P521),
        Self::Ec(Curve::Secp256k1),
        Self::Ed25519,
        Self::Secret,
    ];

    /// The type that an algorithm takes (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 8812
    /// section 3.2); nothing for `none`.
    pub const fn for_algorithm(algorithm: Algorithm) -> Option<Self> {
        Some(match algorithm {
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => Self::Rsa,
            Algorithm::Es256 => Self::Ec(Curve::P256),
            Algorithm::Es384 => Self::Ec(Curve::P384),
            Algorithm::Es512 => Self::Ec(Curve::P521),
            Algorithm::Es256k => Self::Ec(Curve::Secp256k1),
            Algorithm::EdDsa => Self::Ed25519,
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => Self::Secret,
            Algorithm::None => return None,
        })
    }

    /// The type that a JWK states by `kty` and `crv`, if it is one of these.
    pub fn stated(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |member: &str| jwk.get(member).and_then(Value::as_str);
        let (kty, crv) = (text("kty")?, text("crv"));
        Self::ALL.into_iter().find(|it| it.kty() == kty && (it.crv().is_none() || it.crv() == crv))
    }

    /// Its `kty`.
    pub const fn kty(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec(_) => "EC",
            Self::Ed25519 => "OKP",
            Self::Secret => "oct",
        }
    }

    /// Its `crv`, if it has one.
    pub const fn crv(self) -> Option<&'static str> {
        match self {
            Self::Ec(curve) => Some(curve.name()),
            Self::Ed25519 => Some("Ed25519"),
            Self::Rsa | Self::Secret => None,
        }
    }

    const fn described(self) -> &'static str {
        match self {
            Self::Rsa => "an RSA key",
            Self::Ec(_) => "an EC key",
            Self::Ed25519 => "an Ed25519 key",
            Self::Secret => "a shared secret",
        }
    }
}

/// The numbers of a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Material {
    /// An RSA key.
    Rsa {
        /// The modulus, without leading zero bytes.
        modulus: Vec<u8>,
        /// The exponent, without leading zero bytes.
        exponent: Vec<u8>,
    },
    /// A key for ECDSA.
    Ec {
        /// Its curve.
        curve: Curve,
        /// An uncompressed point.
        point: Vec<u8>,
    },
    /// An encoded point.
    Ed25519(Vec<u8>),
    /// A shared secret.
    Secret(Vec<u8>),
}

impl Material {
    /// The type of the key.
    pub const fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Ec { curve, .. } => KeyType::Ec(*curve),
            Self::Ed25519(_) => KeyType::Ed25519,
            Self::Secret(_) => KeyType::Secret,
        }
    }

    /// The length of its signatures in bytes.
    pub fn signature_bytes(&self, algorithm: Algorithm) -> usize {
        let modulus_bytes = match self {
            Self::Rsa { modulus, .. } => modulus.len(),
            _ => 0,
        };
        signature_bytes(algorithm, modulus_bytes)
    }
}

/// The length of a signature in bytes; with RSA that of the key's modulus.
pub const fn signature_bytes(algorithm: Algorithm, modulus_bytes: usize) -> usize {
    match KeyType::for_algorithm(algorithm) {
        Some(KeyType::Rsa) => modulus_bytes,
        Some(KeyType::Ec(curve)) => 2 * curve.bytes(),
        Some(KeyType::Ed25519) => 64,
        Some(KeyType::Secret) => algorithm.hash_octets(),
        None => 0,
    }
}

/// Accepts a key whose type, curve and size suit an algorithm (RFC 7518 sections 3.2 to 3.5,
/// RFC 8037 section 3.1).
///
/// # Errors
///
/// If they do not: a clause that reads after "the key".
pub fn type_fits(material: &Material, algorithm: Algorithm) -> Result<(), String> {
    let key = material.key_type();
    let needed = KeyType::for_algorithm(algorithm);
    match (needed, material) {
        (_, Material::Secret(secret))
            if needed == Some(key) && secret.len() < algorithm.hash_octets() =>
        {
            Err(format!(
                "has {} bytes, but `{algorithm}` needs at least {}",
                secret.len(),
                algorithm.hash_octets()
            ))
        }
        _ if needed == Some(key) => Ok(()),
        (Some(KeyType::Ec(_)), Material::Ec { curve, .. }) => {
            Err(format!("is on the curve {}, which `{algorithm}` does not use", curve.name()))
        }
        _ => Err(format!("is {}, which cannot serve `{algorithm}`", key.described())),
    }
}

/// Accepts a JWK whose `use`, `key_ops` and `alg` allow to verify under an algorithm (RFC 7517
/// sections 4.2 to 4.4).
pub(super) fn purpose_fits(jwk: &Map<String, Value>, algorithm: Algorithm) -> Result<(), String> {
    match jwk.get("use") {
        None => {}
        Some(Value::String(purpose)) if purpose == "sig" => {}
        Some(Value::String(purpose)) => {
            return Err(format!("is published with `use` of {}, not `sig`", quoted(purpose)));
        }
        Some(_) => return Err("has a `use` that is not a string".to_owned()),
    }
    match jwk.get("key_ops") {
        None => {}
        Some(Value::Array(operations)) if operations.contains(&"verify".into()) => {}
        Some(_) => return Err("is published with `key_ops` that lack `verify`".to_owned()),
    }
    match jwk.get("alg") {
        None => Ok(()),
        Some(Value::String(alg)) if alg == algorithm.as_str() => Ok(()),
        Some(Value::String(alg)) => {
            Err(format!("is for {} (its `alg`), but the token says `{algorithm}`", quoted(alg)))
        }
        Some(_) => Err("has an `alg` that is not a string".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_fixtures::Key;

    #[test]
    fn fixtures_state_the_type_that_their_algorithm_takes() {
        for key in Key::all() {
            let stated = KeyType::stated(key.private_jwk());
            assert_eq!(stated, KeyType::for_algorithm(key.algorithm()), "{}", key.name());
        }
        assert_eq!(KeyType::for_algorithm(Algorithm::None), None);
        assert_eq!(KeyType::stated(&Map::new()), None);
    }
}
