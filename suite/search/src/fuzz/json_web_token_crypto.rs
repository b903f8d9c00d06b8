//! The cryptography that jsonwebtoken verifies with here: ring's, which is compiled anyway.
//!
//! No feature of jsonwebtoken is enabled for it. Where two of its own providers are compiled, it takes
//! neither; a verifier under test in the same process must not lose its provider to jwtspec.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Verifier};
use jsonwebtoken::{Algorithm as JwtAlgorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};

use jwtspec_jose::{Curve, Material};
use jwtspec_reference::parts::verifies;
use jwtspec_types::words::Algorithm;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| Ok(Box::new(RingVerifier::new(*algorithm, key)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Lets jsonwebtoken verify with ring, unless the process has chosen already.
pub(super) fn install() {
    // An error says that there is a provider, which is all that is wanted.
    let _ = PROVIDER.install_default();
}

struct RingVerifier {
    stated: JwtAlgorithm,
    algorithm: Algorithm,
    key: Material,
}

impl RingVerifier {
    fn new(stated: JwtAlgorithm, key: &DecodingKey) -> Result<Self> {
        let algorithm = format!("{stated:?}").parse().map_err(|_| ErrorKind::InvalidAlgorithm)?;
        let key = match (key.family(), key.kind()) {
            (AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                Material::Rsa { modulus: n.clone(), exponent: e.clone() }
            }
            (AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(point)) => {
                let curves = Curve::ALL.into_iter();
                let mut fitting = curves.filter(|curve| point.len() == 1 + 2 * curve.bytes());
                let curve = fitting.next().ok_or(ErrorKind::InvalidEcdsaKey)?;
                Material::Ec { curve, point: point.clone() }
            }
            (AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(point)) => {
                Material::Ed25519(point.clone())
            }
            (AlgorithmFamily::Hmac, DecodingKeyKind::SecretOrDer(secret)) => {
                Material::Secret(secret.clone())
            }
            _ => return Err(ErrorKind::InvalidKeyFormat.into()),
        };
        Ok(Self { stated, algorithm, key })
    }
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], bytes: &Vec<u8>) -> std::result::Result<(), SignatureError> {
        match verifies(self.algorithm, &self.key, message, bytes) {
            true => Ok(()),
            false => Err(SignatureError::new()),
        }
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> JwtAlgorithm {
        self.stated
    }
}
