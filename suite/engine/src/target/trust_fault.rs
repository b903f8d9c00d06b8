//! The ways in which a target fails to take a trust.

use serde::{Deserialize, Serialize};

use super::fault::ConnectionFault;

/// The way in which a target failed to take a trust, before any token was presented. It leaves out
/// what differs from one trust to the next, so that equal ones can be told as one.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum TrustFault {
    /// A status that the contract does not have.
    #[error("the driver answers `POST /verifiers` with status {0}; its contract has 201 and 422")]
    Status(u16),
    /// A body that is not JSON, with this status.
    #[error("the driver answers `POST /verifiers` with status {0} and a body that is not JSON")]
    NotJson(u16),
    /// 201 without the path of the verifier.
    #[error("the driver answers `POST /verifiers` with status 201 and names no `path`")]
    NoPath,
    /// 201 with a path that is relative.
    #[error(
        "the driver answers `POST /verifiers` with status 201 and a `path` that does not begin with `/`"
    )]
    RelativePath,
    /// 422 without a reason.
    #[error(
        "the driver answers `POST /verifiers` with status 422 and does not say in `unsupported` why"
    )]
    NoReason,
    /// No answer that can be read.
    #[error("the driver {does} `POST /verifiers`: {0}", does = answers(.0))]
    Connection(ConnectionFault),
    /// The process of a target that is told its trust at its start does not start.
    #[error("the target does not start with the trust")]
    NotStarted,
    /// The target cannot be started here; the words of the error.
    #[error("{0}")]
    System(String),
}

/// What a driver does that has such a fault.
fn answers(fault: &ConnectionFault) -> &'static str {
    if fault.is_flood() { "says too much to" } else { "does not answer" }
}

impl TrustFault {
    /// Returns true if nothing came back at all.
    pub(crate) fn is_silence(&self) -> bool {
        match self {
            Self::Connection(fault) => fault.is_silence(),
            Self::NotStarted | Self::System(_) => true,
            _ => false,
        }
    }
}
