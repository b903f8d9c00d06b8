#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jwtspec_search::fuzz::recipe(data));
