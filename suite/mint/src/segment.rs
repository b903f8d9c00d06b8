//! From JSON text to bytes to a segment, rightly and wrongly.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::MintError;
use crate::recipe::{Encoding, SegmentForm};
use jwtspec_jose as jose;

/// Adds a member whose length and letters vary with the attempt, where a form depends on both.
pub(super) fn add_filler(object: &mut Map<String, Value>, form: Option<SegmentForm>, attempt: u32) {
    const NEED_FILLER: [SegmentForm; 4] = [
        SegmentForm::Standard,
        SegmentForm::TrailingBits,
        SegmentForm::Padded,
        SegmentForm::TildeForA,
    ];
    if form.is_some_and(|form| NEED_FILLER.contains(&form)) {
        // `~` and `?` are the characters of JSON text whose bits give `-` and `_`.
        // Three `@` in a row give an `A`.
        let letters = if form == Some(SegmentForm::TildeForA) { "@@@" } else { "~?" };
        let filler = letters.repeat(2) + &"~".repeat(attempt as usize % 6);
        object.insert("filler".to_owned(), filler.into());
    }
}

/// Encodes a JSON text; nothing if the text does not show the form.
pub(super) fn encode(
    text: &str,
    encoding: Encoding,
    form: Option<SegmentForm>,
) -> Result<Option<String>, MintError> {
    Ok(to_base64(&to_bytes(text, encoding)?, form))
}

/// The bytes of a text.
pub fn to_bytes(text: &str, encoding: Encoding) -> Result<Vec<u8>, MintError> {
    Ok(match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Bom => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Utf32Le => text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        Encoding::Utf32Be => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        Encoding::Latin1 => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).map_err(|_| MintError::NotLatin1(c)))
            .collect::<Result<_, _>>()?,
    })
}

/// Encodes bytes; nothing if they do not show the form, such as no `+` in the standard alphabet.
pub fn to_base64(bytes: &[u8], form: Option<SegmentForm>) -> Option<String> {
    let plain = jose::encode(bytes);
    let Some(form) = form else { return Some(plain) };
    Some(match form {
        SegmentForm::Padded => match plain.len() % 4 {
            0 => plain + "====",
            used => plain + &"=".repeat(4 - used),
        },
        SegmentForm::Standard => {
            let standard = STANDARD.encode(bytes);
            let standard = standard.trim_end_matches('=');
            standard.contains(['+', '/']).then(|| standard.to_owned())?
        }
        SegmentForm::TrailingBits => set_trailing_bits(&plain)?,
        SegmentForm::Space => inserted(&plain, " "),
        SegmentForm::Newline => inserted(&plain, "\n"),
        SegmentForm::Tab => inserted(&plain, "\t"),
        SegmentForm::Percent => inserted(&plain, "%20"),
        SegmentForm::Tilde => inserted(&plain, "~"),
        SegmentForm::NonAscii => inserted(&plain, "é"),
        SegmentForm::TildeForA => plain.contains('A').then(|| plain.replace('A', "~"))?,
    })
}

fn inserted(segment: &str, text: &str) -> String {
    let (start, end) = segment.split_at(segment.len().min(8));
    format!("{start}{text}{end}")
}

/// Sets the lowest unused bit of the last character; nothing if it has none.
fn set_trailing_bits(segment: &str) -> Option<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if segment.len().is_multiple_of(4) {
        return None;
    }
    let last = segment.bytes().last()?;
    let index = ALPHABET.iter().position(|letter| *letter == last)?;
    let changed = char::from(*ALPHABET.get(index | 1)?);
    Some(format!("{}{changed}", &segment[..segment.len() - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_differ_from_base64url_in_one_respect() {
        let form = |form| to_base64(&[0xfb, 0xff], Some(form));
        assert_eq!(to_base64(&[0xfb, 0xff], None).as_deref(), Some("-_8"));
        assert_eq!(form(SegmentForm::Padded).as_deref(), Some("-_8="));
        assert_eq!(form(SegmentForm::Standard).as_deref(), Some("+/8"));
        assert_eq!(form(SegmentForm::TrailingBits).as_deref(), Some("-_9"));
        assert_eq!(form(SegmentForm::Space).as_deref(), Some("-_8 "));
        assert_eq!(form(SegmentForm::TildeForA), None);
        assert_eq!(to_base64(&[0; 3], Some(SegmentForm::TildeForA)).as_deref(), Some("~~~~"));
        assert_eq!(to_base64(&[0; 3], Some(SegmentForm::Standard)), None);
        assert_eq!(to_base64(&[0; 3], Some(SegmentForm::TrailingBits)), None);
        assert_eq!(to_base64(&[0; 3], Some(SegmentForm::Padded)).as_deref(), Some("AAAA===="));
    }

    #[test]
    fn latin_1_says_invalid_utf_8() {
        assert_eq!(to_bytes("\u{ff}", Encoding::Latin1), Ok(vec![0xff]));
        assert_eq!(to_bytes("€", Encoding::Latin1), Err(MintError::NotLatin1('€')));
    }
}
