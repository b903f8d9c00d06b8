//! Issuers: what they serve (pure), and the server that serves it and keeps the ledger.

mod documents;
mod ledger;
mod server;

pub use documents::Documents;
pub(crate) use documents::key_set;
pub use ledger::{LedgerEntry, Resource};
pub use server::{IssuerServer, StartError};
