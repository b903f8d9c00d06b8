//! The report on a token source: a contract for programs, and a text for people.

use std::fmt;

use indexmap::IndexSet;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::client::{Timeline, token_letter};
use crate::lint::report::{write_findings, write_verdict};
use crate::lint::token::Token;
use crate::lint::{Finding, Sums};

/// The version of the report; it grows when a member changes its meaning or goes away.
pub const REPORT_VERSION: u32 = 1;

/// The report on a token source.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "TokenSourceReport"))]
pub struct Report {
    /// Always `jwtspec`.
    pub tool: String,
    /// The version of jwtspec.
    pub version: String,
    /// The version of this format.
    pub report: u32,
    /// The source, without what may be secret in it.
    pub source: String,
    /// The sums.
    pub summary: Sums,
    /// The calls, in order, and their outcomes; without those of the client.
    pub calls: Vec<CallShown>,
    /// The findings, met rules included, by group.
    pub findings: Vec<Finding>,
    /// The things that could not be judged, and what it would take.
    pub unseen: Vec<String>,
    /// The view of a user; nothing without a target.
    pub client: Option<Timeline>,
}

/// One call and what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallShown {
    /// The reason why the source was asked.
    pub occasion: String,
    /// True if by `forceRefreshToken: true`.
    pub force: bool,
    /// The token that came, as one that came before or as a new one: A, B, C, …
    pub token: Option<String>,
    /// The reason why there is none.
    pub failure: Option<String>,
}

/// The calls, with a letter for each token instead of its text.
pub(super) fn show_calls(calls: &[Call]) -> Vec<CallShown> {
    let mut known = IndexSet::new();
    let mut letter = |token: &Token| token_letter(known.insert_full(token.text.clone()).0);
    calls
        .iter()
        .map(|call| CallShown {
            occasion: call.occasion.to_string(),
            force: call.force,
            token: call.token().map(&mut letter),
            failure: call.failure(),
        })
        .collect()
}

impl Report {
    /// True if no requirement is broken and no recommendation is left out.
    pub fn is_fit(&self) -> bool {
        self.summary.is_fit()
    }

    /// The failure of the target while the client was simulated, if it failed.
    pub fn fault(&self) -> Option<&str> {
        self.client.as_ref()?.fault.as_deref()
    }
}

/// The report for people. Colours are always written; wrap the writer to take them out.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "source     {}", self.source)?;
        write_findings(f, &self.findings, &self.unseen)?;
        if let Some(client) = &self.client {
            write!(f, "{client}")?;
        }
        let verdict = if self.is_fit() { "fit for a client" } else { "not fit for a client" };
        write_verdict(f, verdict, self.summary, &self.findings)
    }
}
