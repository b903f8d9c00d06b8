//! Issuers: what they serve (pure), and the server that serves it and keeps the ledger.
//!
//! What an HTTP library can serve is served by one, on one port, through the `clerk`. What it
//! cannot (faults on the wire, certificates, ports that are down) is taken in by the `front`,
//! behind a `gate`; it passes on to the library what needs no fault.

mod answer;
mod clerk;
mod desks;
mod documents;
mod endpoint;
mod error;
mod front;
mod gate;
mod head;
mod ledger;
mod line;
mod served;
mod server;
mod tls;
mod wire;

pub use documents::Documents;
pub(crate) use documents::metadata;
pub use endpoint::{Certificate, Endpoint, EndpointSpec};
pub use error::StartError;
pub use ledger::{LedgerEntry, Resource};
pub use served::{Served, WireFault};
pub use server::IssuerServer;

#[cfg(test)]
mod tests;
