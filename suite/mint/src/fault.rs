//! Faults done to the bytes of a signature.

use num_bigint::BigUint;

use super::octets::{fixed_width, tagged};
use super::{MintError, big, padding};
use crate::recipe::{PaddingFault, SignatureFault};
use jwtspec_fixtures::Key;
use jwtspec_jose::Curve;
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
        // These change what is signed; see `Plan::draft`.
        SignatureFault::OfAnotherToken
        | SignatureFault::OfAnotherHeader
        | SignatureFault::OverRawClaims => signature,
        SignatureFault::AddModulus
        | SignatureFault::One
        | SignatureFault::Modulus
        | SignatureFault::ModulusMinusOne
        | SignatureFault::EncodedMessage => {
            if !matches!(algorithm.family(), Family::RsaPkcs1 | Family::RsaPss) {
                return Err(misfit());
            }
            let modulus = big(key, "n");
            let number = match fault {
                SignatureFault::One => BigUint::from(1_u8),
                SignatureFault::Modulus => modulus,
                SignatureFault::ModulusMinusOne => modulus - 1_u8,
                SignatureFault::EncodedMessage => return Ok(padding::encoded(&signature, key)),
                _ => BigUint::from_bytes_be(&signature) + modulus,
            };
            return Ok(fixed_width(&number, signature.len()));
        }
        SignatureFault::Padding(padding) => {
            if !padding::is_for(*padding, algorithm) {
                return Err(misfit());
            }
            return Ok(padding::signed(*padding, &signature, algorithm, key));
        }
        SignatureFault::CubeRoot(padding) => {
            let is_garbage =
                matches!(padding, PaddingFault::GarbageBehind | PaddingFault::GarbageInParameters);
            if !is_garbage || !padding::is_for(*padding, algorithm) || key.text("e") != Some("Aw") {
                return Err(misfit());
            }
            let block = padding::encoded(&signature, key);
            return Ok(block.and_then(|block| padding::cube_root(*padding, &block)));
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
    let group_order = curve_order(key)?;
    let order = || fixed_width(&group_order, r.len());
    let one = fixed_width(&BigUint::from(1_u8), r.len())?;
    let below_order = || fixed_width(&(&group_order - 1_u8), r.len());
    let beyond = |half| fixed_width(&(BigUint::from_bytes_be(half) + &group_order), r.len());
    Some(match fault {
        SignatureFault::Der => der(r, s),
        SignatureFault::Swap => [s, r].concat(),
        SignatureFault::RZero => [&zero, s].concat(),
        SignatureFault::SZero => [r, &zero].concat(),
        SignatureFault::ROrder => [&order()?, s].concat(),
        SignatureFault::SOrder => [r, &order()?].concat(),
        SignatureFault::ROne => [&one, s].concat(),
        SignatureFault::SOne => [r, &one].concat(),
        SignatureFault::RBelowOrder => [&below_order()?, s].concat(),
        SignatureFault::SBelowOrder => [r, &below_order()?].concat(),
        SignatureFault::RPlusOrder => [&beyond(r)?, s].concat(),
        SignatureFault::SPlusOrder => [r, &beyond(s)?].concat(),
        SignatureFault::LeadingZerosRemoved => ([r, s].iter().all(|half| half.first() == Some(&0)))
            .then(|| [&r[1..], &s[1..]].concat())?,
        SignatureFault::LeadingZerosAdded => [&[0], r, &[0], s].concat(),
        SignatureFault::HighOctetsAdded => [&[1], r, &[1], s].concat(),
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
    let order = curve_order(key)?;
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

/// Order of the base point of the key's curve.
fn curve_order(key: Key) -> Option<BigUint> {
    let curve = Curve::ALL.into_iter().find(|curve| key.text("crv") == Some(curve.name()));
    curve.map(Curve::order)
}

/// L of RFC 8032 section 5.1.
fn ed25519_order() -> BigUint {
    (BigUint::from(1_u8) << 252)
        + BigUint::parse_bytes(b"27742317777372353535851937790883648493", 10).unwrap_or_default()
}
