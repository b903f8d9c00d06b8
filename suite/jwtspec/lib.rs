//! jwtspec: a conformance test suite for JWT verifiers, over HTTP, whatever their language.
//!
//! A verifier written in Rust takes part by [`Driver`]; [`Conformance`] makes each scenario a test
//! of `cargo test`.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use jwtspec::{
//!     Capabilities, Conformance, Description, Driver, Refusal, Trust, Unsupported, Verifier,
//! };
//!
//! struct Mine;
//!
//! impl Driver for Mine {
//!     fn describe(&self) -> Description {
//!         Description::new("mine", "1.0.0", Capabilities::default().algorithms(["RS256".to_owned()]))
//!     }
//!
//!     fn configure(&self, _trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
//!         // Call your verifier here.
//!         Ok(Arc::new(|_token: &str| Err(Refusal::saying("no token is good enough"))))
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     Conformance::of(Mine).deviations("tests/deviations.toml").main()
//! }
//! ```
//!
//! Scenarios whose issuers are served over HTTPS are skipped without the feature `https`.
//! `Conformance::target_file`, for verifiers in whatever language, comes with the feature `target-file`;
//! its files with `kind = "websocket"` need `websocket` as well.

#[cfg(feature = "cli")]
pub mod cli;
mod harness;
mod libtest;

pub use harness::Conformance;
pub use jwtspec_driver::{CONTRACT, Description, Driver, Refusal, Unsupported, Verifier};
#[cfg(feature = "search")]
pub use jwtspec_search::{fuzz, fuzz_parser, fuzz_verifier};
pub use jwtspec_types::capabilities::{Capabilities, KeyDelivery, Number};
pub use jwtspec_types::profile::Profile;
pub use jwtspec_types::timing::Timing;
pub use jwtspec_types::trust::{CachePolicy, KeySource, Provider, Trust};
pub use jwtspec_types::words::{Algorithm, Level, Reason};
