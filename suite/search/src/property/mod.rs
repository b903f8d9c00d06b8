//! Property tests over HTTP: what must hold for every token, tried with many of them.
//!
//! A run draws a pool of setups (a trust with its issuers) from its seed, tells the target all of
//! them, and presents token after token there. What each must come to is said by
//! [`jwtspec_oracle`], never by the reference verifier, and where specifications leave a choice
//! nothing is judged. A suspicion counts once it came back three times of three, alone, with the
//! control accepted in between; it is then shrunk to the fewest [`Difference`]s and written as a
//! scenario file.
//!
//! | module | job |
//! |---|---|
//! | `table` | the properties, each with the requirements that it rests on |
//! | `pool` | the setups of a run |
//! | [`presenter`], [`presented`] | presents cases to a target, and knows what the model expects |
//! | `verdict` | judges what was seen of a case |
//! | `confirm`, `shrink` | from a suspicion to the smallest case that shows it |
//! | [`find`] | what was found, as a result to report and as a scenario to keep |
//! | `campaign` | presents cases within limits, with the valid token in between; fuzzing uses it too |
//! | `run` | one property after the other |
//!
//! [`Difference`]: jwtspec_mint::recipe::Difference

pub(crate) mod campaign;
mod case;
mod confirm;
pub mod find;
mod pool;
pub mod presented;
pub mod presenter;
mod rule;
mod run;
mod shrink;
mod source;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub use case::{TestCase, TestStep};
pub use confirm::PropertyError;
pub(crate) use confirm::check_control;
pub use pool::pool;
pub use run::run;
pub(crate) use shrink::shrink_while;
pub use table::{PROPERTIES, Property};
pub use tally::{Limits, Row, SearchEvent, Tally};
pub(crate) use verdict::judge_leak;
pub use verdict::{Suspicion, judge};
