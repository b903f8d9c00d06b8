//! Edits of the finished token's text.

use serde_json::json;

use super::Draft;
use crate::recipe::TextEdit;
use jwtspec_jose::{decode, encode};

/// The edits that count: those that put the token together anew undo all before them.
pub(super) fn effective(edits: &[TextEdit]) -> &[TextEdit] {
    let adds = |edit: &TextEdit| {
        matches!(edit, TextEdit::Append(_) | TextEdit::Prepend(_) | TextEdit::FiveSegments)
    };
    let last = edits.iter().rposition(|edit| !adds(edit)).unwrap_or(0);
    &edits[last..]
}

/// Header and claims segments of the token that the edits leave; nothing for one that is not there.
pub(super) fn segments(edits: &[TextEdit], draft: &Draft) -> [Option<String>; 2] {
    let (header, claims) = (&draft.header_segment, &draft.claims_segment);
    let same = |segment: &String| Some(segment.clone());
    match effective(edits).first() {
        Some(TextEdit::OneSegment | TextEdit::EmptyClaims) => [same(header), None],
        Some(TextEdit::EmptyHeader) => [None, same(claims)],
        Some(TextEdit::FlipHeader(bit)) => [Some(flipped(header, *bit)), same(claims)],
        Some(TextEdit::FlipClaims(bit)) => [same(header), Some(flipped(claims, *bit))],
        _ => [same(header), same(claims)],
    }
}

/// Puts a token together and applies the edits in order.
pub(super) fn apply(edits: &[TextEdit], draft: &Draft) -> String {
    let (header, claims, signature) =
        (&draft.header_segment, &draft.claims_segment, &draft.signature_segment);
    let mut token = format!("{header}.{claims}.{signature}");
    for edit in effective(edits) {
        token = match edit {
            TextEdit::Append(text) => token + text,
            TextEdit::Prepend(text) => format!("{text}{token}"),
            TextEdit::TwoSegments => format!("{header}.{claims}"),
            TextEdit::OneSegment => header.clone(),
            TextEdit::EmptyHeader => format!(".{claims}.{signature}"),
            TextEdit::EmptyClaims => format!("{header}..{signature}"),
            TextEdit::FiveSegments => {
                format!("{token}.{}.{}", encode([0; 12]), encode([0; 16]))
            }
            TextEdit::JsonFlattened => {
                json!({ "payload": claims, "protected": header, "signature": signature })
                    .to_string()
            }
            TextEdit::JsonGeneral => json!({
                "payload": claims,
                "signatures": [{ "protected": header, "signature": signature }],
            })
            .to_string(),
            // The periods are in the first member, so that splitting the JSON text at periods
            // gives three parts with the true claims and signature in the last two.
            TextEdit::JsonPolyglot => format!(
                r#"{{"":".{claims}.{signature}","payload":"{claims}","protected":"{header}","signature":"{signature}"}}"#
            ),
            TextEdit::UnencodedClaims => format!("{header}.{}.{signature}", draft.claims_text),
            TextEdit::FlipHeader(bit) => {
                format!("{}.{claims}.{signature}", flipped(header, *bit))
            }
            TextEdit::FlipClaims(bit) => {
                format!("{header}.{}.{signature}", flipped(claims, *bit))
            }
        };
    }
    token
}

/// A segment with one bit of its bytes changed; beyond the last bit they are counted anew. One
/// that is no base64url stays as it is, and so does an empty one.
fn flipped(segment: &str, bit: i64) -> String {
    let Ok(mut bytes) = decode(segment) else { return segment.to_owned() };
    let bits = i64::try_from(bytes.len() * 8).unwrap_or(i64::MAX);
    let place = bit.checked_rem_euclid(bits).and_then(|place| usize::try_from(place).ok());
    if let Some(place) = place {
        bytes[place / 8] ^= 0x80 >> (place % 8);
    }
    encode(bytes)
}
