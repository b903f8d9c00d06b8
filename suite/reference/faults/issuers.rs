//! Faults in finding the issuer.

use super::{as_before, changed};
use crate::reference::parts::{received, unknown};
use crate::reference::{Check, Examination, Needs, Objection};

pub(super) const PREFIX: Check =
    changed("issuer", |it| find(it, |received, trusted| received.starts_with(trusted)));

pub(super) const CASELESS: Check =
    changed("issuer", |it| find(it, |received, trusted| received.eq_ignore_ascii_case(trusted)));

pub(super) const SLASHLESS: Check = changed("issuer", |it| {
    find(it, |received, trusted| received.trim_end_matches('/') == trusted.trim_end_matches('/'))
});

pub(super) const OPTIONAL: Check = changed("issuer", |examination| {
    if examination.claims()?.contains_key("iss") {
        return as_before("issuer", examination);
    }
    examination.provider = examination.trust.providers.first();
    Ok(())
});

/// The token is refused all the same, but by then whoever wrote it has chosen whom to ask.
pub(super) const ASKED_FIRST: Check = Check {
    needs: Needs::KeysOfIss,
    ..changed("issuer", |examination| as_before("issuer", examination))
};

/// Finds the provider by another comparison; an exact match goes first, as it would.
fn find(
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
