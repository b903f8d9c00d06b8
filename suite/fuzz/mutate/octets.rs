//! Octets changed by chance: what libFuzzer does itself, for where it is not there.

use super::dice::Dice;

/// Changes the first `size` octets of `data`, and returns how many there are now: at most `most`,
/// and at most as many as `data` holds.
pub(super) fn mutate(data: &mut [u8], size: usize, most: usize, dice: &mut Dice) -> usize {
    let most = most.min(data.len());
    let mut octets = data[..size.min(most)].to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(octets.len());
        match dice.below(5) {
            0 if !octets.is_empty() => {
                octets.remove(at);
            }
            1 if !octets.is_empty() => octets[at] ^= 1 << dice.below(8),
            2 if !octets.is_empty() => octets[at] = dice.pick(b".=-_{}\"AQ\0\xff"),
            3 if !octets.is_empty() => {
                let end = at + dice.below(octets.len() - at).min(64);
                let copy = octets[at..end].to_vec();
                let to = dice.below(octets.len());
                octets.splice(to..to, copy);
            }
            _ => octets.insert(at, dice.octet()),
        }
    }
    octets.truncate(most);
    data[..octets.len()].copy_from_slice(&octets);
    octets.len()
}
