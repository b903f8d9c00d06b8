//! Unstable: generators, property tests, fuzzing over HTTP, and the bodies of libFuzzer targets.

pub mod explore;
pub mod fuzz;
pub mod generate;
pub mod oracle_input;
pub mod property;
