//! The shape of a signature: its length in bytes, and their range (RFC 7518, 8017, 8032, FIPS 186-5).

use super::keys::{Jwk, Numbers};
use super::ruling::{Names, Ruling};
use jwtspec_types::words::Reason::{KeyNotFound, KeyUnusable, Malformed, SignatureInvalid};
use jwtspec_types::words::{Algorithm, Family};

const NAMES: Names = &[SignatureInvalid, Malformed, KeyUnusable, KeyNotFound];

/// Group orders of the curves (SEC 2 version 2.0), from their first byte that is not zero.
const P256: &[u8] = b"\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\
    \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
const P384: &[u8] = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
    \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf\
    \x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73";
const P521: &[u8] = b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
    \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfa\
    \x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09\xa5\xd0\
    \x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38\x64\x09";
const SECP256K1: &[u8] = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\
    \xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41";
/// Half of it, rounded down.
const SECP256K1_HALF: &[u8] = b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
    \x5d\x57\x6e\x73\x57\xa4\x50\x1d\xdf\xe9\x2f\x46\x68\x1b\x20\xa0";
/// L of RFC 8032 section 5.1, big-endian.
const ED25519: &[u8] = b"\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \x14\xde\xf9\xde\xa2\xf7\x9c\xd6\x58\x12\x63\x1a\x5c\xf5\xd3\xed";

/// Judges the bytes of a signature under this algorithm, whatever was signed; `named` are the keys
/// that the header leads to.
pub(super) fn judge_shape(
    signature: &[u8],
    algorithm: Algorithm,
    named: &[&Jwk],
    ruling: &mut Ruling,
) {
    if signature.is_empty() {
        ruling.must(NAMES, "rfc7515-5.2-signature-empty-reject", "no signature");
        return;
    }
    match algorithm {
        Algorithm::Es256 => ecdsa(signature, P256, "rfc7518-3.4-es256-signature-64-octets", ruling),
        Algorithm::Es256k => {
            ecdsa(signature, SECP256K1, "rfc7518-3.4-es256-signature-64-octets", ruling);
        }
        Algorithm::Es384 => {
            ecdsa(signature, P384, "rfc7518-3.4-es384-es512-signature-length", ruling);
        }
        Algorithm::Es512 => {
            ecdsa(signature, P521, "rfc7518-3.4-es384-es512-signature-length", ruling);
        }
        Algorithm::EdDsa => eddsa(signature, ruling),
        _ if algorithm.family() == Family::Hmac => {
            if signature.len() != algorithm.hash_octets() {
                ruling.must(NAMES, "rfc7518-3.2-hmac-truncated-reject", "a MAC of another length");
            }
        }
        _ => rsa(signature, algorithm, named, ruling),
    }
}

fn ecdsa(signature: &[u8], order: &[u8], length: &'static str, ruling: &mut Ruling) {
    if signature.len() != order.len() * 2 {
        let what = format!("an ECDSA signature of {} bytes", signature.len());
        return ruling.must(NAMES, length, what);
    }
    let (r, s) = signature.split_at(order.len());
    if [r, s].iter().any(|half| half.iter().all(|byte| *byte == 0)) {
        ruling.must(NAMES, "rfc7515-5.2-signature-mismatch-reject", "r or s is zero");
    }
    if r >= order || s >= order {
        let what = "r or s is not below the order";
        ruling.must(NAMES, "rfc7515-5.2-signature-mismatch-reject", what);
    }
}

/// Adds the doubt of libraries that know ES256K from blockchains: signers there write the lower of the
/// two values of s.
pub(super) fn judge_high_s(signature: &[u8], algorithm: Algorithm, ruling: &mut Ruling) {
    let half = signature.split_at(signature.len() / 2).1;
    if algorithm == Algorithm::Es256k && half > SECP256K1_HALF {
        let requirement = "fips186-5-6.4.2-ecdsa-high-s-accepted";
        ruling.may(&[SignatureInvalid], requirement, "the higher of two values of s");
    }
}

fn eddsa(signature: &[u8], ruling: &mut Ruling) {
    if signature.len() != 64 {
        let what = format!("an Ed25519 signature of {} bytes", signature.len());
        return ruling.must(NAMES, "rfc8032-5.1.7-ed25519-length-64", what);
    }
    let scalar: Vec<u8> = signature[32..].iter().rev().copied().collect();
    if scalar.as_slice() >= ED25519 {
        ruling.must(NAMES, "rfc8032-5.1.7-ed25519-s-range", "S is not below the group order");
    }
    // One value of many that are no point or a weak one; the others are left to cryptography.
    if signature.iter().all(|byte| *byte == 0) {
        let what = "a signature of zeros";
        ruling.must(NAMES, "rfc7515-5.2-signature-mismatch-reject", what);
    }
}

fn rsa(signature: &[u8], algorithm: Algorithm, named: &[&Jwk], ruling: &mut Ruling) {
    let length = if algorithm.family() == Family::RsaPss {
        "rfc8017-8.1.2-pss-length-check"
    } else {
        "rfc8017-8.2.2-pkcs1-length-check"
    };
    let moduli: Vec<&[u8]> = named.iter().filter_map(|jwk| jwk.modulus()).collect();
    if moduli.is_empty() {
        return;
    }
    if moduli.iter().all(|n| n.len() != signature.len()) {
        let what = format!("an RSA signature of {} bytes", signature.len());
        ruling.must(NAMES, length, what);
    } else if moduli.iter().all(|n| n.len() == signature.len() && signature >= *n) {
        let requirement = "rfc8017-8.2.2-signature-representative-range";
        ruling.must(NAMES, requirement, "the signature is not below the modulus");
    } else if signature.iter().all(|byte| *byte == 0) {
        let what = "a signature of zeros";
        ruling.must(NAMES, "rfc8017-8.2.2-full-padding-compared", what);
    }
}

impl Jwk {
    fn modulus(&self) -> Option<&[u8]> {
        match self.numbers() {
            Some(Numbers::Rsa { n, .. }) => Some(n),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ids;

    fn shape(signature: &[u8], algorithm: Algorithm) -> Vec<&'static str> {
        let mut ruling = Ruling::default();
        judge_shape(signature, algorithm, &[], &mut ruling);
        ids(&ruling)
    }

    #[test]
    fn each_algorithm_has_its_length_and_range() {
        for (algorithm, length) in [
            (Algorithm::Es256, 64),
            (Algorithm::Es256k, 64),
            (Algorithm::Es384, 96),
            (Algorithm::Es512, 132),
            (Algorithm::EdDsa, 64),
            (Algorithm::Hs256, 32),
            (Algorithm::Hs384, 48),
            (Algorithm::Hs512, 64),
        ] {
            let mut signature = vec![0; length];
            signature[length / 2 - 1] = 1;
            signature[length - 1] = 1;
            assert_eq!(shape(&signature, algorithm), [""; 0], "{algorithm}");
            signature.push(0);
            assert_eq!(shape(&signature, algorithm).len(), 1, "{algorithm}");
        }
        assert_eq!(shape(&[], Algorithm::Rs256), ["rfc7515-5.2-signature-empty-reject"]);
        let zero = [vec![0; 63], vec![1]].concat();
        assert_eq!(shape(&zero, Algorithm::Es256), ["rfc7515-5.2-signature-mismatch-reject"]);
        let order = [vec![0; 31], vec![1], P256.to_vec()].concat();
        assert_eq!(shape(&order, Algorithm::Es256), ["rfc7515-5.2-signature-mismatch-reject"]);
        let high = [vec![1; 32], ED25519.iter().rev().copied().collect()].concat();
        assert_eq!(shape(&high, Algorithm::EdDsa), ["rfc8032-5.1.7-ed25519-s-range"]);
    }
}
