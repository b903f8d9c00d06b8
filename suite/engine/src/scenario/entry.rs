//! A scenario as it is written: the shape that serde reads and the JSON Schema describes.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Need;
use super::fetched::FetchSpec;
use super::pass::Pass;
use super::request::RequestSpec;
use super::risk::RiskEntry;
use super::session::Hears;
use super::spec::{BesideSpec, IssuerSpec, TrustSpec};
use super::{AnswerSpec, At, Expect};
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::members::{is_default, sparse};
use jwtspec_types::profile::Profile;
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Level, Reason};

/// One table of a scenario file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Scenario"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Entry {
    /// Its difference from the usual, in one line.
    pub(super) title: String,
    /// The requirements it exercises.
    pub(super) covers: Vec<RequirementId>,
    /// Its level (default: the strongest level among `covers`).
    pub(super) level: Option<Level>,
    /// The risk of a failure, where the general text is not enough.
    pub(super) risk: Option<RiskEntry>,
    /// The trust that the verifier is told.
    #[serde(default)]
    pub(super) trust: TrustSpec,
    /// A second verifier, held by the same process.
    pub(super) beside: Option<BesideSpec>,
    /// The issuer `main`.
    #[serde(default)]
    pub(super) issuer: IssuerSpec,
    /// Further issuers.
    #[serde(default)]
    pub(super) issuers: IndexMap<String, IssuerSpec>,
    /// The token of the only step.
    pub(super) token: Option<Recipe>,
    /// The request of the only step.
    pub(super) request: Option<RequestSpec>,
    /// The expectation of the only step.
    pub(super) expect: Option<Expect>,
    /// The answer of the only step.
    pub(super) answer: Option<AnswerSpec>,
    /// The fault of the token of the only step, where `expect` allows several reasons.
    pub(super) cause: Option<Reason>,
    /// Several steps.
    pub(super) steps: Option<Vec<StepEntry>>,
    /// Present all tokens on one connection to a socket, one after the other.
    #[serde(default)]
    pub(super) session: bool,
    /// Its needs of a target beyond what its trust says.
    #[serde(default)]
    pub(super) needs: Vec<Need>,
    /// The control token.
    pub(super) control: Option<Recipe>,
    /// The only profiles under which it runs.
    #[serde(default)]
    pub(super) profiles: Vec<Profile>,
    /// The reason why it fails for no fault of the bank.
    pub(super) unproven_because: Option<String>,
    /// The differences under a profile.
    #[serde(default)]
    pub(super) profile: IndexMap<Profile, Override>,
}

/// One step: exactly one of `present`, `issuer`, `issuers`, `pass`, `fetched`, `hears` and
/// `sign-out`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Step"))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct StepEntry {
    /// Present this token.
    pub(super) present: Option<Recipe>,
    /// Expect this verdict.
    pub(super) expect: Option<Expect>,
    /// Present it this way.
    pub(super) request: Option<RequestSpec>,
    /// Expect this form of answer.
    pub(super) answer: Option<AnswerSpec>,
    /// The fault of the token, where `expect` allows several reasons.
    pub(super) cause: Option<Reason>,
    /// Present so many.
    pub(super) times: Option<u32>,
    /// Present them all at the same time.
    pub(super) at_once: Option<bool>,
    /// Mint it as the token before: at its time, and with its `jti`.
    pub(super) again: Option<bool>,
    /// Present it to another verifier.
    pub(super) at: Option<At>,
    /// Let so much time pass.
    pub(super) pass: Option<Pass>,
    /// Change what `main` serves.
    pub(super) issuer: Option<IssuerSpec>,
    /// Change what other issuers serve.
    pub(super) issuers: Option<IndexMap<String, IssuerSpec>>,
    /// Judge the ledger.
    pub(super) fetched: Option<FetchSpec>,
    /// In a session: hear this unasked.
    pub(super) hears: Option<Hears>,
    /// Hear it within this time.
    pub(super) within: Option<Pass>,
    /// In a session: end it, and not the connection.
    pub(super) sign_out: Option<bool>,
}

sparse! {
    /// The differences under a profile.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Override {
        /// Another expectation.
        pub expect: Option<Expect>,
        /// Another level.
        pub level: Option<Level>,
        /// Not run, for this reason.
        pub skip: Option<String>,
        /// The known difference of the profile's own backend from the specifications.
        pub departs: Option<KnownDifference>,
    }
}

impl Override {
    /// This override where it says something, and the other where it does not.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            expect: self.expect.or(other.expect),
            level: self.level.or(other.level),
            skip: self.skip.or(other.skip),
            departs: self.departs.or(other.departs),
        }
    }
}

/// A difference of the backend behind a profile from the specifications. A verifier that does
/// the same deviates, for the reason given here; one that keeps to the specifications passes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KnownDifference {
    /// The verdict that it comes to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expect: Option<Expect>,
    /// The form of its answer, where that is less than the scenario asks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub answer: Option<AnswerSpec>,
    /// The reason why it does so.
    pub why: String,
}

impl KnownDifference {
    /// The verdict and the form of answer of a verifier with this difference, where the
    /// specifications expect these.
    pub(crate) fn expectation(
        &self,
        expect: &Expect,
        answer: &AnswerSpec,
        profile: Profile,
    ) -> (Expect, AnswerSpec) {
        let answer = match (&self.answer, &self.expect) {
            (Some(other), _) => other.clone(),
            // What the scenario asks of an answer goes with its verdict.
            (None, Some(_)) => AnswerSpec::default(),
            (None, None) => answer.clone(),
        };
        match &self.expect {
            Some(other) => (other.under(profile), answer),
            None => (expect.clone(), answer),
        }
    }
}

/// An override for many scenarios of a file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SharedOverride"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SharedEntry {
    /// Under these profiles.
    pub(super) profiles: Vec<Profile>,
    /// In these scenarios: names in this file, or globs over them.
    pub(super) scenarios: Vec<String>,
    /// Another expectation.
    pub(super) expect: Option<Expect>,
    /// Another level.
    pub(super) level: Option<Level>,
    /// Not run, for this reason.
    pub(super) skip: Option<String>,
    /// The known difference of the profiles' own backend from the specifications.
    pub(super) departs: Option<KnownDifference>,
}

/// A whole scenario file, for the JSON Schema.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ScenarioFile"))]
pub struct FileSchema {
    /// The topic, in one line.
    #[expect(dead_code, reason = "describes the file; read by hand")]
    about: String,
    /// Differences under a profile in many of its scenarios.
    #[expect(dead_code, reason = "describes the file; read by hand")]
    #[cfg_attr(feature = "schema", schemars(default))]
    overrides: Vec<SharedEntry>,
    #[expect(dead_code, reason = "describes the file; read by hand")]
    #[cfg_attr(feature = "schema", schemars(flatten))]
    scenarios: IndexMap<String, Entry>,
}
