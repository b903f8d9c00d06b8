//! Faults in finding the issuer.

use super::{Fault, as_before, changed, wrong_check};
use crate::issuer::{received, unknown};
use crate::{Check, Examination, Objection};

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("prefix-matches-issuer", "takes an `iss` that starts with a trusted one", PREFIX)
        .caught_by(&["issuer/path-below-trusted", "issuer/trusted-and-more"]),
    wrong_check("case-insensitive-issuer", "compares `iss` without regard to case", CASELESS)
        .caught_by(&["issuer/path-in-capitals"]),
    wrong_check("ignores-trailing-slash", "compares `iss` without a trailing slash", SLASHLESS)
        .caught_by(&["issuer/slash-added", "issuer/slash-removed"]),
    wrong_check(
        "missing-issuer-accepted",
        "takes a token without `iss` for the first issuer's",
        OPTIONAL,
    )
    .caught_by(&["issuer/missing"]),
];

const PREFIX: Check =
    changed("issuer", |it| find(it, |received, trusted| received.starts_with(trusted)));

const CASELESS: Check =
    changed("issuer", |it| find(it, |received, trusted| received.eq_ignore_ascii_case(trusted)));

const SLASHLESS: Check = changed("issuer", |it| {
    find(it, |received, trusted| received.trim_end_matches('/') == trusted.trim_end_matches('/'))
});

const OPTIONAL: Check = changed("issuer", |examination| {
    if examination.claims()?.contains_key("iss") {
        return as_before("issuer", examination);
    }
    examination.provider = examination.trust.providers.first();
    Ok(())
});

/// Finds the provider by another comparison; an exact match goes first, as it would.
pub(super) fn find(
    examination: &mut Examination<'_>,
    matches: fn(&str, &str) -> bool,
) -> Result<(), Objection> {
    if as_before("issuer", examination).is_ok() {
        return Ok(());
    }
    let trust = examination.trust;
    let issuer = received(examination)?;
    let provider = trust
        .providers
        .iter()
        .find(|provider| matches(issuer, &provider.issuer))
        .ok_or_else(|| unknown(issuer, trust))?;
    examination.provider = Some(provider);
    Ok(())
}
