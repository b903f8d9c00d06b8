#![no_main]

jwtspec::fuzz_parser!(jsonwebtoken_verifier_fuzz::Header);
