//! The limits within which clients refresh their tokens. Rules judge tokens by them, and the simulated
//! client goes by them.

/// Seconds before the end of a token at which the client asks for the next one.
pub(super) const LEEWAY: f64 = 10.0;
/// A token that lives for so many seconds or less is not refreshed.
pub(super) const LEAST_LIFETIME: f64 = 2.0;
