//! Near misses: mistakes that people make, each recognised by a pure function over the facts.
//!
//! A file is a topic, and lists its functions with the most telling first: the first one that
//! explains the check that failed is told as the cause.

mod algorithm;
mod audience;
mod claims;
mod documents;
mod form;
mod issuer;
mod keys;
mod kind;
mod opaque;
mod time;
mod url;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::Serialize;

pub(super) use documents::SERVED;
pub(super) use url::is_spelt_alike;

use super::facts::Facts;
use super::side::Side;

/// A mistake that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct NearMiss {
    /// Its name, which never changes.
    pub id: &'static str,
    /// The checks that it makes fail; nothing if it is only worth knowing.
    pub explains: Vec<&'static str>,
    /// Where to change something.
    pub side: Side,
    /// What is the matter.
    pub text: String,
    /// What to do, first choice first.
    pub advice: Vec<String>,
}

impl NearMiss {
    fn new(
        id: &'static str,
        explains: &[&'static str],
        side: Side,
        text: impl Into<String>,
    ) -> Self {
        Self { id, explains: explains.to_vec(), side, text: text.into(), advice: Vec::new() }
    }

    fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }
}

/// How a near miss is looked for.
type Look = fn(&Facts<'_>) -> Option<NearMiss>;

/// Every near miss of a token.
pub(super) fn all(facts: &Facts<'_>) -> Vec<NearMiss> {
    let topics: [&[Look]; 10] = [
        &opaque::LOOKS,
        &form::LOOKS,
        &algorithm::LOOKS,
        &issuer::LOOKS,
        &documents::LOOKS,
        &keys::LOOKS,
        &kind::LOOKS,
        &audience::LOOKS,
        &time::LOOKS,
        &claims::LOOKS,
    ];
    topics.into_iter().flatten().filter_map(|look| look(facts)).collect()
}
