//! Octets changed by chance: what libFuzzer does itself, for where it is not there.

use crate::fuzz::rng::Rng;

/// Changes the first `size` octets of `data`, and returns how many there are now: at most `most`,
/// and at most as many as `data` holds.
pub(super) fn mutate(data: &mut [u8], size: usize, most: usize, rng: &mut Rng) -> usize {
    let most = most.min(data.len());
    let mut octets = data[..size.min(most)].to_vec();
    for _ in 0..=rng.below(3) {
        let at = rng.below(octets.len());
        match rng.below(5) {
            0 if !octets.is_empty() => {
                octets.remove(at);
            }
            1 if !octets.is_empty() => octets[at] ^= 1 << rng.below(8),
            2 if !octets.is_empty() => octets[at] = rng.pick(b".=-_{}\"AQ\0\xff"),
            3 if !octets.is_empty() => {
                let end = at + rng.below(octets.len() - at).min(64);
                let copy = octets[at..end].to_vec();
                let to = rng.below(octets.len());
                octets.splice(to..to, copy);
            }
            _ => octets.insert(at, rng.byte()),
        }
    }
    octets.truncate(most);
    data[..octets.len()].copy_from_slice(&octets);
    octets.len()
}
