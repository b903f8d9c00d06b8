//! Faults in reading a token.

use std::sync::Arc;
use std::time::Duration;

use base64::alphabet::{STANDARD as STANDARD_ALPHABET, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet::Alphabet};

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use super::{Fault, as_before, changed, verified, wrapping, wrong_check};
use crate::form::{read_claims, read_header};
use crate::{Check, Examination, Objection};
use jwtspec_driver::{Refusal, Verifier};
use jwtspec_jose::Duplicates;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("accepts-padding", "ignores `=` at the end of a segment", PADDED)
        .taking_any_credentials()
        .caught_by(&["encoding/padded-*"]),
    wrong_check("accepts-standard-base64", "takes + and / for - and _", STANDARD)
        .caught_by(&["encoding/standard-alphabet-in-*"]),
    wrong_check("accepts-trailing-bits", "ignores the unused bits of a segment", TRAILING_BITS)
        .uncaught("RFC 4648 section 3.5 leaves the choice"),
    wrong_check("unknown-letters-are-zero", "takes a letter that it does not know for A", AS_ZERO)
        .caught_by(&["encoding/tilde-for-zero-in-*"]),
    wrapping("decodes-in-quadratic-time", "copies a token once for each of its octets", |inner| {
        Arc::new(Copies { inner })
    })
    .caught_by(&["json/header-of-two-mb"]),
    wrong_check(
        "ignores-further-segments",
        "reads three segments and forgets the rest",
        FIRST_THREE,
    )
    .caught_by(&["compact/five-segments", "compact/four-segments"]),
    wrong_check(
        "first-of-duplicate-header-members",
        "takes the first of two header members",
        FIRST_HEADER,
    )
    .caught_by(&["json/repeated-alg-*"]),
    wrong_check("first-of-duplicate-claims", "takes the first of two claims", FIRST_CLAIMS)
        .caught_by(&["json/repeated-aud-*", "json/repeated-exp-*"]),
];

const PADDED: Check = changed("base64url", |examination| {
    decode(examination, &URL_SAFE, NO_PADDING, |segment| segment.trim_end_matches('=').to_owned())
});

const TRAILING_BITS: Check = changed("base64url", |examination| {
    let config = NO_PADDING.with_decode_allow_trailing_bits(true);
    decode(examination, &URL_SAFE, config, |segment| segment.to_owned())
});

const STANDARD: Check = changed("base64url", |examination| {
    decode(examination, &STANDARD_ALPHABET, NO_PADDING, |segment| {
        segment.replace('-', "+").replace('_', "/")
    })
});

const AS_ZERO: Check = changed("base64url", |examination| {
    decode(examination, &URL_SAFE, NO_PADDING, |segment| {
        segment.replace(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)), "A")
    })
});

pub(super) const NO_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone);

/// Decodes under other rules; what these cannot decode either is judged as before.
pub(super) fn decode(
    examination: &mut Examination<'_>,
    alphabet: &Alphabet,
    config: GeneralPurposeConfig,
    spell: fn(&str) -> String,
) -> Result<(), Objection> {
    let engine = GeneralPurpose::new(alphabet, config);
    let [header, claims, signature] = examination.segments()?.map(|it| engine.decode(spell(it)));
    match (header, claims, signature) {
        (Ok(header), Ok(claims), Ok(signature)) => {
            examination.decoded = Some([header, claims, signature]);
            Ok(())
        }
        _ => as_before("base64url", examination),
    }
}

const FIRST_THREE: Check = changed("segments", |examination| {
    let whole = examination.token;
    if let Some((end, _)) = whole.match_indices('.').nth(2) {
        examination.token = &whole[..end];
    }
    as_before("segments", examination)
});

const FIRST_HEADER: Check =
    changed("header-json", |examination| read_header(examination, Duplicates::TakeFirst));

const FIRST_CLAIMS: Check =
    changed("claims-json", |examination| read_claims(examination, Duplicates::TakeFirst));

/// A verifier that takes the time of a copy for each byte. It sleeps so long and spares the machine.
struct Copies {
    inner: Arc<dyn Verifier>,
}

impl Copies {
    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        // A fast machine copies some bytes in a nanosecond.
        let copies = u64::try_from(token.len()).unwrap_or(u64::MAX);
        tokio::time::sleep(Duration::from_nanos(copies.saturating_mul(copies) / 250)).await;
        verified(&*self.inner, token, now).await
    }
}

verifies!(Copies);
