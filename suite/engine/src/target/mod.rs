//! Targets: how to start, configure, call and read one verifier.

mod answer;
mod base_url;
#[cfg(feature = "target-file")]
mod calls;
#[cfg(feature = "target-file")]
mod configuration;
mod conversation;
mod counted;
mod deviations;
mod driver;
mod error;
mod examples;
mod facts;
mod fault;
mod file;
mod guard;
mod http;
mod http_mistakes;
mod message;
mod mistakes;
mod notes;
mod open;
#[cfg(feature = "target-file")]
mod orphans;
mod pattern;
mod present;
#[cfg(feature = "target-file")]
mod process;
mod raw;
mod reading;
#[cfg(feature = "target-file")]
mod render;
#[cfg(not(feature = "target-file"))]
#[path = "no_render.rs"]
mod render;
mod request;
mod running;
mod shell;
#[cfg(feature = "websocket")]
mod socket;
#[cfg(not(feature = "websocket"))]
#[path = "no_socket.rs"]
mod socket;
mod socket_texts;
#[cfg(feature = "target-file")]
mod start;
#[cfg(feature = "target-file")]
mod started;
#[cfg(not(feature = "target-file"))]
#[path = "no_started.rs"]
mod started;
mod template;
#[cfg(feature = "https")]
mod tls;
mod trust_fault;
mod url;
#[cfg(feature = "target-file")]
mod watcher;
mod wire;

pub use answer::Answer;
pub use base_url::{TargetUrlError, base_url, is_url, resource_url, without_user};
pub use conversation::{Conversation, End, Line};
pub use deviations::{Deviation, Deviations, DeviationsError, is_about};
pub use error::{DriverError, NotConfigured, TargetError};
pub use facts::Facts;
pub use fault::{ConnectionFault, Fault, Unsent};
pub use file::{Message, Ready, Signs, Start, TargetFile, TokenTable, Verdicts};
pub use guard::{LoopbackUrl, NotLoopback, require_loopback};
pub use http::{HttpClient, Observation};
pub use message::{MessageTemplate, Messages};
pub use open::TargetFileError;
#[cfg(feature = "target-file")]
pub use orphans::adopt_orphans;
pub use pattern::{Pattern, PatternTemplate};
pub use present::{Kind, Present, RequestTable};
#[cfg(feature = "target-file")]
pub use process::{ProcessError, ProcessGroup, Unready};
pub use reading::{Reading, Verdict};
pub use request::{PreparedRequest, is_field_value};
pub use running::{Configured, Presenting, RunningTarget, Target};
pub use socket::Session;
pub use template::TemplateError;
pub use trust_fault::TrustFault;
pub(crate) use url::HttpUrl;
