//! Unstable: generators, property tests, fuzzing over HTTP, and the bodies of libFuzzer targets.

#[cfg(feature = "full")]
pub mod explore;
pub mod fuzz;
#[cfg(feature = "full")]
pub mod generate;
#[cfg(feature = "full")]
mod mutate;
#[cfg(feature = "full")]
pub mod oracle_input;
#[cfg(feature = "full")]
pub mod property;
#[cfg(feature = "full")]
mod rng;
