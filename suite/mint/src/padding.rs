//! Encoded messages of RSA that a verifier must refuse, made of the right one.
//!
//! The right one comes out of the signature, raised to the public exponent. A changed one is raised
//! to the private exponent again, so it works under every key, or its cube root is taken, for which
//! a public exponent of 3 is enough.

use num_bigint::BigUint;

use super::octets::{fixed_width, tagged};
use super::{big, sign};
use crate::recipe::PaddingFault;
use jwtspec_fixtures::Key;
use jwtspec_types::words::{Algorithm, Family};

/// The bytes of padding that RFC 8017 section 9.2 asks for at least.
const LEAST_PADDING: usize = 8;

/// The signature of a changed encoded message; nothing if this one cannot be changed so.
pub(super) fn signed(
    fault: PaddingFault,
    signature: &[u8],
    algorithm: Algorithm,
    key: Key,
) -> Option<Vec<u8>> {
    let block = encoded(signature, key)?;
    let changed = match algorithm.family() {
        Family::RsaPss => change_pss(fault, block, algorithm)?,
        _ => change_pkcs1(fault, &block)?,
    };
    // Above the modulus another number would be signed.
    (BigUint::from_bytes_be(&changed) < big(key, "n")).then(|| sign::raise(key, &changed))
}

/// True if such an encoded message belongs to signatures of this algorithm.
pub(super) fn is_for(fault: PaddingFault, algorithm: Algorithm) -> bool {
    match algorithm.family() {
        Family::RsaPkcs1 => !fault.as_str().starts_with("pss-"),
        Family::RsaPss => fault.as_str().starts_with("pss-"),
        _ => false,
    }
}

/// The encoded message of a signature, as wide as the signature.
pub(super) fn encoded(signature: &[u8], key: Key) -> Option<Vec<u8>> {
    let block = BigUint::from_bytes_be(signature).modpow(&big(key, "e"), &big(key, "n"));
    fixed_width(&block, signature.len())
}

/// `DigestInfo` in its parts.
struct DigestInfo<'a> {
    whole: &'a [u8],
    /// The object identifier with tag and length.
    oid: &'a [u8],
    hash: &'a [u8],
}

impl<'a> DigestInfo<'a> {
    fn of(block: &'a [u8]) -> Option<Self> {
        let padding = block.get(2..)?.iter().position(|byte| *byte == 0)?;
        let whole = block.get(padding + 3..)?;
        let end_of_algorithm = 4 + usize::from(*whole.get(3)?);
        Some(Self {
            whole,
            oid: whole.get(4..end_of_algorithm.checked_sub(2)?)?,
            hash: whole.get(end_of_algorithm + 2..)?,
        })
    }

    /// Another one, of this algorithm identifier, this hash and what follows.
    fn with(algorithm: Vec<u8>, hash: &[u8], behind: &[u8]) -> Vec<u8> {
        let parts = [tagged(0x30, algorithm), tagged(0x04, hash.to_vec()), behind.to_vec()];
        tagged(0x30, parts.concat())
    }
}

fn change_pkcs1(fault: PaddingFault, block: &[u8]) -> Option<Vec<u8>> {
    let length = block.len();
    let info = DigestInfo::of(block)?;
    let algorithm = [info.oid, &[5, 0]].concat();
    let padded = |start: &[u8], end: &[u8]| {
        let padding = length.checked_sub(start.len() + end.len())?;
        Some([start, vec![0xff; padding].as_slice(), end].concat())
    };
    let usual = |info: &[u8]| padded(&[0, 1], &[&[0], info].concat());
    let at_the_end =
        |end: &[u8]| Some([vec![0; length.checked_sub(end.len())?].as_slice(), end].concat());
    let shortest = [[0, 1].as_slice(), &[0xff; LEAST_PADDING], &[0]].concat();
    match fault {
        PaddingFault::GarbageBehind => {
            let start = [shortest.as_slice(), info.whole].concat();
            Some([start.as_slice(), &garbage(length.checked_sub(start.len())?)].concat())
        }
        PaddingFault::GarbageInParameters => filled(length, &shortest, |garbage| {
            let algorithm = [info.oid, &tagged(0x04, garbage)].concat();
            DigestInfo::with(algorithm, info.hash, &[])
        }),
        PaddingFault::GarbageInDigestInfo => filled(length, &shortest, |garbage| {
            DigestInfo::with(algorithm.clone(), info.hash, &tagged(0x04, garbage))
        }),
        PaddingFault::ParametersAbsent => {
            usual(&DigestInfo::with(info.oid.to_vec(), info.hash, &[]))
        }
        PaddingFault::LongLengths => {
            let long = |tag: u8, content: &[u8]| {
                let [length] = u16::try_from(content.len()).ok()?.to_be_bytes()[1..] else {
                    return None;
                };
                Some([&[tag, 0x81, length], content].concat())
            };
            let parts = [long(0x30, &algorithm)?, long(0x04, info.hash)?].concat();
            usual(&long(0x30, &parts)?)
        }
        PaddingFault::IndefiniteLength => {
            let parts = [tagged(0x30, algorithm), tagged(0x04, info.hash.to_vec())].concat();
            usual(&[&[0x30, 0x80], parts.as_slice(), &[0, 0]].concat())
        }
        PaddingFault::OtherTag => usual(&[&[0x31], info.whole.get(1..)?].concat()),
        PaddingFault::ElementBehindParameters => {
            let algorithm = [algorithm.as_slice(), &tagged(0x04, vec![GARBAGE])].concat();
            usual(&DigestInfo::with(algorithm, info.hash, &[]))
        }
        PaddingFault::Short => {
            let start = [[1].as_slice(), &[0xff; LEAST_PADDING - 1], &[0]].concat();
            at_the_end(&[start.as_slice(), info.whole].concat())
        }
        PaddingFault::Absent => at_the_end(info.whole),
        PaddingFault::OtherOctet => {
            let mut block = block.to_vec();
            *block.get_mut(2 + LEAST_PADDING)? = 0xfe;
            Some(block)
        }
        PaddingFault::BlockType0 => padded(&[0, 0], &[&[0], info.whole].concat()),
        PaddingFault::BlockType2 => padded(&[0, 2], &[&[0], info.whole].concat()),
        PaddingFault::FirstOctet => padded(&[1, 1], &[&[0], info.whole].concat()),
        PaddingFault::LeadingZeroRemoved => padded(&[1], &[&[0], info.whole].concat()),
        PaddingFault::NoSeparator => padded(&[0, 1], info.whole),
        PaddingFault::BareHash => usual(info.hash),
        PaddingFault::EmptyHash => usual(&DigestInfo::with(algorithm, &[], &[])),
        PaddingFault::OtherIdentifier => {
            // SHA-512/256, whose hash is as long as that of SHA-256.
            let mut algorithm = algorithm;
            *algorithm.get_mut(info.oid.len() - 1)? = 6;
            usual(&DigestInfo::with(algorithm, info.hash, &[]))
        }
        PaddingFault::HashElsewhere => {
            let other: Vec<u8> = info.hash.iter().map(|byte| !byte).collect();
            let other = DigestInfo::with(algorithm, &other, &[]);
            let start = [[0, 1].as_slice(), &[0xff; LEAST_PADDING], info.whole].concat();
            padded(&start, &[&[0], other.as_slice()].concat())
        }
        _ => None,
    }
}

fn change_pss(fault: PaddingFault, mut block: Vec<u8>, algorithm: Algorithm) -> Option<Vec<u8>> {
    let width = algorithm.hash_octets();
    let (end, separator) = (block.len() - 1, block.len().checked_sub(2 * width + 2)?);
    // A mask only adds: a bit that changes under it changes in what it masks.
    let (place, bits) = match fault {
        PaddingFault::PssTrailer => (end, 0xbc ^ 0xcc),
        PaddingFault::PssTopBit => (0, 0x80),
        PaddingFault::PssPadding => (8, 1),
        PaddingFault::PssSeparator => (separator, 2),
        PaddingFault::PssSalt => (separator + 1, 1),
        PaddingFault::PssHash => (end - 1, 1),
        _ => return None,
    };
    let mask =
        |block: &[u8]| sign::mgf1(sign::hash_of(algorithm), &block[end - width..end], end - width);
    let before = mask(&block);
    *block.get_mut(place)? ^= bits;
    if fault == PaddingFault::PssHash {
        // The mask is made of the hash.
        let masks = before.into_iter().zip(mask(&block));
        for (byte, (old, new)) in block.iter_mut().zip(masks) {
            *byte ^= old ^ new;
        }
        block[0] &= 0x7f;
    }
    Some(block)
}

/// A number whose cube is such an encoded message, for a key whose exponent is 3; nothing if this
/// token has none.
pub(super) fn cube_root(fault: PaddingFault, block: &[u8]) -> Option<Vec<u8>> {
    let changed = change_pkcs1(fault, block)?;
    let length = changed.len();
    let filler = garbage(length);
    // What is garbage is free; the rest has to come out.
    let at = |byte: &[u8]| changed.windows(16).position(|window| window == byte);
    let free = at(filler.get(..16)?)?;
    let (start, behind) = changed.split_at(free);
    let end = &behind[behind.iter().take_while(|byte| **byte == GARBAGE).count()..];
    let bits = |bytes: &[u8]| 8 * bytes.len();
    let low = root_of_low_bits(&BigUint::from_bytes_be(end), bits(end))?;
    let least = BigUint::from_bytes_be(start) << (8 * length - bits(start));
    let root = (least - 1_u8).nth_root(3) + 1_u8;
    // The next number that ends in those bits.
    let step = BigUint::from(1_u8) << bits(end);
    let root = ((root + &step - 1_u8 - &low) >> bits(end)) * step + low;
    let cube = fixed_width(&root.pow(3), length)?;
    (cube.starts_with(start) && cube.ends_with(end)).then(|| fixed_width(&root, length))?
}

/// The odd number below two to the power of `bits` whose cube ends in these bits; none of an even
/// number.
fn root_of_low_bits(number: &BigUint, bits: usize) -> Option<BigUint> {
    let mut root = BigUint::from(u8::from(bits > 0));
    if bits > 0 && !number.bit(0) {
        return None;
    }
    for bit in 1..u64::try_from(bits).ok()? {
        if root.pow(3).bit(bit) != number.bit(bit) {
            root.set_bit(bit, true);
        }
    }
    Some(root)
}

/// A byte that is part of nothing else.
const GARBAGE: u8 = 0xa5;

fn garbage(length: usize) -> Vec<u8> {
    vec![GARBAGE; length]
}

/// A start, and behind it what is made of as much garbage as fits.
fn filled(length: usize, start: &[u8], make: impl Fn(Vec<u8>) -> Vec<u8>) -> Option<Vec<u8>> {
    let room = length.checked_sub(start.len())?;
    // Lengths take more bytes with more garbage.
    (0..room)
        .rev()
        .map(|count| make(garbage(count)))
        .find(|end| end.len() == room)
        .map(|end| [start, &end].concat())
}
