//! jwtspec: a conformance test suite for JWT verifiers, over HTTP, whatever their language.
//!
//! Data flows one way: scenario files → plan → runner → events → reports. The pure parts
//! ([`Recipe`], [`mint`], the plan, the judge) know no input or output.

mod advised;
pub mod capabilities;
mod challenge;
#[cfg(feature = "cli")]
pub mod cli;
mod command;
pub mod diagnosis;
pub mod event;
pub mod expect;
pub mod explain;
pub mod explore;
mod fixtures;
pub mod format;
pub mod fuzz;
pub mod generate;
pub mod harness;
mod issuer;
pub mod jose;
mod judge;
pub mod lint;
mod members;
pub mod message;
mod mint;
pub mod model;
pub mod nearest;
mod octets;
pub mod oracle_input;
mod placeholder;
pub mod plan;
pub mod probe;
mod profile;
pub mod property;
pub mod recipe;
pub mod reference;
pub mod report;
mod requirements;
pub mod run;
pub mod scenario;
mod setting;
pub mod signed;
pub mod target;
mod timing;
pub mod token_source;
pub mod trust;
pub mod verifier;
mod words;

pub use advised::Advised;
pub use fixtures::{Fixture, Key};
pub use issuer::{
    Certificate, Documents, Ground, IssuerServer, LedgerEntry, Place, Resource, Served, StartError,
    WireFault,
};
pub use mint::{Decoded, Line, Mark, MintError, Minted, SignError, mint};
pub use octets::Octets;
pub use placeholder::{ExpandError, JsonText, RequestText, ValueText};
pub use profile::{Profile, ProviderLimits, RequiredBy, TokenKind, Unenforced};
pub use recipe::Recipe;
pub use requirements::{Requirement, RequirementId};
pub use setting::{IssuerFacts, PublishedKey, Setting};
pub use signed::Signed;
pub use timing::{Span, Timing};
pub use words::{Algorithm, Family, Finding, Level, Outcome, Reason, UnknownWord};
