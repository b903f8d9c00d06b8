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
            TextEdit::JsonFlattened
            | TextEdit::JsonGeneral
            | TextEdit::JsonPolyglot
            | TextEdit::JsonGeneralUnsigned
            | TextEdit::JsonFlattenedUnsigned
            | TextEdit::JsonWrongFirst
            | TextEdit::JsonWrongLast
            | TextEdit::JsonForged
            | TextEdit::JsonGeneralForged => in_json(edit, draft),
            TextEdit::Jwe => draft.jwe.clone().unwrap_or_default(),
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

/// Returns true if the edits leave other claims in a place where a verifier may look for them: a
/// signature that is there all the same is none over these.
pub(super) fn has_other_claims(edits: &[TextEdit]) -> bool {
    let forged =
        |edit: &TextEdit| matches!(edit, TextEdit::JsonForged | TextEdit::JsonGeneralForged);
    effective(edits).iter().any(forged)
}

/// The token in one of the JSON serialisations (RFC 7515 section 7.2), or nearly.
fn in_json(edit: &TextEdit, draft: &Draft) -> String {
    let (header, claims, signature) =
        (&draft.header_segment, &draft.claims_segment, &draft.signature_segment);
    let right = json!({ "protected": header, "signature": signature });
    let wrong = || json!({ "protected": header, "signature": flipped(signature, 9) });
    let general = |signatures| json!({ "payload": claims, "signatures": signatures }).to_string();
    let flattened =
        format!(r#""payload":"{claims}","protected":"{header}","signature":"{signature}""#);
    match edit {
        TextEdit::JsonGeneral => general(json!([right])),
        TextEdit::JsonGeneralUnsigned => general(json!([])),
        TextEdit::JsonWrongFirst => general(json!([wrong(), right])),
        TextEdit::JsonWrongLast => general(json!([right, wrong()])),
        TextEdit::JsonFlattenedUnsigned => {
            json!({ "payload": claims, "protected": header }).to_string()
        }
        // The periods are in the first member, so that splitting the JSON text at periods
        // gives three parts with the true claims and signature in the last two.
        TextEdit::JsonPolyglot => format!(r#"{{"":".{claims}.{signature}",{flattened}}}"#),
        // Here the three parts are the header, for readers that pass over four characters before
        // it, claims that were never signed, and the JSON text. Four leave the length as it was.
        TextEdit::JsonForged => {
            format!(r#"{{"~~{header}.{}.":"",{flattened}}}"#, of_another_user(draft))
        }
        TextEdit::JsonGeneralForged => format!(
            r#"{{"~~{header}.{}.":"","payload":"{claims}","signatures":[{right}]}}"#,
            of_another_user(draft)
        ),
        _ => format!("{{{flattened}}}"),
    }
}

/// The segment of the same claims for another `sub`; the same segment, if they are no object.
fn of_another_user(draft: &Draft) -> String {
    match serde_json::from_str::<serde_json::Map<_, _>>(&draft.claims_text) {
        Ok(mut claims) => {
            claims.insert("sub".to_owned(), "another-user".into());
            encode(serde_json::Value::Object(claims).to_string())
        }
        Err(_) => draft.claims_segment.clone(),
    }
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
