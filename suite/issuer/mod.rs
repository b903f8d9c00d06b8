//! Issuers: what they serve (pure), and the server that serves it and keeps the ledger.

mod documents;
mod ground;
mod ledger;
mod served;
mod server;

pub use documents::Documents;
pub(crate) use documents::{key_set, metadata};
pub use ground::{Certificate, Ground, Place};
pub use ledger::{LedgerEntry, Resource};
pub use served::{NotAWireFault, Served, WireFault};
pub use server::{IssuerServer, StartError};
