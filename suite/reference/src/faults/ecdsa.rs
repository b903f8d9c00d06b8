//! Faults in reading ECDSA signatures (RFC 7518 section 3.4), and in the range of r and s.

use num_bigint::BigUint;

use super::lax::{Attempt, fixed_width, or_else};
use super::unhandled::unhandled;
use super::{Fault, as_before, changed, wrong_check};
use crate::crypto::verifies_on;
use crate::{Check, Objection};
use jwtspec_jose::{Curve, Material};
use jwtspec_types::words::{Algorithm, Family, Reason};

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "ecdsa-zero-accepted",
        "takes an ECDSA signature whose r and s are zero",
        changed("signature", |it| or_else(it, |it| Some(Halves::of(it)?.are([0, 0])))),
    )
    .caught_by(&[
        "signature/ecdsa-zeros",
        "ecdsa/es384-zeros",
        "ecdsa/es512-zeros",
        "ecdsa/es256k-zeros",
    ]),
    wrong_check(
        "ecdsa-order-taken-for-zero",
        "reduces r and s of an ECDSA signature after it has seen that they are not zero",
        changed("signature", |it| {
            or_else(it, |it| {
                let halves = Halves::of(it)?;
                Some(!halves.are([0, 0]) && halves.reduced().are([0, 0]))
            })
        }),
    )
    .caught_by(&["signature/ecdsa-order-twice", "ecdsa/*-order-twice"]),
    wrong_check(
        "ecdsa-range-unchecked",
        "reduces r and s of an ECDSA signature modulo the group order",
        changed("signature", |it| or_else(it, |it| Halves::of(it)?.reduced().verify(it))),
    )
    .caught_by(&["ecdsa/es512-r-plus-order", "ecdsa/es512-s-plus-order"]),
    wrong_check(
        "ecdsa-infinity-compared",
        "compares r of an ECDSA signature with the point at infinity, which an s of zero leads to",
        changed("signature", |it| {
            or_else(it, |it| Some(Halves::of(it)?.reduced().s == BigUint::ZERO))
        }),
    )
    .caught_by(&[
        "signature/ecdsa-s-zero",
        "signature/ecdsa-s-is-order",
        "ecdsa/*-s-zero",
        "ecdsa/*-s-is-order",
    ]),
    wrong_check(
        "ecdsa-edge-values-unverified",
        "does not verify an ECDSA signature whose r or s is at the edge of its range",
        changed("signature", |it| or_else(it, edge)),
    )
    .caught_by(&[
        "signature/ecdsa-r-zero",
        "signature/ecdsa-r-is-order",
        "ecdsa/*-r-zero",
        "ecdsa/*-r-is-order",
        "ecdsa/*-r-one",
        "ecdsa/*-s-one",
        "ecdsa/*-r-order-minus-one",
        "ecdsa/*-s-order-minus-one",
        "ecdsa/*-edge-values",
    ]),
    wrong_check(
        "ecdsa-der-accepted",
        "takes an ECDSA signature in DER",
        changed("signature", |it| or_else(it, |it| Halves::of_der(it)?.verify(it))),
    )
    .caught_by(&[
        "signature/ecdsa-der",
        "signature/es384-der",
        "signature/es512-der",
        "ecdsa/es256k-der",
    ]),
    wrong_check(
        "ecdsa-der-of-zeros-accepted",
        "takes an ECDSA signature in DER whose r and s are zero",
        changed("signature", |it| or_else(it, |it| Some(Halves::of_der(it)?.are([0, 0])))),
    )
    .caught_by(&["ecdsa/*-der-of-zeros"]),
    wrong_check(
        "ecdsa-der-of-order-accepted",
        "takes an ECDSA signature in DER whose r and s are zero modulo the group order",
        changed("signature", |it| {
            or_else(it, |it| {
                let halves = Halves::of_der(it)?;
                Some(!halves.are([0, 0]) && halves.reduced().are([0, 0]))
            })
        }),
    )
    .caught_by(&["ecdsa/*-der-of-order-twice"]),
    wrong_check(
        "ecdsa-short-halves-accepted",
        "takes the halves of an ECDSA signature for r and s, whatever their length",
        changed("signature", |it| or_else(it, |it| Halves::split(it)?.verify(it))),
    )
    .caught_by(&[
        "signature/ecdsa-leading-zero-removed",
        "ecdsa/es256k-leading-zero-removed",
        "ecdsa/es512-leading-zeros-removed",
        "ecdsa/*-leading-zeros-added",
    ]),
    wrong_check(
        "ecdsa-wide-halves-cut",
        "reads as many octets as it needs from the end of each half of an ECDSA signature",
        changed("signature", |it| or_else(it, |it| Halves::cut(it)?.verify(it))),
    )
    .caught_by(&["ecdsa/*-high-octets-added"]),
    wrong_check(
        "es256k-unverified",
        "takes any signature of the right length under ES256K",
        changed("signature", |it| {
            or_else(it, |it| {
                let has_length = it.signature.len() == 2 * Curve::Secp256k1.bytes();
                Some(has_length && it.algorithm == Algorithm::Es256k)
            })
        }),
    )
    .caught_by(&["ecdsa/es256k-claim-changed", "ecdsa/es256k-other-key"]),
    wrong_check("ecdsa-high-s-refused", "refuses the higher of the two values of s", LOW_ONLY)
        .caught_by(&["signature/ecdsa-other-s"]),
    wrong_check(
        "ecdsa-leading-zero-refused",
        "refuses an r that begins with an octet of zero",
        NO_LEADING_ZERO,
    )
    .caught_by(&[
        "signature/ecdsa-leading-zero",
        "signature/es512-leading-zeros",
        "ecdsa/es256k-leading-zero",
    ]),
    // The key is no point of that curve, so no signature is right.
    wrong_check(
        "es256k-on-p256",
        "verifies ES256K on the curve P-256",
        changed("signature", |it| refuse_if(it, |halves| halves.curve == Curve::Secp256k1)),
    )
    .caught_by(&["ecdsa/es256k", "ecdsa/es256k-leading-zero"]),
    wrong_check(
        "es256k-high-s-unhandled",
        "fails with an unhandled error at the higher of the two values of s of ES256K",
        changed("signature", |it| {
            refuse_if(it, |halves| {
                if halves.curve == Curve::Secp256k1 && halves.is_high() {
                    unhandled("s");
                }
                false
            })
        }),
    )
    .caught_by(&["ecdsa/es256k-other-s"]),
];

/// r and s.
pub(super) struct Halves {
    curve: Curve,
    r: BigUint,
    s: BigUint,
}

impl Halves {
    /// Those of a signature that is as long as it should be.
    fn of(attempt: &Attempt<'_>) -> Option<Self> {
        let halves = Self::split(attempt)?;
        (attempt.signature.len() == 2 * halves.curve.bytes()).then_some(halves)
    }

    /// Those of a signature of any length.
    fn split(attempt: &Attempt<'_>) -> Option<Self> {
        let Material::Ec { curve, .. } = attempt.key else { return None };
        attempt.is_family(Family::Ec).then_some(())?;
        let (r, s) = attempt.signature.split_at(attempt.signature.len() / 2);
        let number = BigUint::from_bytes_be;
        Some(Self { curve: *curve, r: number(r), s: number(s) })
    }

    /// Those in the last bytes of each half of a signature that may be longer.
    fn cut(attempt: &Attempt<'_>) -> Option<Self> {
        let Halves { curve, .. } = Self::split(attempt)?;
        let (r, s) = attempt.signature.split_at(attempt.signature.len() / 2);
        let end = |half: &[u8]| {
            Some(BigUint::from_bytes_be(&half[half.len().checked_sub(curve.bytes())?..]))
        };
        Some(Self { curve, r: end(r)?, s: end(s)? })
    }

    /// Those of a signature in DER.
    fn of_der(attempt: &Attempt<'_>) -> Option<Self> {
        attempt.is_family(Family::Ec).then_some(())?;
        Self::in_der(attempt)
    }

    /// The same, whatever the header calls it.
    pub(super) fn in_der(attempt: &Attempt<'_>) -> Option<Self> {
        let Material::Ec { curve, .. } = attempt.key else { return None };
        let (sequence, []) = value(0x30, attempt.signature)? else { return None };
        let (r, rest) = value(2, sequence)?;
        let (s, []) = value(2, rest)? else { return None };
        let number = BigUint::from_bytes_be;
        Some(Self { curve: *curve, r: number(r), s: number(s) })
    }

    fn are(&self, values: [u8; 2]) -> bool {
        [self.r.clone(), self.s.clone()] == values.map(BigUint::from)
    }

    fn is_high(&self) -> bool {
        &self.s << 1 > self.curve.order()
    }

    fn reduced(self) -> Self {
        let order = self.curve.order();
        Self { r: self.r % &order, s: self.s % order, ..self }
    }

    /// Verifies them in the form that a JWT has.
    pub(super) fn verify(&self, attempt: &Attempt<'_>) -> Option<bool> {
        let Material::Ec { curve, point } = attempt.key else { return None };
        let half = |number| fixed_width(number, curve.bytes());
        let signature = [half(&self.r)?, half(&self.s)?].concat();
        Some(verifies_on(*curve, point, attempt.message, &signature))
    }
}

fn edge(attempt: &Attempt<'_>) -> Option<bool> {
    let halves = Halves::of(attempt)?;
    let order = halves.curve.order();
    let edges = [BigUint::ZERO, 1_u8.into(), &order - 1_u8, order];
    Some(edges.contains(&halves.r) || edges[1..3].contains(&halves.s))
}

/// The content of a value of DER, and what is behind it.
fn value(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match bytes.strip_prefix(&[tag])? {
        [0x81, length, rest @ ..] | [length @ ..=0x7f, rest @ ..] => {
            rest.split_at_checked(usize::from(*length))
        }
        _ => None,
    }
}

const LOW_ONLY: Check = changed("signature", |examination| refuse_if(examination, Halves::is_high));

const NO_LEADING_ZERO: Check = changed("signature", |examination| {
    refuse_if(examination, |halves| {
        halves.r.bits() <= 8 * (u64::try_from(halves.curve.bytes()).unwrap_or_default() - 1)
    })
});

/// Verifies as before, and then refuses some signatures that are right.
fn refuse_if(
    examination: &mut crate::Examination<'_>,
    is_refused: fn(&Halves) -> bool,
) -> Result<(), Objection> {
    as_before("signature", examination)?;
    let algorithm = examination.algorithm()?;
    let [_, _, signature] = examination.decoded()?;
    let keys = examination.candidates()?.iter().filter_map(|key| key.material.as_ref().ok());
    let mut halves =
        keys.filter_map(|key| Halves::of(&Attempt { algorithm, key, message: &[], signature }));
    if halves.any(|halves| is_refused(&halves)) {
        return Err(Objection::because(Reason::SignatureInvalid, "r or s is not taken"));
    }
    Ok(())
}
