//! The reasons why a target cannot be started, reached or configured.

use super::fault::ConnectionFault;
#[cfg(feature = "target-file")]
use super::process::ProcessError;
use super::template::TemplateError;
use super::trust_fault::TrustFault;
use jwtspec_driver::CONTRACT;
use jwtspec_format::Problems;

/// A target that cannot be started, reached or configured.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Its process.
    #[cfg(feature = "target-file")]
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Its side of the driver contract.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// A template of its file.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template of its configuration file.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// Files and sockets.
    #[error("failed to {what}: {error}")]
    System {
        /// The action that failed.
        what: String,
        /// The error of the system.
        error: String,
    },
}

pub(super) fn system_error<E: ToString>(what: impl Into<String>) -> impl FnOnce(E) -> TargetError {
    let what = what.into();
    move |error| TargetError::System { what, error: error.to_string() }
}

/// A driver that does not keep to the contract.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// Nothing answers there, or nothing that can be read.
    #[error("failed to reach the driver at {url}: {fault}\nis it running? does it listen there?")]
    Unreachable {
        /// Its URL.
        url: String,
        /// The fault of the connection.
        fault: ConnectionFault,
    },
    /// It answers something else.
    #[error("{url} does not speak the driver contract: {what}\nsee docs/drivers.md")]
    NotADriver {
        /// The URL of the request.
        url: String,
        /// The mistake in the answer.
        what: String,
    },
    /// It does not take a trust as the contract says.
    #[error("{fault}; the body of the answer: {body}\nsee docs/drivers.md")]
    Trust {
        /// The mistake in the answer.
        fault: TrustFault,
        /// The beginning of the body of the answer.
        body: String,
    },
    /// It speaks a later version.
    #[error(
        "the driver at {url} speaks version {version} of the contract, this jwtspec speaks {CONTRACT}\nupdate jwtspec"
    )]
    OtherContract {
        /// Its URL.
        url: String,
        /// Its version.
        version: u32,
    },
}

/// The reason why a trust could not be told.
#[derive(Debug)]
pub enum NotConfigured {
    /// The target says that it cannot be told this.
    Unsupported(String),
    /// The target failed.
    Failed(TargetError),
}
