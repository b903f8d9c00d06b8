//! Fuzzing over HTTP: search steered by what comes back, without instrumentation of the target.
//!
//! A case is a world of the pool, a list of differences and the form of the request. What comes
//! back is condensed to a [`Key`]; a case whose key is new joins the corpus, where others are made
//! from it, those with rare keys first. Every case is judged by the model as property tests are,
//! and finds share their ids: `docs/fuzz-over-http.md` has the whole story on one page.
//!
//! | module | job |
//! |---|---|
//! | `case` | one case, from and to a scenario |
//! | `key` | what came back, condensed |
//! | `latency` | how slow is slow, coarse and against noise |
//! | `make`, `mutate` | cases: drawn anew, or from cases of the corpus |
//! | `corpus` | the cases worth keeping, and which is next |
//! | `store` | the corpus on disk, one scenario file each |
//! | `measure` | the key of a case, taken alone |
//! | `oracle` | what is wrong with what came back, and the find it makes |
//! | `artefact` | what a fuzz target left behind, as a scenario |
//! | `search` | the loop: choose, present, judge, keep |

mod artefact;
mod case;
mod corpus;
mod key;
mod latency;
mod make;
mod measure;
mod mutate;
mod oracle;
mod search;
mod store;

pub use artefact::{Inexpressible, Kind, bodies, kebab, scenario_of};
pub use case::{Case, NotACase};
pub use corpus::Kept;
pub use key::{Came, Key};
pub use search::{Exploration, Happening, Limits, explore};
pub use store::{Entry, Store, Unread};
