//! The exit statuses, which are a contract.

/// Nothing wrong.
pub const CLEAN: u8 = 0;
/// Findings, stale deviations, or nothing proven.
pub const FINDINGS: u8 = 1;
/// Bad usage, or a bad file.
pub const BAD_USAGE: u8 = 2;
/// The target could not be started, reached or configured.
pub const NO_TARGET: u8 = 3;
/// Ended by Ctrl-C or a request to terminate.
pub const INTERRUPTED: u8 = 130;
