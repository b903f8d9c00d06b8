//! Targets: how to start, configure, call and read one verifier.

mod deviations;
mod driver;
mod file;
mod guard;
mod process;
mod raw;
mod reading;
mod running;
mod template;
mod wire;

pub use deviations::{Deviation, Deviations, DeviationsError};
pub use driver::DriverError;
pub use file::{
    AbilitiesTable, Message, Present, Ready, RequestTable, Start, Statuses, TargetFile, TokenTable,
    Verdicts,
};
pub use guard::{NotLoopback, require_loopback};
pub use process::ProcessError;
pub use reading::{Pattern, Reading, Verdict};
pub(crate) use running::NotConfigured;
pub use running::{Configured, RunningTarget, Target, TargetError};
pub use template::TemplateError;
pub use wire::{Answer, Observation, PreparedRequest, Wire};
