//! Faults in reading a token.

use base64::alphabet::{STANDARD as STANDARD_ALPHABET, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet::Alphabet};

use super::{as_before, changed};
use crate::reference::parts::{Duplicates, read_claims, read_header};
use crate::reference::{Check, Examination, Objection};

pub(super) const PADDED: Check = changed("base64url", |examination| {
    decode(examination, &URL_SAFE, LENIENT_PADDING, |segment| segment.to_owned())
});

pub(super) const TRAILING_BITS: Check = changed("base64url", |examination| {
    let config = LENIENT_PADDING
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    decode(examination, &URL_SAFE, config, |segment| segment.to_owned())
});

pub(super) const STANDARD: Check = changed("base64url", |examination| {
    let config = LENIENT_PADDING.with_decode_padding_mode(DecodePaddingMode::RequireNone);
    decode(examination, &STANDARD_ALPHABET, config, |segment| {
        segment.replace('-', "+").replace('_', "/")
    })
});

const LENIENT_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Decodes under other rules; what these cannot decode either is judged as before.
fn decode(
    examination: &mut Examination<'_>,
    alphabet: &Alphabet,
    config: GeneralPurposeConfig,
    spell: fn(&str) -> String,
) -> Result<(), Objection> {
    let engine = GeneralPurpose::new(alphabet, config);
    let [header, claims, signature] = examination.segments()?.map(|it| engine.decode(spell(it)));
    match (header, claims, signature) {
        (Ok(header), Ok(claims), Ok(signature)) => {
            examination.octets = Some([header, claims, signature]);
            Ok(())
        }
        _ => as_before("base64url", examination),
    }
}

pub(super) const FIRST_THREE: Check = changed("segments", |examination| {
    let whole = examination.token;
    if let Some((end, _)) = whole.match_indices('.').nth(2) {
        examination.token = &whole[..end];
    }
    as_before("segments", examination)
});

pub(super) const FIRST_HEADER: Check =
    changed("header-json", |examination| read_header(examination, Duplicates::TakeFirst));

pub(super) const FIRST_CLAIMS: Check =
    changed("claims-json", |examination| read_claims(examination, Duplicates::TakeFirst));
