//! The worth of a signature, known from how it was made, without verifying it.

use serde_json::{Map, Value};

use crate::words::Algorithm;

/// The worth of a token's signature, known from how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The bytes of the third segment are a valid signature over the first two as they are.
    By {
        /// The JWK of the key that verifies it: the public one, or the shared secret.
        key: Map<String, Value>,
        /// The algorithm whose signature it really is, whatever the header says.
        algorithm: Algorithm,
    },
    /// No key makes it valid.
    Invalid,
}
