#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| jwtspec_fuzz::differential(data));

// Octets changed by chance would never get past the signature.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    jwtspec_fuzz::mutate(data, size, max_size, seed, fuzzer_mutate)
});
