#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jwtspec_fuzz::parse_jwt(data));
