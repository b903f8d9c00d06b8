//! Faults in verifying the encoded message of RSA-PSS (RFC 8017 section 9.1.2).

use super::lax::{Attempt, hash, or_else};
use super::{Fault, changed, wrong_check};
use jwtspec_types::words::Family;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "pss-trailer-ignored",
        "does not look at the last octet of an RSA-PSS signature",
        changed("signature", |it| or_else(it, |it| verify(it, Unread::Trailer))),
    )
    .caught_by(&["rsa-pss/trailer"]),
    wrong_check(
        "pss-top-bit-ignored",
        "does not look at the bits that an RSA-PSS signature has beyond its modulus",
        changed("signature", |it| or_else(it, |it| verify(it, Unread::TopBit))),
    )
    .caught_by(&["rsa-pss/top-bit"]),
    wrong_check(
        "pss-padding-ignored",
        "does not look at the zeros before the salt of an RSA-PSS signature",
        changed("signature", |it| or_else(it, |it| verify(it, Unread::Padding))),
    )
    .caught_by(&["rsa-pss/padding"]),
    wrong_check(
        "pss-separator-ignored",
        "does not look at the octet before the salt of an RSA-PSS signature",
        changed("signature", |it| or_else(it, |it| verify(it, Unread::Separator))),
    )
    .caught_by(&["rsa-pss/separator"]),
    wrong_check(
        "pss-hash-uncompared",
        "takes the hash in an RSA-PSS signature as it is",
        changed("signature", |it| or_else(it, |it| verify(it, Unread::Hash))),
    )
    .caught_by(&["rsa-pss/salt", "rsa-pss/message-hash", "signature/pss-claim-changed"]),
    wrong_check(
        "pss-any-salt-length",
        "takes a salt of any length in an RSA-PSS signature",
        changed("signature", |it| or_else(it, |it| verify(it, Unread::SaltLength))),
    )
    .caught_by(&[
        "signature/pss-without-salt",
        "signature/pss-salt-of-20-octets",
        "signature/pss-longest-salt",
    ]),
];

/// The part of the encoded message that is not looked at.
#[derive(Clone, Copy, PartialEq)]
enum Unread {
    Trailer,
    TopBit,
    Padding,
    Separator,
    Hash,
    SaltLength,
}

/// EMSA-PSS-VERIFY for moduli whose length is a multiple of eight bits, but for one step.
fn verify(attempt: &Attempt<'_>, unread: Unread) -> Option<bool> {
    attempt.is_family(Family::RsaPss).then_some(())?;
    let width = attempt.algorithm.hash_octets();
    let mut block = attempt.encoded()?;
    let is_read = |part| unread != part;
    if block.pop()? != 0xbc && is_read(Unread::Trailer) {
        return Some(false);
    }
    let inner = block.split_off(block.len().checked_sub(width)?);
    if block.first()? & 0x80 != 0 && is_read(Unread::TopBit) {
        return Some(false);
    }
    for (octet, mask) in block.iter_mut().zip(mask(attempt, &inner)) {
        *octet ^= mask;
    }
    *block.first_mut()? &= 0x7f;
    let place = match unread {
        Unread::SaltLength => block.iter().position(|octet| *octet != 0)?,
        _ => block.len().checked_sub(width + 1)?,
    };
    let (padding, rest) = block.split_at(place);
    let (separator, salt) = rest.split_first()?;
    let is_padded = padding.iter().all(|octet| *octet == 0) || !is_read(Unread::Padding);
    let is_separated = *separator == 1 || !is_read(Unread::Separator);
    let right = hash(attempt.algorithm, &[&[0; 8], attempt.hash().as_slice(), salt].concat());
    Some(is_padded && is_separated && (right == inner || !is_read(Unread::Hash)))
}

/// MGF1 over the algorithm's own hash, endless.
fn mask(attempt: &Attempt<'_>, seed: &[u8]) -> impl Iterator<Item = u8> {
    let algorithm = attempt.algorithm;
    let seed = seed.to_vec();
    (0_u32..).flat_map(move |counter| {
        hash(algorithm, &[seed.as_slice(), &counter.to_be_bytes()].concat())
    })
}
