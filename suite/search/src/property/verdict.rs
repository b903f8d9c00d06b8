//! Suspicions: what the judge says of a case, with what tells one cause from another. Pure.

use super::presented::{Answers, Presented};
use super::presenter::Presenter;
use crate::oracle_input::requirements;
use jwtspec_engine::event::Remark;
use jwtspec_engine::judge::sample::{Kind, Refused, judge_alike, judge_longer, judge_sample};
use jwtspec_engine::scenario::Expect;
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Finding, Level, Reason};

/// Something that looks wrong.
#[derive(Clone, Debug)]
pub struct Suspicion {
    /// Which step of the case shows it.
    pub step: usize,
    /// Which of its tokens.
    pub token: usize,
    /// The kind of failure.
    pub finding: Finding,
    /// The verdict that was expected.
    pub expect: Expect,
    /// A further remark on the answer.
    pub remark: Option<Box<Remark>>,
    /// The level, where that does not follow from the requirements.
    pub level: Option<Level>,
    /// The requirements that an acceptance breaks, by which one cause is told from another.
    pub broken: Vec<RequirementId>,
}

impl Suspicion {
    /// A suspicion of the first token of a case.
    pub(crate) fn of(finding: Finding, expect: Expect) -> Self {
        let (remark, level, broken) = (None, None, Vec::new());
        Self { step: 0, token: 0, finding, expect, remark, level, broken }
    }

    /// The suspicion that the next valid token is refused because of a case: of its last token, from
    /// which it expects what the model does.
    pub(crate) fn poisoned(answers: &Answers) -> Self {
        let remark = Some(Box::new(Remark::NextRefused));
        let step = answers.len().saturating_sub(1);
        let tokens = answers.last().map_or(&[][..], Vec::as_slice);
        let token = tokens.len().saturating_sub(1);
        let expect = tokens.last().map(|last| last.prepared.expected.expect.clone());
        let expect = expect.unwrap_or_else(|| Expect::Either(Vec::new()));
        Self { step, token, remark, ..Self::of(Finding::Poisoned, expect) }
    }

    /// True if another one, seen of a simpler case, shows the same.
    pub fn is_shown_by(&self, other: &Self) -> bool {
        let fewer = |reasons: &[Reason], of: &[Reason]| {
            of.is_empty() || reasons.iter().all(|reason| of.contains(reason))
        };
        self.finding == other.finding
            && other.broken.iter().all(|requirement| self.broken.contains(requirement))
            && match (&self.expect, &other.expect) {
                (Expect::Reject(of), Expect::Reject(reasons)) => fewer(reasons, of),
                (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
            }
    }
}

/// Returns what is wrong with the answers to a case, if anything.
pub fn judge(kind: Kind, presented: &Answers) -> Option<Suspicion> {
    for (step, tokens) in presented.iter().enumerate() {
        for (token, one) in tokens.iter().enumerate() {
            if let Some((finding, remark)) = judge_sample(kind, one.tried()) {
                let expected = &one.prepared.expected;
                let (expect, broken) = match (kind, finding) {
                    (Kind::Orderly, Finding::Fault) => (Expect::Either(Vec::new()), Vec::new()),
                    (Kind::Orderly, _) => (Expect::Reject(Vec::new()), Vec::new()),
                    (_, finding) if finding.is_acceptance() => {
                        (expected.expect.clone(), requirements(&expected.broken()))
                    }
                    _ => (expected.expect.clone(), Vec::new()),
                };
                let suspicion = Suspicion::of(finding, expect);
                let remark = remark.map(Box::new);
                return Some(Suspicion { step, token, remark, broken, ..suspicion });
            }
        }
    }
    match kind {
        Kind::Same => judge_same(presented),
        Kind::Monotone => judge_monotone(presented),
        _ => None,
    }
}

/// Returns a suspicion if the refusal of a case's first token holds what it must not.
pub(crate) fn judge_leak(
    presenter: &Presenter,
    setup: usize,
    presented: &Answers,
) -> Option<Suspicion> {
    let one = presented.first()?.first()?;
    let leaked = presenter.leak(setup, one)?;
    Some(Suspicion {
        level: Some(leaked.level()),
        remark: Some(Box::new(Remark::Holds(leaked))),
        ..Suspicion::of(Finding::SecretLeaked, one.prepared.expected.expect.clone())
    })
}

/// Returns a suspicion if of tokens that differ in nothing one was accepted and one refused: the
/// refused one shows it.
fn judge_same(presented: &Answers) -> Option<Suspicion> {
    for (step, tokens) in presented.iter().enumerate() {
        let (first, others) = tokens.split_first()?;
        let mut others = others.iter().enumerate();
        let found = others.find_map(|(place, other)| {
            let (refused, finding, remark) = judge_alike(&first.verdict, &other.verdict)?;
            let token = match refused {
                Refused::First => 0,
                Refused::Other => place + 1,
            };
            let suspicion = Suspicion::of(finding, Expect::Accept);
            Some(Suspicion { step, token, remark: Some(Box::new(remark)), ..suspicion })
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Returns a suspicion if one of a row of tokens, each valid for longer than the one before, is
/// refused though the one before was accepted.
fn judge_monotone(presented: &Answers) -> Option<Suspicion> {
    let last = |tokens: &[Presented]| tokens.last().map(|presented| presented.verdict.clone());
    let rest = presented.iter().enumerate().skip(1);
    let mut pairs = presented.iter().zip(rest);
    pairs.find_map(|(before, (step, after))| {
        let (finding, remark) = judge_longer(&last(before)?, &last(after)?)?;
        let suspicion = Suspicion::of(finding, Expect::Accept);
        Some(Suspicion { step, remark: Some(Box::new(remark)), ..suspicion })
    })
}
