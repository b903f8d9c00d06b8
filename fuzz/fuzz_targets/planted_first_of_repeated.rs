#![no_main]

jwtspec_search::fuzz_parser!(jwtspec_search::fuzz::planted::Planted::FirstOfRepeated);
