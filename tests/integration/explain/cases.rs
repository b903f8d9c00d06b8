//! The table of broken tokens, a file a topic.

#[path = "cases/claims.rs"]
mod claims;
#[path = "cases/documents.rs"]
mod documents;
#[path = "cases/form.rs"]
mod form;
#[path = "cases/keys.rs"]
mod keys;
#[path = "cases/names.rs"]
mod names;

use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;
use serde_json::json;

use crate::explain::setup::{Setup, content_type, page};

/// A small difference from the valid token, and what is said of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The difference in the token.
    pub(crate) recipe: &'static str,
    /// The difference in everything else.
    pub(crate) change: fn(&mut Setup),
    pub(crate) said: Said,
}

pub(crate) enum Said {
    /// It is refused: reason, near miss, side.
    Cause(&'static str, &'static str, &'static str),
    /// It is refused, and no near miss is to blame: reason, side.
    General(&'static str, &'static str),
    /// It is accepted, with this near miss and side.
    Noticed(&'static str, &'static str),
}

use Said::{Cause, General, Noticed};

const fn case(
    name: &'static str,
    recipe: &'static str,
    change: fn(&mut Setup),
    said: Said,
) -> Case {
    Case { name, recipe, change, said }
}

fn nothing(_: &mut Setup) {}

fn literal(setup: &mut Setup, wrap: fn(&str) -> String) {
    setup.wrap = wrap;
}

const MALFORMED: &str = "malformed";
const UNKNOWN: &str = "issuer-unknown";
const MISMATCH: &str = "audience-mismatch";
const UNAVAILABLE: &str = "keys-unavailable";

/// Every case.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    [form::CASES, names::CASES, claims::CASES, keys::CASES, documents::CASES].into_iter().flatten()
}
