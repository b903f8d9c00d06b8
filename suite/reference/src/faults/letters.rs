//! Faults in the letters of a token: which of them are base64url, and which are passed over.

use base64::alphabet::URL_SAFE;

use super::form::{NO_PADDING, decode};
use super::{Fault, as_before, changed, wrong_check};
use crate::{Check, Objection};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "standard-base64-only",
        "decodes header and claims by the standard alphabet, without - and _",
        STANDARD_ONLY,
    )
    .caught_by(&["encoding/dash-and-underscore"]),
    wrong_check(
        "skips-foreign-letters",
        "passes over letters that are not of base64url",
        changed("base64url", |it| decode(it, &URL_SAFE, NO_PADDING, of_alphabet)),
    )
    .taking_any_credentials()
    .caught_by(&[
        "encoding/tilde-in-*",
        "encoding/letter-outside-ascii",
        "encoding/space-in-*",
        "compact/no-break-space-behind",
    ]),
    wrong_check(
        "skips-white-space",
        "passes over white space inside a token and around it",
        changed("base64url", |it| decode(it, &URL_SAFE, NO_PADDING, without_space)),
    )
    .taking_any_credentials()
    .caught_by(&[
        "encoding/space-in-*",
        "encoding/tab-in-claims",
        "compact/no-break-space-behind",
    ]),
    wrong_check(
        "percent-decodes-token",
        "decodes percent escapes in a token, and passes over the space that one stands for",
        changed("base64url", |it| {
            decode(it, &URL_SAFE, NO_PADDING, |segment| segment.replace("%20", ""))
        }),
    )
    .taking_any_credentials()
    .caught_by(&["encoding/percent-encoded-space", "compact/escaped-space-behind"]),
    wrong_check(
        "skips-empty-segments",
        "passes over periods with nothing before or behind them",
        changed("segments", |it| {
            it.token = it.token.trim_matches('.');
            as_before("segments", it)
        }),
    )
    .caught_by(&["compact/leading-period", "compact/trailing-period"]),
];

const STANDARD_ONLY: Check = changed("base64url", |examination| {
    let [header, claims, _] = examination.segments()?;
    match header.contains(['-', '_']) || claims.contains(['-', '_']) {
        true => Err(Objection::because(Reason::Malformed, "a segment is not base64")),
        false => as_before("base64url", examination),
    }
});

fn of_alphabet(segment: &str) -> String {
    segment.chars().filter(|it| it.is_ascii_alphanumeric() || "-_".contains(*it)).collect()
}

fn without_space(segment: &str) -> String {
    segment.chars().filter(|it| !it.is_whitespace()).collect()
}
