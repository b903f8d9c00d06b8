//! Verifying a signature: jsonwebtoken's cryptography, and aws-lc itself for the two algorithms
//! that jsonwebtoken does not know.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256K1_SHA256_FIXED, ECDSA_P384_SHA384_FIXED,
    ECDSA_P521_SHA512_FIXED, EcdsaVerificationAlgorithm, UnparsedPublicKey,
};
use jsonwebtoken::{Algorithm as JwtAlgorithm, DecodingKey};

use jwtspec_jose::{Curve, KeyType, Material, encode};
use jwtspec_types::words::Algorithm;

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

const fn verification(curve: Curve) -> &'static EcdsaVerificationAlgorithm {
    match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED,
        Curve::P521 => &ECDSA_P521_SHA512_FIXED,
        Curve::Secp256k1 => &ECDSA_P256K1_SHA256_FIXED,
    }
}

/// True if the signature is one of this message under this key.
///
/// Key and algorithm are expected to fit; where they do not, nothing verifies.
pub fn verifies(algorithm: Algorithm, key: &Material, message: &[u8], signature: &[u8]) -> bool {
    let library_key = match key {
        Material::Rsa { modulus, exponent } => {
            DecodingKey::from_rsa_raw_components(modulus, exponent)
        }
        Material::Ec { curve: curve @ (Curve::P521 | Curve::Secp256k1), point } => {
            return KeyType::for_algorithm(algorithm) == Some(KeyType::Ec(*curve))
                && UnparsedPublicKey::new(verification(*curve), point)
                    .verify(message, signature)
                    .is_ok();
        }
        Material::Ec { point, .. } => DecodingKey::from_ec_der(point),
        Material::Ed25519(point) => DecodingKey::from_ed_der(point),
        Material::Secret(bytes) => DecodingKey::from_secret(bytes),
    };
    let Ok(library_algorithm) = algorithm.as_str().parse::<JwtAlgorithm>() else {
        return false;
    };
    let text = encode(signature);
    jsonwebtoken::crypto::verify(&text, message, &library_key, library_algorithm).unwrap_or(false)
}
