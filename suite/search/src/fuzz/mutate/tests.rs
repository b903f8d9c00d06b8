use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::rng::Rng;

/// Runs the mutator on a buffer of `room` bytes, followed by others that are not its own.
fn run(data: &[u8], size: usize, max_size: usize, room: usize, seed: u32) -> (Vec<u8>, usize) {
    const BEYOND: [u8; 32] = [0xa5; 32];
    let mut buffer = data.to_vec();
    buffer.resize(room, 0x5a);
    let mut whole = [buffer.as_slice(), &BEYOND].concat();
    let length = mutate(&mut whole[..room], size, max_size, seed);
    assert!(length <= max_size && length <= room, "{length} of {max_size} in {room}");
    assert_eq!(whole[room..], BEYOND);
    // What lies between the two sizes is left alone too.
    let most = max_size.min(room);
    assert_eq!(whole[most..room], buffer[most..]);
    whole.truncate(length);
    (whole, length)
}

fn valid(seed: u32) -> String {
    let mutator = Mutator::default();
    mutator.signed(mutator.valid(&mut Rng::new(seed.into(), "valid"))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn it_keeps_within_any_buffer(
        data in prop::collection::vec(any::<u8>(), 0..300),
        size in 0_usize..400,
        max_size in 0_usize..600,
        room in 0_usize..600,
        seed: u32,
    ) {
        let (first, _) = run(&data, size, max_size, room, seed);
        prop_assert_eq!(run(&data, size, max_size, room, seed).0, first);
    }

    #[test]
    fn it_keeps_within_any_buffer_when_it_holds_a_token(
        before: u32,
        max_size in 0_usize..2_000,
        room in 0_usize..2_000,
        seeds in prop::collection::vec(any::<u32>(), 1..20),
    ) {
        let token = valid(before);
        let mut data = token.into_bytes();
        for seed in seeds {
            let size = data.len();
            data = run(&data, size, max_size, room, seed).0;
        }
    }

    #[test]
    fn another_mutator_of_octets_is_not_trusted(
        claimed in 0_usize..5_000,
        max_size in 0_usize..400,
        seed: u32,
    ) {
        let mut data = vec![b'.'; 300];
        let length = Mutator::default().mutate(&mut data, 300, max_size, seed, |_, _, _| claimed);
        prop_assert!(length <= max_size.min(300));
    }

    #[test]
    fn crossing_over_keeps_within_any_buffer(
        first in prop::collection::vec(any::<u8>(), 0..200),
        second in prop::collection::vec(any::<u8>(), 0..200),
        room in 0_usize..300,
        seed: u32,
    ) {
        let mut out = vec![0; room];
        prop_assert!(crossover(&first, &second, &mut out, seed) <= room);
    }
}

#[test]
fn from_nothing_it_comes_to_tokens() {
    let made = (0..64).filter(|seed| {
        let (bytes, length) = run(&[], 0, 1_000, 1_000, *seed);
        bytes[..length].iter().filter(|byte| **byte == b'.').count() >= 2
    });
    assert!(made.count() > 10);
}

#[test]
fn it_reaches_far() {
    let token = valid(1).into_bytes();
    let reached: HashSet<Vec<u8>> =
        (0..1_000).map(|seed| run(&token, token.len(), 4_096, 4_096, seed).0).collect();
    assert!(reached.len() > 700, "only {} different mutations of 1000", reached.len());
}
