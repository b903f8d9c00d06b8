//! Issuers: their documents (pure), and the server that serves them and keeps the ledger.
//!
//! A response that an HTTP library can send is sent by one, on one port, through the `handler`.
//! Others (faults on the wire, certificates, ports that are down) are sent by the `connection`
//! handler, behind a `listener` of ours.

mod answer;
mod connection;
mod documents;
mod endpoint;
mod error;
mod faults;
mod handler;
mod ledger;
mod listener;
mod registry;
mod request;
mod response;
mod server;
mod stream;
#[cfg(feature = "https")]
mod tls;
#[cfg(not(feature = "https"))]
#[path = "no_tls.rs"]
mod tls;

pub use documents::Documents;
pub(crate) use documents::metadata;
pub use endpoint::{Certificate, Endpoint, EndpointSpec};
pub use error::StartError;
pub use faults::WireFault;
pub use ledger::{LedgerEntry, Resource};
pub use response::Response;
pub use server::IssuerServer;

#[cfg(test)]
mod tests;
