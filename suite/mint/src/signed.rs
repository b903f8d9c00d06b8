//! What a signature is worth, known from how it was made: nobody need verify it.

use super::Draft;
use super::sign::Signer;
use jwtspec_types::signed::Signed;

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
