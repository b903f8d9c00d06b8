//! What a signature is worth, known from how it was made: nobody need verify it.

use serde_json::{Map, Value};

use super::Draft;
use super::sign::Signer;
use crate::words::Algorithm;

/// What is known of a token's signature from how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The octets of the third segment are a valid signature over the first two as they stand.
    By {
        /// The JWK of the key that verifies it: the public one, or the shared secret.
        key: Map<String, Value>,
        /// The algorithm whose signature it really is, whatever the header says.
        algorithm: Algorithm,
    },
    /// No key makes it valid.
    Spoiled,
}

/// What the signature of a finished token is worth: nothing if an edit touched what was signed.
pub(super) fn of(token: &str, draft: &Draft, signer: &Signer) -> Signed {
    // Blanks around a token belong to HTTP, which takes them off.
    let mut segments = token.trim_matches([' ', '\t']).split('.');
    let signed = [&draft.header_segment, &draft.claims_segment, &draft.signature_segment];
    let is_whole =
        signed.iter().all(|segment| segments.next() == Some(segment)) && segments.next().is_none();
    if !(draft.is_intact && is_whole) {
        return Signed::Spoiled;
    }
    match signer.provenance() {
        Some((key, algorithm)) => Signed::By { key, algorithm },
        None => Signed::Spoiled,
    }
}
