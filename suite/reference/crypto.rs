//! Verifying a signature: jsonwebtoken's cryptography, and aws-lc itself for the two algorithms
//! that jsonwebtoken does not know.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256K1_SHA256_FIXED, ECDSA_P384_SHA384_FIXED,
    ECDSA_P521_SHA512_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm as JwtAlgorithm, DecodingKey};

use crate::words::{Algorithm, Family};

/// Every algorithm that can be verified.
pub(super) const SUPPORTED: [Algorithm; 14] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::Es256k,
    Algorithm::EdDsa,
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
];

/// The numbers of a key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Material {
    /// Modulus and exponent, without leading zero octets.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// An uncompressed point.
    Ec { curve: Curve, point: Vec<u8> },
    /// An encoded point.
    Ed25519(Vec<u8>),
    /// A shared secret.
    Secret(Vec<u8>),
}

/// A curve of RFC 7518 section 6.2.1.1 or RFC 8812 section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

impl Curve {
    pub(super) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Secp256k1];

    /// Its registered name, the value of `crv`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// Octets of a coordinate, and of each half of a signature.
    pub(super) const fn octets(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The curve that an algorithm is defined on (RFC 7518 section 3.4).
    pub(super) const fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::Es256 => Some(Self::P256),
            Algorithm::Es384 => Some(Self::P384),
            Algorithm::Es512 => Some(Self::P521),
            Algorithm::Es256k => Some(Self::Secp256k1),
            _ => None,
        }
    }

    const fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED,
            Self::P384 => &ECDSA_P384_SHA384_FIXED,
            Self::P521 => &ECDSA_P521_SHA512_FIXED,
            Self::Secp256k1 => &ECDSA_P256K1_SHA256_FIXED,
        }
    }

    /// Whether a point lies on it (FIPS 186-5 section 3.3).
    pub(super) fn contains(self, point: &[u8]) -> bool {
        ParsedPublicKey::new(self.verification(), point).is_ok()
    }
}

/// Octets that a signature must have, where that does not depend on the key's size.
pub(crate) fn signature_octets(algorithm: Algorithm, key: &Material) -> usize {
    match (algorithm.family(), key) {
        (Family::Hmac, _) => algorithm.hash_octets(),
        (_, Material::Rsa { modulus, .. }) => modulus.len(),
        (_, Material::Ec { curve, .. }) => 2 * curve.octets(),
        _ => 64,
    }
}

/// Whether the signature is the one of this message under this key.
///
/// Key and algorithm are expected to fit; where they do not, nothing verifies.
pub(crate) fn verifies(
    algorithm: Algorithm,
    key: &Material,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let library_key = match key {
        Material::Rsa { modulus, exponent } => {
            DecodingKey::from_rsa_raw_components(modulus, exponent)
        }
        Material::Ec { curve: curve @ (Curve::P521 | Curve::Secp256k1), point } => {
            return Curve::of(algorithm) == Some(*curve)
                && UnparsedPublicKey::new(curve.verification(), point)
                    .verify(message, signature)
                    .is_ok();
        }
        Material::Ec { point, .. } => DecodingKey::from_ec_der(point),
        Material::Ed25519(point) => DecodingKey::from_ed_der(point),
        Material::Secret(octets) => DecodingKey::from_secret(octets),
    };
    let Ok(library_algorithm) = algorithm.as_str().parse::<JwtAlgorithm>() else {
        return false;
    };
    let text = URL_SAFE_NO_PAD.encode(signature);
    jsonwebtoken::crypto::verify(&text, message, &library_key, library_algorithm).unwrap_or(false)
}
