//! jwtspec: a conformance test suite for JWT verifiers, over HTTP, whatever their language.
//!
//! Data flows one way: scenario files → plan → runner → events → reports. The pure parts
//! ([`Recipe`], [`mint`], the plan, the judge) know no input or output.

mod challenge;
#[cfg(feature = "cli")]
pub mod cli;
mod command;
pub mod diagnosis;
pub mod event;
pub mod explain;
pub mod explore;
pub mod faulty;
mod fixtures;
pub mod format;
pub mod fuzz;
pub mod generate;
pub mod harness;
mod issuer;
mod judge;
pub mod lint;
pub mod message;
mod mint;
pub mod model;
mod octets;
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
pub mod target;
mod timing;
pub mod token_source;
pub mod trust;
pub mod verifier;
mod words;

pub use fixtures::{Fixture, Key, UnknownKey};
pub use issuer::{
    Certificate, Documents, Ground, IssuerServer, LedgerEntry, NotAWireFault, Place, Resource,
    Served, StartError, WireFault,
};
pub use mint::{Decoded, Line, Mark, MintError, Minted, SignError, Signed, mint};
pub use octets::{NotOctets, Octets};
pub use placeholder::{ExpandError, JsonText, NotATemplate, RequestText, ValueText};
pub use profile::Profile;
pub use recipe::Recipe;
pub use requirements::{Requirement, RequirementId, UnknownRequirement};
pub use setting::{IssuerFacts, PublishedKey, Setting};
pub use timing::{NotASpan, NotATiming, Span, Timing};
pub use words::{Algorithm, Family, Finding, Level, Outcome, Reason, UnknownWord};
