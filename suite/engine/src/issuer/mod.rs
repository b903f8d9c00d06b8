//! Issuers: their documents (pure), and the server that serves them and keeps the ledger.
//!
//! Each request has a connection of its own, which a `connection` handler answers behind a
//! `listener`: what HTTP libraries do not send (faults on the wire) is sent there as well.

mod answer;
mod connection;
mod documents;
mod endpoint;
mod error;
mod faults;
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
mod wire_fault;

pub use documents::Documents;
pub(crate) use documents::metadata;
pub use endpoint::{Certificate, Endpoint, EndpointSpec};
pub use error::StartError;
pub use ledger::{LedgerEntry, Resource};
pub use response::Response;
pub use server::IssuerServer;
pub use wire_fault::WireFault;

#[cfg(test)]
mod tests;
