//! Targets: how to start, configure, call and read one verifier.

mod conversation;
mod deviations;
mod driver;
mod fault;
mod file;
mod guard;
mod http;
mod http_mistakes;
mod message;
mod mistakes;
mod orphans;
mod pattern;
mod present;
mod process;
mod raw;
mod reading;
#[cfg(feature = "target-file")]
mod render;
#[cfg(not(feature = "target-file"))]
#[path = "no_render.rs"]
mod render;
mod running;
#[cfg(feature = "websocket")]
mod socket;
#[cfg(not(feature = "websocket"))]
#[path = "no_socket.rs"]
mod socket;
mod start;
mod template;
mod trust_fault;
mod watcher;

pub use conversation::{Conversation, End, Line};
pub use deviations::{Deviation, Deviations, DeviationsError, is_about};
pub use driver::DriverError;
pub use fault::{ConnectionFault, Fault, Unsent};
pub use file::{Message, Ready, Signs, Start, TargetFile, TargetFileError, TokenTable, Verdicts};
pub use guard::{LoopbackResolver, LoopbackUrl, NotLoopback, require_loopback};
#[cfg(all(test, feature = "https"))]
pub(crate) use http::choose_cryptography;
pub use http::{Answer, HttpClient, Observation, PreparedRequest, is_field_value};
pub use message::{Facts, MessageTemplate, Messages};
pub use orphans::adopt_orphans;
pub use pattern::{Pattern, PatternTemplate};
pub use present::{Kind, Present, RequestTable};
pub use process::{ProcessError, ProcessGroup};
pub use reading::{Reading, Verdict};
pub use running::NotConfigured;
pub use running::{Configured, Presenting, RunningTarget, Target, TargetError};
pub use socket::Session;
pub use template::TemplateError;
pub use trust_fault::TrustFault;
