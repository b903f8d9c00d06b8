//! Judges what was seen of a sample. Pure.

use super::engine::Seen;
use super::table::Kind;
use crate::generate::is_field_value;
use crate::judge::claims_fault;
use crate::requirements::RequirementId;
use crate::scenario::Expect;
use crate::target::{Observation, Verdict};
use crate::words::{Finding, Reason};

/// Longer values of a field a server need not read; what it does then may be lost on the way, as
/// it closes the connection while the rest is still being sent.
const LONG: usize = 8000;

/// Something that looks wrong.
#[derive(Clone, Debug)]
pub struct Suspicion {
    /// Which shot of the sample shows it.
    pub shot: usize,
    /// Which of its tokens.
    pub token: usize,
    /// What kind of failure it is.
    pub finding: Finding,
    /// What was expected.
    pub expect: Expect,
    /// What was wrong with the form of the answer.
    pub remark: Option<String>,
    /// The requirements that an acceptance breaks, by which one cause is told from another.
    pub broken: Vec<RequirementId>,
}

impl Suspicion {
    /// Whether another one, seen of a simpler sample, shows the same.
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

/// What is wrong with what was seen of a sample, if anything.
pub fn judge(kind: Kind, seen: &[Vec<Seen>]) -> Option<Suspicion> {
    for (shot, tokens) in seen.iter().enumerate() {
        for (token, one) in tokens.iter().enumerate() {
            let finding = finding(kind, one);
            if let Some((finding, remark)) = finding {
                let expect = if kind == Kind::Orderly {
                    Expect::Either(Vec::new())
                } else {
                    one.expected.expect.clone()
                };
                let broken = match finding {
                    Finding::ForgeryAccepted => one.expected.broken(),
                    _ => Vec::new(),
                };
                return Some(Suspicion { shot, token, finding, expect, remark, broken });
            }
        }
    }
    match kind {
        Kind::Same => changed(seen),
        Kind::Monotone => falls(seen),
        _ => None,
    }
}

fn finding(kind: Kind, seen: &Seen) -> Option<(Finding, Option<String>)> {
    let plain = |finding| Some((finding, None));
    match (&seen.verdict, &seen.expected.expect) {
        (Verdict::Fault(_), _) if is_excused(seen) => None,
        (Verdict::Fault(_), _) => plain(Finding::Fault),
        _ if kind == Kind::Orderly => None,
        (Verdict::Accept, Expect::Reject(_)) => plain(Finding::ForgeryAccepted),
        (Verdict::Reject { .. }, Expect::Accept) => plain(Finding::ValidRejected),
        (Verdict::Accept, _) if kind == Kind::Claims => match &seen.observation {
            Observation::Answer(answer) => claims_fault(&seen.minted.token, answer)
                .map(|remark| (Finding::ClaimsAltered, Some(remark))),
            Observation::Conversation(_) | Observation::Fault(_) => None,
        },
        _ => None,
    }
}

/// Whether there need be no answer: HTTP forbids what was sent (RFC 9110 section 5.5), or it is
/// longer than a server need read (section 5.4).
fn is_excused(seen: &Seen) -> bool {
    let unanswered = match &seen.observation {
        Observation::Fault(fault) => !fault.is_timeout(),
        // Nothing forbids a long message, but nobody need read it (RFC 6455 section 10.4).
        Observation::Conversation(conversation) => {
            return conversation.close_code().is_some() && seen.minted.token.len() > LONG;
        }
        Observation::Answer(_) => false,
    };
    let fields = seen.request.headers.iter().map(|(_, value)| value);
    unanswered && fields.clone().any(|value| value.len() > LONG || !is_field_value(value))
}

/// Whether tokens that differ in nothing got different verdicts.
fn changed(seen: &[Vec<Seen>]) -> Option<Suspicion> {
    for (shot, tokens) in seen.iter().enumerate() {
        let (first, others) = tokens.split_first()?;
        let accepted = |seen: &Seen| seen.verdict == Verdict::Accept;
        let other = others.iter().position(|other| accepted(other) != accepted(first));
        if let Some(place) = other {
            let (finding, expect) = match accepted(first) {
                true => (Finding::ValidRejected, Expect::Accept),
                false => (Finding::ForgeryAccepted, Expect::Reject(Vec::new())),
            };
            return Some(Suspicion {
                shot,
                token: place + 1,
                finding,
                expect,
                remark: None,
                broken: Vec::new(),
            });
        }
    }
    None
}

/// Whether one of a row of tokens, each valid for longer than the one before, is refused though
/// the one before was accepted.
fn falls(seen: &[Vec<Seen>]) -> Option<Suspicion> {
    let last = |tokens: &[Seen]| tokens.last().map(|seen| seen.verdict.clone());
    let rest = seen.iter().enumerate().skip(1);
    let mut pairs = seen.iter().zip(rest);
    pairs.find_map(|(before, (shot, after))| {
        let falls = last(before) == Some(Verdict::Accept)
            && matches!(last(after), Some(Verdict::Reject { .. }));
        falls.then(|| Suspicion {
            shot,
            token: 0,
            finding: Finding::ValidRejected,
            expect: Expect::Accept,
            remark: Some("a token that is valid for less long was accepted".to_owned()),
            broken: Vec::new(),
        })
    })
}
