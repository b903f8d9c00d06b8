//! A scenario as it is written: the shape that serde reads and the JSON Schema describes.

use indexmap::IndexMap;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Need;
use super::fetched::FetchSpec;
use super::pass::Pass;
use super::session::Hears;
use super::terms::{IssuerSpec, RequestSpec, TrustSpec};
use super::{AnswerSpec, Expect};
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::members::is_default;
use jwtspec_types::profile::Profile;
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Level, Reason};

/// One table of a scenario file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(feature = "schema", schemars(rename = "Scenario"))]
pub(super) struct Entry {
    /// What is special, in one line.
    pub(super) title: String,
    /// The requirements it exercises.
    pub(super) covers: Vec<RequirementId>,
    /// How binding it is (default: the strongest level among `covers`).
    pub(super) level: Option<Level>,
    /// What a failure lets happen, where the general text is not enough.
    pub(super) risk: Option<String>,
    /// What the verifier is told to accept.
    #[serde(default)]
    pub(super) trust: TrustSpec,
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
    /// What is wrong with the token of the only step, where `expect` allows several reasons.
    pub(super) cause: Option<Reason>,
    /// Several steps.
    pub(super) steps: Option<Vec<StepEntry>>,
    /// Present all tokens on one connection to a socket, one after the other.
    #[serde(default)]
    pub(super) session: bool,
    /// What it needs of a target beyond what its trust says.
    #[serde(default)]
    pub(super) needs: Vec<Need>,
    /// The control token.
    pub(super) control: Option<Recipe>,
    /// The only profiles under which it runs.
    #[serde(default)]
    pub(super) profiles: Vec<Profile>,
    /// What differs under a profile.
    #[serde(default)]
    pub(super) profile: IndexMap<Profile, Override>,
}

/// One step: exactly one of `present`, `issuer`, `issuers`, `pass`, `fetched`, `hears` and
/// `sign-out`.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", schemars(rename = "Step"))]
pub(super) struct StepEntry {
    /// Present this token.
    pub(super) present: Option<Recipe>,
    /// Expect this verdict.
    pub(super) expect: Option<Expect>,
    /// Present it this way.
    pub(super) request: Option<RequestSpec>,
    /// Expect this form of answer.
    pub(super) answer: Option<AnswerSpec>,
    /// What is wrong with the token, where `expect` allows several reasons.
    pub(super) cause: Option<Reason>,
    /// Present so many.
    pub(super) times: Option<u32>,
    /// Present them all at the same time.
    pub(super) at_once: Option<bool>,
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

/// What differs under a profile.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Override {
    /// Another expectation.
    #[serde(skip_serializing_if = "is_default")]
    pub expect: Option<Expect>,
    /// Another level.
    #[serde(skip_serializing_if = "is_default")]
    pub level: Option<Level>,
    /// Not run, for this reason.
    #[serde(skip_serializing_if = "is_default")]
    pub skip: Option<String>,
    /// What the profile's own backend does otherwise than the specifications.
    #[serde(skip_serializing_if = "is_default")]
    pub departs: Option<KnownDifference>,
}

/// What the backend behind a profile does otherwise than the specifications. A verifier that does
/// the same deviates, for the reason given here; one that keeps to the specifications passes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KnownDifference {
    /// The verdict that it comes to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expect: Option<Expect>,
    /// What its answer has the form of, where that is less than the scenario asks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub answer: Option<AnswerSpec>,
    /// Why it does so.
    pub why: String,
}

impl KnownDifference {
    /// What a verifier that departs so must come to, where the texts expect this verdict, and
    /// this form of answer.
    pub(crate) fn terms(
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
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(feature = "schema", schemars(rename = "SharedOverride"))]
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
    /// What the profiles' own backend does otherwise than the specifications.
    pub(super) departs: Option<KnownDifference>,
}

/// A whole scenario file, for the JSON Schema.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ScenarioFile"))]
pub struct FileSchema {
    /// What the topic is.
    #[expect(dead_code, reason = "describes the file; read by hand")]
    about: String,
    /// What differs under a profile in many of its scenarios.
    #[expect(dead_code, reason = "describes the file; read by hand")]
    #[cfg_attr(feature = "schema", schemars(default))]
    overrides: Vec<SharedEntry>,
    #[expect(dead_code, reason = "describes the file; read by hand")]
    #[cfg_attr(feature = "schema", schemars(flatten))]
    scenarios: IndexMap<String, Entry>,
}
