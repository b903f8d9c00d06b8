//! Unstable: scenario → plan → issuers and target → runner → judge → report.

pub mod challenge;
pub mod coverage;
pub mod diagnosis;
pub mod event;
pub mod issuer;
pub mod judge;
pub mod message;
pub mod plan;
pub mod power;
pub mod report;
pub mod run;
pub mod scenario;
pub mod target;
pub mod untold;
pub mod vectors;
