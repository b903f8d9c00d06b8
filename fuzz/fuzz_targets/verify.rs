#![no_main]

jwtspec::fuzz_verifier!(jwtspec::reference::Reference::default());
