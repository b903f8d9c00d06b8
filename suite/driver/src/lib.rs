//! Verifiers written in Rust: the traits through which one is handed over, and its description.
//!
//! A type that implements [`Driver`] is served over HTTP by [`serve`], through the same contract as
//! a driver in any other language, and judged there.

mod serve;
mod service_fault;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use jwtspec_types::trust::Trust;
use jwtspec_types::words::Reason;

pub use jwtspec_types::capabilities::{Capabilities, KeyDelivery, Number};
pub use serve::{Served, serve, serve_on};
pub use service_fault::{Asked, ServiceFault};

/// Version of the driver contract that this build speaks.
pub const CONTRACT: u32 = 1;

/// The request header with the time that a verifier with the capability `clock` goes by:
/// seconds since 1970, possibly with a fraction.
pub const TIME_HEADER: &str = "jwtspec-time";

/// A verifier library, ready to be told which issuers to trust.
pub trait Driver: Send + Sync + 'static {
    /// The name, version and capabilities of the verifier. Answers `GET /`.
    fn describe(&self) -> Description;

    /// Makes a verifier for a trust. Answers `POST /verifiers`.
    ///
    /// # Errors
    ///
    /// If it cannot do what the trust asks for; the scenario is then skipped, with this text.
    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported>;

    /// The content type under which refusals are answered with their message alone, unescaped.
    /// For deliberately wrong verifiers.
    #[doc(hidden)]
    fn unescaped_refusals(&self) -> Option<&'static str> {
        None
    }

    /// Returns true if the verifier is handed whatever follows `Bearer`, though it is no `b64token`.
    /// For deliberately wrong verifiers.
    #[doc(hidden)]
    fn takes_any_credentials(&self) -> bool {
        false
    }

    /// The mistake of the service around the verifier. For deliberately wrong ones.
    #[doc(hidden)]
    fn service_fault(&self) -> Option<ServiceFault> {
        None
    }
}

/// A verifier that has been told which issuers to trust.
///
/// Closures that take a token and return claims or a [`Refusal`] are verifiers too.
pub trait Verifier: Send + Sync + 'static {
    /// Verifies one token: the claims, or why not.
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>>;

    /// Verifies one token as if it were this time since 1970.
    ///
    /// Asked only of verifiers that claim the capability `clock`.
    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        _now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.verify(token)
    }
}

impl<F> Verifier for F
where
    F: Fn(&str) -> Result<Value, Refusal> + Send + Sync + 'static,
{
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        std::future::ready(self(token)).boxed()
    }
}

/// The refusal of a token.
///
/// ```
/// use jwtspec_driver::Refusal;
/// use jwtspec_types::words::Reason;
///
/// let refusal = Refusal::because(Reason::Expired, "the token expired 12 seconds ago");
/// assert_eq!(refusal.reason, Some(Reason::Expired));
/// assert_eq!(Refusal::saying("no").reason, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The cause, where the verifier knows it by our list.
    pub reason: Option<Reason>,
    /// The text for people.
    pub message: String,
}

impl Refusal {
    /// A refusal whose cause only its message tells.
    pub fn saying(message: impl Into<String>) -> Self {
        Self { reason: None, message: message.into() }
    }

    /// A refusal with a known cause.
    pub fn because(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason: Some(reason), message: message.into() }
    }
}

/// A part of a trust that the verifier cannot be told.
///
/// ```
/// let unsupported = jwtspec_driver::Unsupported("several providers".to_owned());
/// assert_eq!(unsupported.to_string(), "several providers");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsupported(pub String);

/// The description of a verifier by its driver: the answer to `GET /`.
///
/// ```
/// use jwtspec_driver::{CONTRACT, Capabilities, Description, KeyDelivery};
///
/// let capabilities = Capabilities::default()
///     .keys([KeyDelivery::Inline])
///     .algorithms(["RS256".to_owned()]);
/// let description = Description::new("my-verifier", "1.0.0", capabilities);
/// assert_eq!(description.contract, CONTRACT);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Description {
    /// Version of the driver contract.
    pub contract: u32,
    /// Name of the verifier.
    pub name: String,
    /// Version of the verifier.
    pub version: String,
    /// Its capabilities.
    pub capabilities: Capabilities,
}

impl Description {
    /// The description of a verifier that speaks this version of the contract.
    pub fn new(
        name: impl Into<String>,
        version: impl Into<String>,
        capabilities: Capabilities,
    ) -> Self {
        Self { contract: CONTRACT, name: name.into(), version: version.into(), capabilities }
    }
}
