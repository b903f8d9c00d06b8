//! Signing, fast and the same every time: keys are read once.
//!
//! A second signer beside `mint`, which reads its keys from the fixture for each token; here a
//! token is signed for each execution, in code that is slow because it is instrumented.

use std::sync::LazyLock;

use num_bigint::BigUint;
use p256::ecdsa::signature::Signer as _;
use ring::{digest, hmac, rand, signature};

use crate::fuzz::rng::Rng;
use jwtspec_fixtures::Key;
use jwtspec_types::words::Algorithm;

/// Keys that sign fast come often, RSA seldom. The first five are trusted.
const NAMES: [&str; 10] = [
    "es256-a", "eddsa-a", "es256-b", "hs256-a", "rs256-a", "es256-x", "eddsa-x", "eddsa-b",
    "hs256-x", "rs256-x",
];

/// A key that signs.
pub(super) struct Signer {
    /// The name of the fixture, which is its `kid`.
    pub(super) name: &'static str,
    /// Under which algorithm it signs.
    pub(super) algorithm: Algorithm,
    kind: Kind,
}

enum Kind {
    Hmac(Box<hmac::Key>),
    Ecdsa(Box<FixedNonce>),
    Ed25519(signature::Ed25519KeyPair),
    Rsa(Box<signature::RsaKeyPair>),
}

static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| {
    let keys = NAMES.iter().flat_map(|name| Key::named(name));
    keys.filter_map(Signer::of).collect()
});

/// HMAC keys that are no secrets: what a confused verifier takes for one.
static CONFUSED: LazyLock<Vec<hmac::Key>> = LazyLock::new(|| {
    let file = |name: &str, kind: &str| {
        Key::named(name).ok().and_then(|key| key.file(kind)).unwrap_or_default().to_vec()
    };
    let bytes = |name: &str, member: &str| {
        Key::named(name).ok().and_then(|key| key.bytes(member)).unwrap_or_default()
    };
    let secrets = [
        file("rs256-a", "spki.pem"),
        file("rs256-a", "pkcs1.pem"),
        file("es256-b", "spki.pem"),
        bytes("rs256-a", "n"),
        bytes("eddsa-a", "x"),
        [&[4], bytes("es256-b", "x").as_slice(), &bytes("es256-b", "y")].concat(),
        Vec::new(),
        b"secret".to_vec(),
    ];
    secrets.iter().map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret)).collect()
});

impl Signer {
    fn of(key: Key) -> Option<Self> {
        let algorithm = key.algorithm();
        let kind = match algorithm {
            Algorithm::Hs256 => {
                Kind::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &key.bytes("k")?)))
            }
            Algorithm::Es256 => Kind::Ecdsa(Box::new(FixedNonce::of(&key.bytes("d")?)?)),
            Algorithm::EdDsa => {
                let pair = signature::Ed25519KeyPair::from_seed_unchecked(&key.bytes("d")?);
                Kind::Ed25519(pair.ok()?)
            }
            Algorithm::Rs256 => {
                let pair = signature::RsaKeyPair::from_pkcs8(&key.der("private.pem")?);
                Kind::Rsa(Box::new(pair.ok()?))
            }
            _ => return None,
        };
        Some(Self { name: key.static_name(), algorithm, kind })
    }

    /// The signer that a header names: by `kid`, else by `alg`.
    pub(super) fn named(kid: Option<&str>, alg: Option<&str>) -> Option<&'static Self> {
        let by_kid = SIGNERS.iter().find(|signer| Some(signer.name) == kid);
        by_kid.or_else(|| SIGNERS.iter().find(|signer| Some(signer.algorithm.as_str()) == alg))
    }

    /// Any, RSA seldom.
    pub(super) fn any(rng: &mut Rng) -> &'static Self {
        let mut one = &SIGNERS[rng.below(SIGNERS.len())];
        if matches!(one.kind, Kind::Rsa(_)) && !rng.one_in(4) {
            one = &SIGNERS[rng.below(4)];
        }
        one
    }

    /// The signature of a message.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::Hmac(key) => hmac::sign(key, message).as_ref().to_vec(),
            Kind::Ecdsa(key) => key.sign(message),
            Kind::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Kind::Rsa(pair) => {
                let mut bytes = vec![0; pair.public().modulus_len()];
                // The source of randomness only blinds: the signature is the same every time.
                let random = rand::SystemRandom::new();
                match pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut bytes) {
                    Ok(()) => bytes,
                    Err(_) => Vec::new(),
                }
            }
        }
    }
}

/// ECDSA on P-256 with the same nonce every time, which spares the multiplication of a point: it
/// gives the key away, but fixture keys are public.
struct FixedNonce {
    order: BigUint,
    /// The x-coordinate of the nonce's point.
    r: Vec<u8>,
    /// r times the private key.
    product: BigUint,
    inverse_nonce: BigUint,
}

impl FixedNonce {
    /// Takes the nonce from one signature made by the library.
    fn of(scalar: &[u8]) -> Option<Self> {
        const ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        let order = BigUint::parse_bytes(ORDER, 16)?;
        let library = p256::ecdsa::SigningKey::from_slice(scalar).ok()?;
        let signature: p256::ecdsa::Signature = library.sign(b"");
        let bytes = signature.to_bytes();
        let (r, s) = bytes.split_at(bytes.len() / 2);
        let product = BigUint::from_bytes_be(r) * BigUint::from_bytes_be(scalar) % &order;
        // s = (z + r d) / k, so 1 / k = s / (z + r d); the inverse is by Fermat's theorem.
        let sum = hashed(b"") + &product;
        let inverse_sum = sum.modpow(&(&order - 2_u8), &order);
        let inverse_nonce = BigUint::from_bytes_be(s) * inverse_sum % &order;
        Some(Self { r: r.to_vec(), product, inverse_nonce, order })
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let s = (hashed(message) + &self.product) * &self.inverse_nonce % &self.order;
        let s = s.to_bytes_be();
        [self.r.as_slice(), &vec![0; self.r.len().saturating_sub(s.len())], &s].concat()
    }
}

fn hashed(message: &[u8]) -> BigUint {
    BigUint::from_bytes_be(digest::digest(&digest::SHA256, message).as_ref())
}

/// An HMAC keyed with what is no secret.
pub(super) fn confused(message: &[u8], rng: &mut Rng) -> Vec<u8> {
    hmac::sign(&CONFUSED[rng.below(CONFUSED.len())], message).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::verify::signed;

    #[test]
    fn every_signature_is_valid_and_the_same_every_time() {
        assert_eq!(SIGNERS.len(), NAMES.len());
        for signer in SIGNERS.iter() {
            let key = Key::named(signer.name).unwrap();
            for message in [b"".as_slice(), b"a.b", &[0xff; 300]] {
                let bytes = signer.sign(message);
                assert!(signed::verifies(key, signer.algorithm, message, &bytes), "{key:?}");
                assert_eq!(signer.sign(message), bytes);
            }
        }
    }
}
