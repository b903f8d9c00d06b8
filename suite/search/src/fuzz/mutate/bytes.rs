//! Bytes changed by chance: what libFuzzer does itself, for where it is not there.

use crate::fuzz::rng::Rng;

/// Changes the first `size` bytes of `data`, and returns how many there are now: at most `most`,
/// and at most as many as `data` holds.
pub(super) fn mutate(data: &mut [u8], size: usize, most: usize, rng: &mut Rng) -> usize {
    let most = most.min(data.len());
    let mut bytes = data[..size.min(most)].to_vec();
    for _ in 0..=rng.below(3) {
        let at = rng.below(bytes.len());
        match rng.below(5) {
            0 if !bytes.is_empty() => {
                bytes.remove(at);
            }
            1 if !bytes.is_empty() => bytes[at] ^= 1 << rng.below(8),
            2 if !bytes.is_empty() => bytes[at] = rng.pick(b".=-_{}\"AQ\0\xff"),
            3 if !bytes.is_empty() => {
                let end = at + rng.below(bytes.len() - at).min(64);
                let copy = bytes[at..end].to_vec();
                let to = rng.below(bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => bytes.insert(at, rng.byte()),
        }
    }
    bytes.truncate(most);
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}
