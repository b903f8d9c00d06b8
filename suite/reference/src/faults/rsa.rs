//! Faults in comparing the padding of RSA PKCS #1 v1.5 (RFC 8017 section 8.2.2), and in its numbers.
//!
//! Each takes an encoded message that differs in one thing from the right one.

use num_bigint::BigUint;

use super::lax::{Attempt, fixed_width, or_else};
use super::unhandled::unhandled;
use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::crypto::verifies;
use crate::{Check, Reference};
use jwtspec_jose::{Material, PublishedKey, decode};
use jwtspec_types::words::Family;
use serde_json::Value;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "rsa-garbage-behind-digest-accepted",
        "does not look behind the `DigestInfo` of an RSA signature",
        changed("signature", |it| {
            or_else(it, |it| padded(it, |rest, right| rest.starts_with(&right.info)))
        }),
    )
    .caught_by(&["rsa-padding/garbage-behind", "rsa-padding/forged-garbage-behind"]),
    wrong_check(
        "rsa-digest-parameters-unread",
        "takes any parameters of the hash in the `DigestInfo` of an RSA signature",
        changed("signature", |it| or_else(it, |it| padded(it, any_parameters))),
    )
    .caught_by(&["rsa-padding/garbage-in-parameters", "rsa-padding/forged-garbage-in-parameters"]),
    wrong_check(
        "rsa-digest-info-unended",
        "takes a `DigestInfo` of an RSA signature that holds more than a hash",
        changed("signature", |it| or_else(it, |it| padded(it, more_than_a_hash))),
    )
    .caught_by(&["rsa-padding/garbage-in-digest-info"]),
    wrong_check(
        "rsa-ber-lengths-accepted",
        "reads the `DigestInfo` of an RSA signature as BER, not as DER",
        changed("signature", |it| or_else(it, |it| padded(it, ber_lengths))),
    )
    .caught_by(&["rsa-padding/long-lengths"]),
    wrong_check(
        "rsa-indefinite-length-accepted",
        "takes a `DigestInfo` of an RSA signature that has no length, and ends with a mark",
        changed("signature", |it| or_else(it, |it| padded(it, indefinite_length))),
    )
    .caught_by(&["rsa-padding/indefinite-length"]),
    wrong_check(
        "rsa-tags-unread",
        "takes a value of any type for the `DigestInfo` of an RSA signature",
        changed("signature", |it| {
            or_else(it, |it| padded(it, |rest, right| rest.get(1..) == right.info.get(1..)))
        }),
    )
    .caught_by(&["rsa-padding/other-tag"]),
    wrong_check(
        "rsa-algorithm-unended",
        "takes an RSA signature that names more behind the parameters of its hash",
        changed("signature", |it| or_else(it, |it| padded(it, more_than_parameters))),
    )
    .caught_by(&["rsa-padding/element-behind-parameters"]),
    wrong_check(
        "rsa-short-padding-accepted",
        "does not count the padding of an RSA signature",
        changed("signature", |it| or_else(it, |it| encoded(it, short_padding))),
    )
    .caught_by(&["rsa-padding/short"]),
    wrong_check(
        "rsa-missing-padding-accepted",
        "takes an RSA signature over a `DigestInfo` without padding",
        changed("signature", |it| {
            or_else(it, |it| encoded(it, |block, right| without_zeros(block) == right.info))
        }),
    )
    .caught_by(&["rsa-padding/absent"]),
    wrong_check(
        "rsa-padding-octets-unread",
        "skips the padding of an RSA signature to the first octet of zero",
        changed("signature", |it| or_else(it, |it| encoded(it, any_octets))),
    )
    .caught_by(&["rsa-padding/other-octet"]),
    wrong_check(
        "rsa-block-type-unread",
        "does not look at the block type of an RSA signature",
        changed("signature", |it| or_else(it, |it| instead(it, 1, 1))),
    )
    .caught_by(&["rsa-padding/block-type-0", "rsa-padding/block-type-2"]),
    wrong_check(
        "rsa-first-octet-unread",
        "does not look at the first octet of an RSA signature's padding",
        changed("signature", |it| or_else(it, |it| instead(it, 0, 0))),
    )
    .caught_by(&["rsa-padding/first-octet"]),
    wrong_check(
        "rsa-leading-zero-optional",
        "does without the zero in front of an RSA signature's padding",
        changed("signature", |it| {
            or_else(it, |it| encoded(it, |block, right| is_padded(&[&[0], block].concat(), right)))
        }),
    )
    .caught_by(&["rsa-padding/leading-zero-removed"]),
    wrong_check(
        "rsa-separator-optional",
        "does without the zero behind the padding of an RSA signature",
        changed("signature", |it| or_else(it, |it| encoded(it, no_separator))),
    )
    .caught_by(&["rsa-padding/no-separator"]),
    wrong_check(
        "rsa-bare-hash-accepted",
        "takes an RSA signature over a hash without `DigestInfo`",
        changed("signature", |it| or_else(it, |it| padded(it, |rest, right| rest == right.hash()))),
    )
    .caught_by(&["rsa-padding/bare-hash"]),
    wrong_check(
        "rsa-hash-length-unchecked",
        "compares as much of the hash as an RSA signature holds",
        changed("signature", |it| or_else(it, |it| padded(it, part_of_hash))),
    )
    .caught_by(&["rsa-padding/empty-hash"]),
    wrong_check(
        "rsa-hash-identifier-unread",
        "does not look at which hash an RSA signature names",
        changed("signature", |it| or_else(it, |it| padded(it, any_identifier))),
    )
    .caught_by(&["rsa-padding/other-identifier"]),
    wrong_check(
        "rsa-hash-searched",
        "looks for the `DigestInfo` anywhere in an RSA signature",
        changed("signature", |it| or_else(it, |it| encoded(it, anywhere))),
    )
    .caught_by(&["rsa-padding/hash-elsewhere"]),
    wrong_check(
        "rsa-padding-ignored",
        "compares the end of an RSA signature with the hash, and nothing before it",
        changed("signature", |it| {
            or_else(it, |it| encoded(it, |block, right| block.ends_with(right.hash())))
        }),
    )
    .caught_by(&["rsa-padding/other-octet", "rsa-padding/forged-garbage-in-parameters"]),
    wrong_check(
        "rsa-trivial-signatures-accepted",
        "takes the numbers whose powers are known for signatures of anything: 0, 1, n - 1 and n",
        changed("signature", |it| or_else(it, trivial)),
    )
    .caught_by(&[
        "signature/zeros",
        "rsa-padding/one",
        "rsa-padding/modulus",
        "rsa-padding/modulus-minus-one",
        "rsa-pss/modulus",
        "rsa-pss/modulus-minus-one",
        "rsa-pss/one",
    ]),
    wrong_check(
        "rsa-signature-range-unchecked",
        "reduces an RSA signature modulo n before it verifies it",
        changed("signature", |it| or_else(it, reduced)),
    )
    .caught_by(&["signature/modulus-added", "rsa-pss/modulus-added"]),
    wrong_check(
        "rsa-absent-parameters-unhandled",
        "fails with an unhandled error where a `DigestInfo` has no parameters of the hash",
        changed("signature", |it| {
            or_else(it, |it| match padded(it, without_parameters)? {
                true => unhandled("DigestInfo"),
                false => Some(false),
            })
        }),
    )
    .caught_by(&["rsa-padding/parameters-absent"]),
    fault(
        "rsa-exponent-one-accepted",
        "verifies with an RSA key whose exponent is 1",
        exponent_one,
    )
    .caught_by(&["rsa-padding/exponent-one"]),
];

/// The right content of an encoded message.
struct Right {
    /// `DigestInfo`, in DER.
    info: Vec<u8>,
}

/// The parts of every `DigestInfo` here before its hash: SEQUENCE, SEQUENCE, identifier, NULL.
const OUTER: usize = 2;
const IDENTIFIER: usize = 4;
const PARAMETERS: usize = 15;
const HASH: usize = 19;

impl Right {
    fn of(attempt: &Attempt<'_>) -> Self {
        let hash = attempt.hash();
        #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
        let (length, name) = (hash.len() as u8, hash.len() as u8 / 16 - 1);
        let start = [0x30, 17 + length, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, name];
        Self { info: [start.as_slice(), &[5, 0, 4, length], &hash].concat() }
    }

    fn hash(&self) -> &[u8] {
        &self.info[HASH..]
    }
}

/// Judges the whole encoded message.
fn encoded(attempt: &Attempt<'_>, judge: fn(&[u8], &Right) -> bool) -> Option<bool> {
    attempt.is_family(Family::RsaPkcs1).then_some(())?;
    Some(judge(&attempt.encoded()?, &Right::of(attempt)))
}

/// Judges what is behind a padding that is as it should be.
fn padded(attempt: &Attempt<'_>, judge: fn(&[u8], &Right) -> bool) -> Option<bool> {
    attempt.is_family(Family::RsaPkcs1).then_some(())?;
    Some(judge(behind_padding(&attempt.encoded()?)?, &Right::of(attempt)))
}

fn behind_padding(block: &[u8]) -> Option<&[u8]> {
    let octets = block.strip_prefix(&[0, 1])?;
    let padding = octets.iter().take_while(|octet| **octet == 0xff).count();
    if padding < 8 { None } else { octets[padding..].strip_prefix(&[0]) }
}

fn is_padded(block: &[u8], right: &Right) -> bool {
    behind_padding(block) == Some(&right.info)
}

/// The encoded message with this octet in this place, whatever was there.
fn instead(attempt: &Attempt<'_>, place: usize, octet: u8) -> Option<bool> {
    attempt.is_family(Family::RsaPkcs1).then_some(())?;
    let mut block = attempt.encoded()?;
    *block.get_mut(place)? = octet;
    Some(is_padded(&block, &Right::of(attempt)))
}

fn without_zeros(block: &[u8]) -> &[u8] {
    &block[block.iter().take_while(|octet| **octet == 0).count()..]
}

fn short_padding(block: &[u8], right: &Right) -> bool {
    let rest = without_zeros(block).strip_prefix(&[1]).unwrap_or_default();
    let padding = rest.iter().take_while(|octet| **octet == 0xff).count();
    padding > 0 && rest[padding..].strip_prefix(&[0]) == Some(&right.info)
}

fn any_octets(block: &[u8], right: &Right) -> bool {
    let rest = block.strip_prefix(&[0, 1]).unwrap_or_default();
    let end = rest.iter().position(|octet| *octet == 0).unwrap_or_default();
    end >= 8 && rest[end + 1..] == right.info
}

fn no_separator(block: &[u8], right: &Right) -> bool {
    let rest = block.strip_prefix(&[0, 1]).unwrap_or_default();
    let padding = rest.iter().take_while(|octet| **octet == 0xff).count();
    padding >= 8 && rest[padding..] == right.info
}

fn anywhere(block: &[u8], right: &Right) -> bool {
    block.windows(right.info.len()).any(|window| window == right.info)
}

fn part_of_hash(rest: &[u8], right: &Right) -> bool {
    let Some((start, hash)) = rest.split_at_checked(HASH) else { return false };
    let same_start = (0..HASH).all(|at| [1, HASH - 1].contains(&at) || start[at] == right.info[at]);
    same_start && right.hash().starts_with(hash)
}

fn any_identifier(rest: &[u8], right: &Right) -> bool {
    let is_identifier = |place: &usize| (IDENTIFIER + 2..PARAMETERS).contains(place);
    rest.len() == right.info.len()
        && (0..rest.len()).all(|place| is_identifier(&place) || rest[place] == right.info[place])
}

fn any_parameters(rest: &[u8], right: &Right) -> bool {
    let parts = || {
        let (sequence, []) = value(0x30, rest)? else { return None };
        let (algorithm, hash) = value(0x30, sequence)?;
        let is_right = algorithm.starts_with(&right.info[IDENTIFIER..PARAMETERS]);
        Some((is_right, value(4, hash)? == (right.hash(), [].as_slice())))
    };
    parts() == Some((true, true))
}

fn without_parameters(rest: &[u8], right: &Right) -> bool {
    let parts = || {
        let (sequence, []) = value(0x30, rest)? else { return None };
        let (algorithm, hash) = value(0x30, sequence)?;
        Some(algorithm == &right.info[IDENTIFIER..PARAMETERS] && value(4, hash)?.0 == right.hash())
    };
    parts() == Some(true)
}

fn more_than_a_hash(rest: &[u8], right: &Right) -> bool {
    let sequence = value(0x30, rest);
    sequence.is_some_and(|(inner, rest)| rest.is_empty() && inner.starts_with(&right.info[OUTER..]))
}

fn more_than_parameters(rest: &[u8], right: &Right) -> bool {
    let parts = || {
        let (sequence, []) = value(0x30, rest)? else { return None };
        let (algorithm, hash) = value(0x30, sequence)?;
        let is_right = algorithm.starts_with(&right.info[IDENTIFIER..HASH - 2]);
        Some((is_right, value(4, hash)? == (right.hash(), [].as_slice())))
    };
    parts() == Some((true, true))
}

fn indefinite_length(rest: &[u8], right: &Right) -> bool {
    let inner = rest.strip_prefix(&[0x30, 0x80]).and_then(|rest| rest.strip_suffix(&[0, 0]));
    inner == Some(&right.info[OUTER..])
}

fn ber_lengths(rest: &[u8], right: &Right) -> bool {
    let parts = || {
        let (sequence, []) = value(0x30, rest)? else { return None };
        let (algorithm, hash) = value(0x30, sequence)?;
        Some(
            algorithm == &right.info[IDENTIFIER..HASH - 2]
                && value(4, hash)? == (right.hash(), &[]),
        )
    };
    parts() == Some(true)
}

/// The content of a value of BER, and what is behind it.
fn value(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match length {
        ..=0x7f => (usize::from(length), rest),
        _ => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (
                octets.iter().try_fold(0_usize, |sum, octet| {
                    Some(sum.checked_mul(256)? + usize::from(*octet))
                })?,
                rest,
            )
        }
    };
    rest.split_at_checked(length)
}

fn trivial(attempt: &Attempt<'_>) -> Option<bool> {
    let Material::Rsa { modulus, .. } = attempt.key else { return None };
    let signature = BigUint::from_bytes_be(attempt.signature);
    let next = (&signature + 1_u8) % BigUint::from_bytes_be(modulus);
    Some(next <= BigUint::from(2_u8))
}

/// Verifies what is left of the signature modulo n.
fn reduced(attempt: &Attempt<'_>) -> Option<bool> {
    let Material::Rsa { modulus, .. } = attempt.key else { return None };
    let rest = BigUint::from_bytes_be(attempt.signature) % BigUint::from_bytes_be(modulus);
    let signature = fixed_width(&rest, modulus.len())?;
    Some(verifies(attempt.algorithm, attempt.key, attempt.message, &signature))
}

/// Uses keys that should be refused for their exponent of 1.
fn exponent_one(reference: Reference) -> Reference {
    const KEY: Check = with_keys("key", |examination| {
        let used = |key: &PublishedKey| {
            let member = |name: &str| decode(key.jwk.get(name).and_then(Value::as_str)?).ok();
            let mut key = key.clone();
            if let (Some(modulus), Some([1])) = (member("n"), member("e").as_deref()) {
                key.material = Ok(Material::Rsa { modulus, exponent: vec![1] });
            }
            key
        };
        examination.keys = Some(examination.keys()?.iter().map(used).collect());
        as_before("key", examination)
    });
    const SIGNATURE: Check = changed("signature", |it| or_else(it, |it| encoded(it, is_padded)));
    reference.replacing(KEY).replacing(SIGNATURE)
}
