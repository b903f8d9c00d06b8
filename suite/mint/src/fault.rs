//! Faults done to the bytes of a signature.

use num_bigint::BigUint;

use super::{MintError, big};
use crate::recipe::SignatureFault;
use jwtspec_fixtures::Key;
use jwtspec_types::words::{Algorithm, Family};

/// Applies faults in order; nothing if the signature has not got the asked-for shape.
pub(super) fn apply_all(
    faults: &[SignatureFault],
    mut signature: Vec<u8>,
    algorithm: Algorithm,
    key: Key,
) -> Result<Option<Vec<u8>>, MintError> {
    for fault in faults {
        match apply(fault, signature, algorithm, key)? {
            Some(changed) => signature = changed,
            None => return Ok(None),
        }
    }
    Ok(Some(signature))
}

fn apply(
    fault: &SignatureFault,
    mut signature: Vec<u8>,
    algorithm: Algorithm,
    key: Key,
) -> Result<Option<Vec<u8>>, MintError> {
    let misfit = || MintError::FaultDoesNotFit(fault.to_string(), algorithm);
    let needs = |family: Family| {
        if algorithm.family() == family { Ok(()) } else { Err(misfit()) }
    };
    Ok(Some(match fault {
        SignatureFault::Strip => Vec::new(),
        SignatureFault::Flip(bit) => {
            flip(&mut signature, *bit).ok_or_else(misfit)?;
            signature
        }
        SignatureFault::Zeros => vec![0; signature.len()],
        SignatureFault::Truncate(count) if *count < signature.len() => {
            signature.truncate(*count);
            signature
        }
        SignatureFault::Truncate(_) => return Err(misfit()),
        SignatureFault::Append(bytes) => [signature, bytes.clone()].concat(),
        SignatureFault::Prepend(bytes) => [bytes.clone(), signature].concat(),
        SignatureFault::Bytes(bytes) => bytes.clone(),
        // These two change what is signed; see `Plan::draft`.
        SignatureFault::OfAnotherToken | SignatureFault::OverRawClaims => signature,
        SignatureFault::AddModulus => {
            if !matches!(algorithm.family(), Family::RsaPkcs1 | Family::RsaPss) {
                return Err(misfit());
            }
            let sum = BigUint::from_bytes_be(&signature) + big(key, "n");
            return Ok(fixed_width(&sum, signature.len()));
        }
        SignatureFault::AddOrder => {
            needs(Family::Ed)?;
            let (point, scalar) = signature.split_at(signature.len() / 2);
            let sum = BigUint::from_bytes_le(scalar) + ed25519_order();
            let mut bytes = sum.to_bytes_le();
            if bytes.len() > scalar.len() {
                return Ok(None);
            }
            bytes.resize(scalar.len(), 0);
            [point.to_vec(), bytes].concat()
        }
        _ => {
            needs(Family::Ec)?;
            return Ok(ecdsa(fault, &signature, key));
        }
    }))
}

fn flip(signature: &mut [u8], bit: i64) -> Option<()> {
    let bits = i64::try_from(signature.len()).ok()?.checked_mul(8)?;
    let index = usize::try_from(if bit < 0 { bits + bit } else { bit }).ok()?;
    *signature.get_mut(index / 8)? ^= 0x80 >> (index % 8);
    Some(())
}

fn ecdsa(fault: &SignatureFault, signature: &[u8], key: Key) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let zero = vec![0; r.len()];
    let order = || fixed_width(&curve_order(key), r.len());
    Some(match fault {
        SignatureFault::Der => der(r, s),
        SignatureFault::Swap => [s, r].concat(),
        SignatureFault::RZero => [&zero, s].concat(),
        SignatureFault::SZero => [r, &zero].concat(),
        SignatureFault::ROrder => [&order()?, s].concat(),
        SignatureFault::SOrder => [r, &order()?].concat(),
        SignatureFault::NegateS => negate_s(signature, key)?,
        SignatureFault::LeadingZero => (r.first() == Some(&0)).then(|| signature.to_vec())?,
        SignatureFault::LeadingZeroRemoved => {
            (r.first() == Some(&0)).then(|| signature[1..].to_vec())?
        }
        _ => signature.to_vec(),
    })
}

/// The ECDSA signature with the other of the two valid values of s.
pub(super) fn negate_s(signature: &[u8], key: Key) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let order = curve_order(key);
    let s_value = BigUint::from_bytes_be(s);
    (s_value < order).then_some(())?;
    Some([r, &fixed_width(&(order - s_value), s.len())?].concat())
}

/// `SEQUENCE { INTEGER r, INTEGER s }`.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let mut value = BigUint::from_bytes_be(bytes).to_bytes_be();
        if value[0] & 0x80 != 0 {
            value.insert(0, 0);
        }
        tagged(0x02, value)
    };
    tagged(0x30, [integer(r), integer(s)].concat())
}

fn tagged(tag: u8, content: Vec<u8>) -> Vec<u8> {
    // Both integers of the widest curve give less than 256 bytes.
    #[expect(clippy::cast_possible_truncation, reason = "at most 141 bytes")]
    let length = content.len() as u8;
    let head = if length < 128 { vec![tag, length] } else { vec![tag, 0x81, length] };
    [head, content].concat()
}

/// Big-endian bytes of that width; nothing if the number is wider.
fn fixed_width(number: &BigUint, width: usize) -> Option<Vec<u8>> {
    let bytes = number.to_bytes_be();
    let missing = width.checked_sub(bytes.len())?;
    Some([vec![0; missing], bytes].concat())
}

/// Order of the base point of the key's curve (SEC 2 version 2.0).
fn curve_order(key: Key) -> BigUint {
    let hex: &[u8] = match key.text("crv") {
        Some("P-384") => {
            b"ffffffffffffffffffffffffffffffffffffffffffffffff\
              c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        Some("P-521") => {
            b"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
              51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        }
        Some("secp256k1") => b"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        _ => b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    };
    BigUint::parse_bytes(hex, 16).unwrap_or_default()
}

/// L of RFC 8032 section 5.1.
fn ed25519_order() -> BigUint {
    (BigUint::from(1_u8) << 252)
        + BigUint::parse_bytes(b"27742317777372353535851937790883648493", 10).unwrap_or_default()
}
