//! Property tests over HTTP: what must hold for every token, tried with many of them.
//!
//! A run draws a pool of worlds (a trust with its issuers) from its seed, tells the target all of
//! them, and presents token after token there. What each must come to is said by
//! [`jwtspec_oracle`], never by the reference verifier, and where specifications leave a choice
//! nothing is judged. A suspicion counts once it came back three times of three, alone, with the
//! control accepted in between; it is then shrunk to the fewest [`Difference`]s and written as a
//! scenario file.
//!
//! | module | job |
//! |---|---|
//! | `table` | the properties, each with the requirements that it rests on |
//! | `pool` | the worlds of a run |
//! | [`engine`] | presents samples to a target, and knows what the model expects |
//! | `verdict` | judges what was seen of a sample |
//! | `confirm`, `shrink` | from a suspicion to the smallest sample that shows it |
//! | [`find`] | what was found, as a result to report and as a scenario to keep |
//! | `campaign` | one property after the other, within cases and time |
//!
//! [`Difference`]: jwtspec_mint::recipe::Difference

mod campaign;
mod confirm;
pub mod engine;
pub mod find;
mod pool;
mod sample;
mod shrink;
mod source;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub use campaign::{PropertyError, run};
pub(crate) use confirm::{ConfirmError, confirm_by, control};
pub use confirm::{Confirmed, confirm, poison};
pub use pool::pool;
pub(crate) use pool::{draw, runner};
pub use sample::{Sample, Shot};
pub use shrink::shrink;
pub(crate) use shrink::shrink_while;
pub use table::{Kind, PROPERTIES, Property};
pub use tally::{Happening, Limits, Row, Tally};
pub use verdict::{Suspicion, judge};
