#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jwtspec::fuzz::parse_jwks(data));
