#![no_main]

jwtspec::fuzz_parser!(jwtspec::fuzz::planted::Planted::FirstOfRepeated);
