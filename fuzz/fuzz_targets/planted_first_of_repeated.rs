#![no_main]

jwtspec::fuzz_parser!(jwtspec_search::fuzz::planted::Planted::FirstOfRepeated);
