//! The checks of an answer, and the property that a failure breaks.

use super::Case;
use crate::property::presenter::{Presented, Presenter};
use crate::property::{Kind, PROPERTIES, Property, Suspicion, judge};
use jwtspec_engine::event::Remark;
use jwtspec_engine::judge::sample::judge_unsigned;
use jwtspec_types::words::Finding;

/// A check of the answer to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The verdict, the form of the answer and the claims that are handed over.
    Answer,
    /// Secrets in the text of a refusal.
    Leak,
}

impl Check {
    /// Returns what is wrong with the answer to a case, if anything.
    pub(super) fn judge(
        self,
        presenter: &Presenter,
        case: &Case,
        presented: &[Vec<Presented>],
    ) -> Option<Suspicion> {
        match self {
            Self::Leak => {
                let one = presented.first()?.first()?;
                let leaked = presenter.leak(case.setup, one)?;
                Some(Suspicion {
                    level: Some(leaked.level()),
                    remark: Some(Box::new(Remark::Holds(leaked))),
                    ..Suspicion::of(Finding::SecretLeaked, one.prepared.expected.expect.clone())
                })
            }
            Self::Answer if case.is_bytes() => {
                judge(Kind::Orderly, presented).or_else(|| accepted(presented))
            }
            // Only the usual request asks for the claims.
            Self::Answer if case.request.is_none() && presenter.target().channel().claims => {
                judge(Kind::Claims, presented)
            }
            Self::Answer => judge(Kind::Expected, presented),
        }
    }

    /// The property that is broken. It is one of those of `jwtspec property`, so one deviation
    /// covers both commands.
    pub(super) fn property(case: &Case, finding: Finding) -> Option<&'static Property> {
        let id = match finding {
            Finding::ClaimsAltered => "claims",
            _ if case.is_bytes() => "orderly",
            _ if case.request.is_some() => "presented",
            _ => "any",
        };
        PROPERTIES.iter().find(|property| property.id == id)
    }
}

/// Bytes that were never signed are no token.
fn accepted(presented: &[Vec<Presented>]) -> Option<Suspicion> {
    let one = presented.first()?.first()?;
    let (finding, expect) = judge_unsigned(&one.verdict)?;
    Some(Suspicion::of(finding, expect))
}
