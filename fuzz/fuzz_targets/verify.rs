#![no_main]

jwtspec_search::fuzz_verifier!(jwtspec_reference::Reference::default());
