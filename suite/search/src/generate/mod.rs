//! Strategies: trusts, key sets, tokens, requests and issuers for property tests, yours included.
//!
//! A token is drawn as a list of [`Difference`]s from the valid one, so a failing case shrinks
//! toward the valid token. Values are biased by field: `crit` is an array of strings, `aud` holds
//! the expected audience now and then, times lie near now. The verdict on a token under a trust
//! is not given here; ask [`jwtspec_oracle`].
//!
//! A verifier that is linked into a test is tested without any HTTP:
//!
//! ```
//! use jwtspec_search::generate::{self, SetupSpec};
//! use jwtspec_types::capabilities::Capabilities;
//! use jwtspec_mint::recipe::Recipe;
//! use jwtspec_mint::context::MintContext;
//! use jwtspec_mint::mint;
//! use proptest::strategy::{Strategy, ValueTree};
//! use proptest::test_runner::TestRunner;
//!
//! // Arrange: a setup that the verifier can take.
//! let setup = SetupSpec::plain(&Capabilities::all()).expect("a fixture key for some algorithm");
//! let differences = generate::invalid(&setup);
//!
//! // Act: in a test of your own, `proptest! { fn refused(recipe in differences) { … } }`.
//! let mut runner = TestRunner::deterministic();
//! let case = differences.new_tree(&mut runner)?.current();
//! let minted = mint(&Recipe::of(case), &MintContext::example());
//!
//! // Assert: your verifier refuses `minted.token`.
//! assert!(minted.is_ok_and(|minted| !minted.token.is_empty()));
//! # Ok::<(), proptest::test_runner::Reason>(())
//! ```

mod credentials;
mod equivalent;
mod invalid;
mod recipe;
mod setup;
mod shrink;
mod table;
#[cfg(test)]
mod tests;
mod value;

use proptest::strategy::BoxedStrategy;

use jwtspec_mint::placeholder::{JsonText, Position, Template};
use jwtspec_mint::recipe::{Difference, ValueTemplate};

pub use credentials::credentials;
pub use equivalent::{equivalent, spellings, unknown_members};
pub(crate) use invalid::confused_secrets;
pub use invalid::{bit_flips, crit, invalid};
pub(crate) use recipe::parts;
pub use recipe::{between_issuers, recipes};
pub use setup::{SetupSpec, key_sets, keys, setups, setups_of_two, trusts};
pub(crate) use shrink::fewest;
pub use shrink::{minimise, shrink};
pub use table::{requests, serves};
pub use value::{audiences, json, moments, near_misses, numeric_dates, texts};
pub(crate) use value::{claim, plain_text, template, verbatim};

/// Differences that belong together, such as a claim left out and its other spelling.
pub type Differences = BoxedStrategy<Vec<Difference>>;

/// A value as it is written in a scenario file, placeholders included.
///
/// A text that is no template is taken literally.
pub fn value(text: &str) -> ValueTemplate {
    match Template::parse(text, Position::Value) {
        Ok(template) => ValueTemplate::Text(template),
        Err(_) => ValueTemplate::from(text),
    }
}

/// JSON text as it is written in a scenario file; one that is no template is taken literally.
pub fn json_text(text: &str) -> JsonText {
    let read = |text: &str| Template::parse(text, Position::Json).map(JsonText);
    read(text).or_else(|_| read(&text.replace('@', "@@"))).unwrap_or_else(|_| {
        unreachable!("a text whose every `@` is doubled has no placeholder that could be wrong")
    })
}
