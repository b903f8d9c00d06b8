//! Unstable: explain, lint-issuer, token-source and probe.

mod command;
pub mod explain;
pub mod lint;
pub mod probe;
pub mod token_source;
