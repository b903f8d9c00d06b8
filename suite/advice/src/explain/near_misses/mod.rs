//! Near misses: mistakes that people make, each recognised by a pure function over the facts.
//!
//! A file is a topic, and lists its functions with the most telling first: the first one that
//! explains the check that failed is told as the cause.

/// Some [`NearMiss`]: id, checks that it makes fail, side; text, and advice in order. Text and
/// advice are format strings. Nothing, where there is a condition and it does not hold.
macro_rules! near_miss {
    ($id:expr => $explains:expr, $side:expr, if $condition:expr; $($texts:tt)*) => {
        if $condition { near_miss! { $id => $explains, $side; $($texts)* } } else { None }
    };
    ($id:expr => $explains:expr, $side:expr; $text:literal $(, $advice:literal)* $(,)?) => {
        Some($crate::explain::near_misses::NearMiss {
            id: $id,
            explains: $explains.to_vec(),
            side: $side,
            text: format!($text),
            advice: vec![$(format!($advice)),*],
        })
    };
}
pub(super) use near_miss;

mod algorithm;
mod audience;
mod claims;
mod documents;
mod form;
mod issuer;
mod keys;
mod kind;
mod opaque;
mod spelling;
mod time;

use serde::Serialize;

pub(super) use documents::KEY_SET_TYPE;
pub(super) use spelling::difference;

use super::facts::Facts;
use super::side::Side;

/// A mistake that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NearMiss {
    /// Its name, which never changes.
    pub id: &'static str,
    /// The checks that it makes fail; nothing if it is only worth knowing.
    pub explains: Vec<&'static str>,
    /// The side on which to change something.
    pub side: Side,
    /// The mistake, in a sentence or two.
    pub text: String,
    /// Remedies, first choice first.
    pub advice: Vec<String>,
}

impl NearMiss {
    fn advised(mut self, advice: &[&str]) -> Self {
        self.advice.extend(advice.iter().map(ToString::to_string));
        self
    }
}

/// Recognises one near miss.
type Detector = fn(&Facts<'_>) -> Option<NearMiss>;

/// Every near miss of a token.
pub(super) fn detect(facts: &Facts<'_>) -> Vec<NearMiss> {
    let topics: &[&[Detector]] = &[
        opaque::DETECTORS,
        form::DETECTORS,
        algorithm::DETECTORS,
        issuer::DETECTORS,
        documents::DETECTORS,
        keys::DETECTORS,
        kind::DETECTORS,
        audience::DETECTORS,
        time::DETECTORS,
        claims::DETECTORS,
    ];
    topics.iter().copied().flatten().filter_map(|detector| detector(facts)).collect()
}
