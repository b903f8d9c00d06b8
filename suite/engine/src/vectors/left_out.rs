//! The scenarios that make no vector, and why.

use std::fmt;

use crate::plan::{Case, SkipReason};
use crate::scenario::{AnswerSpec, Need, Step};

/// The reason why a scenario makes no vector: a clause that reads after the scenario's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// Several tokens, or a change between them.
    Steps,
    /// Another request than the usual.
    Request,
    /// The form of an HTTP answer.
    Answer,
    /// A connection that lasts.
    Session,
    /// A document that is fetched.
    Fetching,
    /// A key set that only a parser of its own can read.
    KeySet,
    /// A secret in a key set that anyone can read.
    PublishedSecret,
    /// A long token or key set.
    Long,
    /// A key to decrypt with.
    Decryption,
    /// The plan has no case for it.
    Skipped,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "take several steps, or judge what an issuer is asked",
            Self::Request => "are about the HTTP request",
            Self::Answer => "are about the form of the HTTP answer",
            Self::Session => "take a session on a socket",
            Self::Fetching => "are about documents that are fetched",
            Self::KeySet => "have a key set that is no plain JSON object",
            Self::PublishedSecret => "are about a secret that is published",
            Self::Long => "have a token or a key set that is too long for a file",
            Self::Decryption => "are encrypted to a key of the verifier's own",
            Self::Skipped => "run under no profile",
        })
    }
}

impl From<SkipReason> for LeftOut {
    fn from(_: SkipReason) -> Self {
        Self::Skipped
    }
}

/// Checks that all there is to judge in a case is the verdict on one token.
pub(super) fn only_token(case: &Case) -> Result<(), LeftOut> {
    let scenario = &case.scenario;
    if scenario.session {
        return Err(LeftOut::Session);
    }
    let [Step::Present(presentation)] = scenario.steps.as_slice() else {
        return Err(LeftOut::Steps);
    };
    if presentation.times != 1 {
        return Err(LeftOut::Steps);
    }
    if presentation.request.is_some() {
        return Err(LeftOut::Request);
    }
    let verdict_or_claims = AnswerSpec { claims: false, ..presentation.answer.clone() };
    if !verdict_or_claims.is_empty() {
        return Err(LeftOut::Answer);
    }
    if scenario.trust.decrypts.is_some() {
        return Err(LeftOut::Decryption);
    }
    let mut certificates = scenario.issuers.values().filter_map(|spec| spec.tls?.0);
    if scenario.needs.contains(&Need::HttpCache) || certificates.next().is_some() {
        return Err(LeftOut::Fetching);
    }
    Ok(())
}
