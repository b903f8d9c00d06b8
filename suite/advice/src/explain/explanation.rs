//! The explanation as data, which `jwtspec explain --json` prints.

use serde::Serialize;
use serde_json::{Map, Value};

use super::near_misses::NearMiss;
use super::side::Side;
use jwtspec_types::words::{Reason, words};

/// The version of this format. Members may be added under the same version.
pub const VERSION: u32 = 1;

words! {
    /// The outcome for the token.
    Verdict {
        /// It would be accepted.
        Accepted = "accepted",
        /// It would not.
        Refused = "refused",
        /// The keys could not be had, so it cannot be told.
        Undecided = "undecided",
    }
}

words! {
    /// The outcome of one check.
    CheckOutcome {
        /// Nothing to object.
        Passed = "passed",
        /// The token is refused.
        Failed = "failed",
        /// It could not be asked, because an earlier check failed to bring something to light.
        NotAsked = "not-asked",
    }
}

/// The reason why a token is accepted or refused, and the remedies.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// The version of this format.
    pub version: u32,
    /// The outcome for the token.
    pub verdict: Verdict,
    /// The time for which this holds, RFC 3339.
    pub now: String,
    /// The token, and the text that it was taken from.
    pub input: Input,
    /// The trust of the verifier.
    pub trust: TrustShown,
    /// The documents that were fetched, or read instead, in order.
    pub fetched: Vec<Fetched>,
    /// Every check, in the order in which they are asked.
    pub checks: Vec<CheckShown>,
    /// The first check that fails.
    pub first_failure: Option<FirstFailure>,
    /// The cause of the failure, in a sentence or two.
    pub cause: Option<String>,
    /// The id of the near miss that is told as the cause, if it is one.
    #[serde(skip)]
    pub cause_id: Option<&'static str>,
    /// The side on which to change something.
    pub side: Option<Side>,
    /// Remedies, first choice first.
    pub advice: Vec<String>,
    /// The outcome for the token if that were put right, where it can be tried out.
    pub once_fixed: Option<String>,
    /// Every mistake that was recognised, the cause among them.
    pub near_misses: Vec<NearMiss>,
}

/// The token, and the text that it was taken from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Input {
    /// The texts that it was taken from, outermost first; nothing for a bare token.
    pub taken_from: Vec<String>,
    /// The mistakes that were put right in order to read it.
    pub notes: Vec<String>,
    /// Its length.
    pub characters: usize,
    /// The number of its segments.
    pub segments: usize,
    /// The header, as far as it can be read.
    pub header: Option<Map<String, Value>>,
    /// The claims, as far as they can be read. They prove nothing unless the token is accepted.
    pub claims: Option<Map<String, Value>>,
    /// The signature, only if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// The trust of the verifier.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrustShown {
    /// The file that it was read from.
    pub file: String,
    /// `contract` or `convex`.
    pub form: &'static str,
    /// The assumptions that were made in order to read it.
    pub assumptions: Vec<String>,
    /// Tolerance for clock skew.
    pub leeway_seconds: u64,
    /// The providers, as they apply to this token.
    pub providers: Vec<ProviderShown>,
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProviderShown {
    /// The value that `iss` must equal.
    pub issuer: String,
    /// The audiences of which `aud` must contain one; none means that it is not checked.
    pub audiences: Vec<String>,
    /// The algorithms that are allowed.
    pub algorithms: Vec<String>,
    /// The source of its keys, as a phrase.
    pub keys: String,
    /// True if the token names it.
    pub named: bool,
}

/// One document that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fetched {
    /// The name of the document.
    pub what: &'static str,
    /// The URL that was asked.
    pub url: String,
    /// `fetched`, `read from a file`, or `not asked`.
    pub how: &'static str,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Its content type.
    pub content_type: Option<String>,
    /// The reason why it could not be used.
    pub fault: Option<String>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckShown {
    /// Its name.
    pub name: &'static str,
    /// The question that it asks, and the clause that says so.
    pub about: &'static str,
    /// Its outcome.
    pub outcome: CheckOutcome,
    /// Its expectation.
    pub expected: String,
    /// Its finding.
    pub actual: String,
    /// The reason why the token is refused.
    pub reason: Option<Reason>,
    /// The message of the verifier, or the reason why it could not be asked.
    pub message: Option<String>,
}

/// The first check that fails.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FirstFailure {
    /// Its name.
    pub check: &'static str,
    /// The reason why the token is refused.
    pub reason: Option<Reason>,
    /// Its expectation.
    pub expected: String,
    /// Its finding.
    pub actual: String,
}
