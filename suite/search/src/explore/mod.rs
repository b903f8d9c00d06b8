//! Fuzzing over HTTP: search steered by what comes back, without instrumentation of the target.
//!
//! A case is a setup of the pool, a list of differences and the form of the request. What comes
//! back is condensed to a [`BehaviourSignature`]; a case whose signature is new joins the corpus, where
//! others are made from it, those with rare signatures first. Every case is judged by the model as
//! property tests are, and finds share their ids: `docs/fuzz-over-http.md` has the whole story on one
//! page.
//!
//! | module | job |
//! |---|---|
//! | `case` | one case, from and to a scenario |
//! | `signature` | the behaviour signature: an answer, condensed |
//! | `latency` | latency classes, coarse and against noise |
//! | `generate` | cases: drawn anew, or from cases of the corpus |
//! | `corpus` | the cases worth keeping, and which is next |
//! | `store` | the corpus on disk, one scenario file each |
//! | `observe` | the signature of a case, observed alone |
//! | `fuzz_input` | an input that a fuzz target left behind, as a scenario |
//! | `stability` | cases that mean the same in every run |
//! | `search` | the loop: choose, present, judge, keep |

mod case;
mod corpus;
mod fuzz_input;
mod generate;
mod latency;
mod observe;
mod search;
mod signature;
mod stability;
mod store;

pub use crate::property::{Limits, SearchEvent};
pub use corpus::Kept;
pub use fuzz_input::{Inexpressible, InputKind, input_scenario, kebab, run_bodies};
pub use search::{Exploration, explore};
pub use signature::{AnswerSignature, BehaviourSignature};
pub use store::{Entry, Store};
