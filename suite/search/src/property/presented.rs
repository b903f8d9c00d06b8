//! Tokens that were presented, and what came back.

use std::time::Duration;

use jwtspec_engine::judge::Maker;
use jwtspec_engine::judge::sample::SampleAnswer;
use jwtspec_engine::target::{Observation, PreparedRequest, Verdict};
use jwtspec_mint::Minted;
use jwtspec_oracle::Expected;

/// A token on its way: with what it must come to.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The token.
    pub minted: Minted,
    /// The request that presents it.
    pub request: PreparedRequest,
    /// The maker of the token.
    pub maker: Maker,
    /// The verdict that the model expects.
    pub expected: Expected,
    /// True if that depends on the second, which a clock that requests set holds still.
    pub to_the_second: bool,
}

/// A token that was presented, and what came of it.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The token, and what it must come to.
    pub prepared: Prepared,
    /// The answer of the target.
    pub observation: Observation,
    /// The verdict that the answer states.
    pub verdict: Verdict,
    /// The time until the answer had come.
    pub took: Duration,
    /// The documents of issuers that were fetched meanwhile, for this token or another.
    pub fetches: String,
}

/// The answers to a case: of each step those to its tokens.
pub type Answers = Vec<Vec<Presented>>;

impl Presented {
    /// The view of it that the judge takes.
    pub(crate) fn tried(&self) -> SampleAnswer<'_> {
        let Self {
            prepared: Prepared { minted, request, maker, expected, .. },
            observation,
            verdict,
            ..
        } = self;
        let (token, expect) = (minted.token.as_str(), &expected.expect);
        SampleAnswer { token, request, maker: *maker, expect, observation, verdict }
    }

    /// The message of the refusal; empty if it was accepted.
    pub(crate) fn refusal_message(&self) -> String {
        match &self.verdict {
            Verdict::Reject { message, .. } => message.clone(),
            Verdict::Fault(fault) => fault.to_string(),
            Verdict::Accept => String::new(),
        }
    }
}

/// The documents that were fetched between two counts. Their number does not matter: retries are a
/// matter of time.
pub(super) fn fetched(before: &[(&str, [usize; 3])], after: &[(&str, [usize; 3])]) -> String {
    const DOCUMENTS: [&str; 3] = ["key set", "discovery", "another place"];
    let mut issuers = Vec::new();
    for ((name, before), (_, after)) in before.iter().zip(after) {
        let documents: Vec<&str> = (DOCUMENTS.iter().zip(before.iter().zip(after)))
            .filter(|(_, (before, after))| before < after)
            .map(|(document, _)| *document)
            .collect();
        if !documents.is_empty() {
            issuers.push(format!("{name}: {}", documents.join(" and ")));
        }
    }
    issuers.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_fetched_is_told_by_issuer_and_document() {
        let before = [("main", [1, 1, 0]), ("second", [0, 0, 0])];
        let after = [("main", [1, 1, 0]), ("second", [2, 1, 0])];
        assert_eq!(fetched(&before, &after), "second: key set and discovery");
        assert_eq!(fetched(&before, &before), "");
    }
}
