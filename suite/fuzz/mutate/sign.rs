//! Signing, fast and the same every time: keys are read once.
//!
//! A second signer beside `mint`, which reads its keys from the fixture for each token; here a
//! token is signed for each execution.

use std::sync::LazyLock;

use aws_lc_rs::{hmac, rand, signature};
use p256::ecdsa::signature::Signer as _;

use super::dice::Dice;
use crate::fixtures::Key;
use crate::words::Algorithm;

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
    Ecdsa(Box<p256::ecdsa::SigningKey>),
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
    let octets = |name: &str, member: &str| {
        Key::named(name).ok().and_then(|key| key.octets(member)).unwrap_or_default()
    };
    let secrets = [
        file("rs256-a", "spki.pem"),
        file("rs256-a", "pkcs1.pem"),
        file("es256-b", "spki.pem"),
        octets("rs256-a", "n"),
        octets("eddsa-a", "x"),
        [&[4], octets("es256-b", "x").as_slice(), &octets("es256-b", "y")].concat(),
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
                Kind::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &key.octets("k")?)))
            }
            Algorithm::Es256 => {
                let scalar = key.octets("d")?;
                Kind::Ecdsa(Box::new(p256::ecdsa::SigningKey::from_slice(&scalar).ok()?))
            }
            Algorithm::EdDsa => {
                let pair = signature::Ed25519KeyPair::from_seed_unchecked(&key.octets("d")?);
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
    pub(super) fn any(dice: &mut Dice) -> &'static Self {
        let mut one = &SIGNERS[dice.below(SIGNERS.len())];
        if matches!(one.kind, Kind::Rsa(_)) && !dice.one_in(4) {
            one = &SIGNERS[dice.below(4)];
        }
        one
    }

    /// The signature of a message.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::Hmac(key) => hmac::sign(key, message).as_ref().to_vec(),
            Kind::Ecdsa(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Kind::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Kind::Rsa(pair) => {
                let mut octets = vec![0; pair.public_modulus_len()];
                // The source of randomness only blinds: the signature is the same every time.
                let random = rand::SystemRandom::new();
                match pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut octets) {
                    Ok(()) => octets,
                    Err(_) => Vec::new(),
                }
            }
        }
    }
}

/// An HMAC keyed with what is no secret.
pub(super) fn confused(message: &[u8], dice: &mut Dice) -> Vec<u8> {
    hmac::sign(&CONFUSED[dice.below(CONFUSED.len())], message).as_ref().to_vec()
}
