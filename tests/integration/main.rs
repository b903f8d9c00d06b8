//! Every test of jwtspec as a user meets it, in one binary; `cargo test --test integration cli::`
//! runs those of one module.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod catalogue;
mod cli;
mod coverage;
mod docs;
mod explain;
mod explore;
mod fault_bank;
mod fuzz_seeds;
mod hostile;
mod json_texts;
mod lint_issuer;
mod mutated_files;
mod never_green;
mod oracle;
mod processes;
mod profiles;
mod property;
mod robustness;
mod snapshots;
mod support;
mod token_source;
mod tree;
mod vectors;
mod websocket;
