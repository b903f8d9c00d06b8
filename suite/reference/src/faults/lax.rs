//! What verifiers with faults in their cryptography share: a token's signature, taken apart.

use num_bigint::BigUint;
use ring::digest;

use super::as_before;
use crate::{Examination, Objection};
use jwtspec_jose::Material;
use jwtspec_types::words::{Algorithm, Family};

/// One key tried on a token.
pub(super) struct Attempt<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key: &'a Material,
    pub(super) message: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// Verifies the signature as before; one that fails may pass another test under one of the keys.
pub(super) fn or_else(
    examination: &mut Examination<'_>,
    passes: fn(&Attempt<'_>) -> Option<bool>,
) -> Result<(), Objection> {
    let refused = match as_before("signature", examination) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let algorithm = examination.algorithm()?;
    let [_, _, signature] = examination.decoded()?;
    let (message, _) = examination.token.rsplit_once('.').unwrap_or_default();
    let message = message.as_bytes();
    let keys = examination.candidates()?.iter().filter_map(|key| key.material.as_ref().ok());
    let mut attempts = keys.map(|key| Attempt { algorithm, key, message, signature });
    if attempts.any(|attempt| passes(&attempt) == Some(true)) { Ok(()) } else { Err(refused) }
}

impl Attempt<'_> {
    pub(super) fn is_family(&self, family: Family) -> bool {
        self.algorithm.family() == family
    }

    /// The hash of the message, as the algorithm asks for.
    pub(super) fn hash(&self) -> Vec<u8> {
        hash(self.algorithm, self.message)
    }

    /// The RSA signature raised to the public exponent, as wide as the modulus.
    pub(super) fn encoded(&self) -> Option<Vec<u8>> {
        let Material::Rsa { modulus, exponent } = self.key else { return None };
        let number = BigUint::from_bytes_be;
        let block = number(self.signature).modpow(&number(exponent), &number(modulus));
        fixed_width(&block, modulus.len())
    }
}

/// The hash of bytes under the function of an algorithm.
pub(super) fn hash(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    let function = match algorithm.hash_octets() {
        48 => &digest::SHA384,
        64 => &digest::SHA512,
        _ => &digest::SHA256,
    };
    digest::digest(function, bytes).as_ref().to_vec()
}

/// Big-endian bytes of that width; nothing if the number is wider.
pub(super) fn fixed_width(number: &BigUint, width: usize) -> Option<Vec<u8>> {
    let bytes = number.to_bytes_be();
    Some([vec![0; width.checked_sub(bytes.len())?], bytes].concat())
}
