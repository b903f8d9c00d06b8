//! Verifying a signature: with ring, and with the RustCrypto crates on the two curves that ring does
//! not know.

use p521::ecdsa::signature::Verifier as _;
use ring::hmac;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};

use jwtspec_jose::{Curve, KeyType, Material};
use jwtspec_types::words::Algorithm;

/// Every algorithm that can be verified.
pub(super) fn supported() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| *algorithm != Algorithm::None)
}

/// True if the signature is one of this message under this key.
///
/// Key and algorithm are expected to fit; where they do not, nothing verifies.
pub fn verifies(algorithm: Algorithm, key: &Material, message: &[u8], signature: &[u8]) -> bool {
    match key {
        Material::Rsa { modulus: n, exponent: e } => rsa(algorithm).is_some_and(|parameters| {
            RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
        }),
        Material::Ec { curve, point } => {
            KeyType::for_algorithm(algorithm) == Some(KeyType::Ec(*curve))
                && verifies_on(*curve, point, message, signature)
        }
        Material::Ed25519(point) => {
            KeyType::for_algorithm(algorithm) == Some(KeyType::Ed25519)
                && UnparsedPublicKey::new(&signature::ED25519, point)
                    .verify(message, signature)
                    .is_ok()
        }
        Material::Secret(secret) => hmac_of(algorithm).is_some_and(|hash| {
            hmac::verify(&hmac::Key::new(hash, secret), message, signature).is_ok()
        }),
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

const fn hmac_of(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    Some(match algorithm {
        Algorithm::Hs256 => hmac::HMAC_SHA256,
        Algorithm::Hs384 => hmac::HMAC_SHA384,
        Algorithm::Hs512 => hmac::HMAC_SHA512,
        _ => return None,
    })
}

/// True if the signature is an ECDSA of this message, as fixed-width bytes (RFC 7518 section 3.4),
/// under an uncompressed point of the curve.
///
/// Of the two values of `s` that verify, both are taken: no JOSE specification asks for the lower.
pub fn verifies_on(curve: Curve, point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let verify = |algorithm| UnparsedPublicKey::new(algorithm, point).verify(message, signature);
    match curve {
        Curve::P256 => verify(&signature::ECDSA_P256_SHA256_FIXED).is_ok(),
        Curve::P384 => verify(&signature::ECDSA_P384_SHA384_FIXED).is_ok(),
        Curve::P521 => {
            use p521::ecdsa::{Signature, VerifyingKey};
            let key = VerifyingKey::from_sec1_bytes(point);
            let signature = Signature::from_slice(signature);
            key.is_ok_and(|key| signature.is_ok_and(|it| key.verify(message, &it).is_ok()))
        }
        Curve::Secp256k1 => {
            use k256::ecdsa::{Signature, VerifyingKey};
            let key = VerifyingKey::from_sec1_bytes(point);
            // k256 takes the lower `s` alone.
            let signature = Signature::from_slice(signature).map(|it| it.normalize_s());
            key.is_ok_and(|key| signature.is_ok_and(|it| key.verify(message, &it).is_ok()))
        }
    }
}
