#![no_main]

use jwtspec::fuzz::{parse_jwt, planted::Planted};

libfuzzer_sys::fuzz_target!(|data: &[u8]| parse_jwt(data, &[&Planted::PanicsAtDepth]));
