#![no_main]

jwtspec::fuzz_verifier!(jwtspec_reference::Reference::default());
