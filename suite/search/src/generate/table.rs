//! The table of what is drawn evenly: values, differences from a valid token, requests.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;

use super::Differences;
use jwtspec_engine::scenario::{KeySpec, RequestSpec, ServeSpec, TrustSpec};
use jwtspec_fixtures::Key;
use jwtspec_mint::recipe::{Recipe, ValueTemplate};

const TEXT: &str = include_str!("table.toml");

/// What cannot be read is empty; a test sees to it that all can.
pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(TEXT).unwrap_or_default());

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) texts: Vec<String>,
    pub(super) unknown_claims: Vec<String>,
    pub(super) unknown_headers: Vec<String>,
    pub(super) near: Vec<String>,
    pub(super) audiences: Vec<ValueTemplate>,
    pub(super) dates: Vec<ValueTemplate>,
    pub(super) equivalent: Equivalent,
    pub(super) invalid: Invalid,
    pub(super) sound_keys: Vec<Key>,
    pub(super) foreign_keys: Vec<Key>,
    pub(super) trusts: Vec<TrustSpec>,
    pub(super) keys: Vec<KeySpec>,
    serves: Vec<ServeSpec>,
    requests: Vec<RequestSpec>,
    pub(super) credentials: Credentials,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Equivalent {
    pub(super) issued: Vec<Recipe>,
    pub(super) usual: Vec<Recipe>,
    pub(super) places: Vec<Recipe>,
    pub(super) spaced: Vec<Recipe>,
    pub(super) moved: Vec<Recipe>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invalid {
    pub(super) claims: Vec<Recipe>,
    pub(super) headers: Vec<Recipe>,
    pub(super) critical: Vec<Recipe>,
    pub(super) signatures: Vec<Recipe>,
    pub(super) signatures_ec: Vec<Recipe>,
    pub(super) signatures_ed: Vec<Recipe>,
    pub(super) signatures_rsa: Vec<Recipe>,
    pub(super) texts: Vec<Recipe>,
    pub(super) json: Vec<Recipe>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    pub(super) schemes: Vec<String>,
    pub(super) json: Vec<String>,
    pub(super) repeated: Vec<String>,
}

/// One of these lists of differences.
pub(super) fn one_of<'a>(recipes: impl IntoIterator<Item = &'a Recipe>) -> Differences {
    let lists: Vec<_> = recipes.into_iter().map(Recipe::differences).collect();
    select(lists).boxed()
}

/// Ways to present a token: the scheme in other letters, more spaces, by HEAD, twice, elsewhere.
/// The verdict on each is that of [`jwtspec_oracle`].
pub fn requests() -> BoxedStrategy<RequestSpec> {
    select(&TABLE.requests[..]).boxed()
}

/// Ways in which an honest issuer may answer for a key set, which must change no verdict: members
/// that a verifier does not know, the registered content type, an `ETag`.
pub fn serves() -> BoxedStrategy<ServeSpec> {
    select(&TABLE.serves[..]).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let read = toml::from_str::<Table>(TEXT);
        assert!(read.is_ok(), "{}", read.err().map(|error| error.to_string()).unwrap_or_default());
    }
}
