//! The judge: the one place of policy. Pure: it decides whether an outcome is a finding and how
//! binding it is; the runner acts and records, and reports make text of what is recorded.
//!
//! | module | decides |
//! |---|---|
//! | `acceptance` | which finding it is that something was accepted: who could have made it |
//! | `verdict` | verdict × expectation → finding, or none |
//! | `answer` | whether the form of an answer is as it must be |
//! | `claims` | whether the application is handed the claims that were signed |
//! | `token` | the answer to one token: all of these, known differences of the profile, leaks |
//! | `control` | whether a refusal proves anything |
//! | `session` | what is heard on a socket, and the end of a session |
//! | `ledger` | whether the requests to an issuer are as they must be |
//! | `silence` | which requests were left without any answer |
//! | `conclusion` | what a scenario comes to |
//! | `sample` | answers to tokens that search presents |

mod acceptance;
mod answer;
mod claims;
mod conclusion;
mod control;
mod ledger;
pub mod sample;
mod session;
mod silence;
#[cfg(test)]
mod tests;
mod token;
mod verdict;

use crate::event::{Choice, Comparison, Expected, KnownBy, Mistake, Observed, Remark};
use crate::message::{Context, Said};
use crate::target::{Observation, Verdict};
use jwtspec_types::words::{Finding, Level};

pub use acceptance::Maker;
pub use conclusion::{
    Abort, blame_system, conclude, deviate, is_settled, is_worth_a_retry, keep_acceptances,
    meaning, meaning_of, note_flakiness, shows_failure, undeviated,
};
pub use control::{
    acceptance_may_follow, is_final, judge_control, needs_control, needs_control_afterwards, proves,
};
pub use ledger::{LedgerJudgement, judge_ledger};
pub use session::{judge_hearing, judge_sign_out};
pub use silence::{Company, Silence, excuse_silence, has_answer, silence};
pub use token::judge_token;
pub use verdict::{is_outage, mistake_of_target, opposite_finding};

/// The strictness of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Nothing less binding than this is judged.
    pub limit: Level,
    /// A rejection whose reason cannot be told is a finding.
    pub unproven_reasons: bool,
    /// Only verdicts are judged: neither messages nor the form of answers.
    pub verdicts_only: bool,
}

impl Policy {
    /// Returns true if findings of this level are judged.
    fn judges(self, level: Level) -> bool {
        level <= self.limit
    }
}

/// A token that was presented, and what came back.
#[derive(Clone, Copy)]
pub struct Answered<'a> {
    /// The observation.
    pub(crate) observation: &'a Observation,
    /// The verdict that it means.
    pub(crate) verdict: &'a Verdict,
    /// The maker of the token.
    pub(crate) maker: Maker,
    /// The circumstances of the token and of the request.
    pub(crate) context: Context<'a>,
}

/// A known difference of the backend of the profile from the specifications that a verifier showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcusedFinding {
    /// The finding without the known difference.
    pub(crate) finding: Finding,
    /// The explanation of the backend's behaviour.
    pub(crate) why: String,
}

/// The judgement of one exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The finding, if anything is wrong.
    pub(crate) finding: Option<Finding>,
    /// The mistake on this side that left the verifier unjudged.
    pub(crate) mistake: Option<Mistake>,
    /// The scenario binds no more than this.
    pub(crate) level: Option<Level>,
    /// The observation.
    pub(crate) observed: Observed,
    /// A remark on the observation.
    pub(crate) remark: Option<Remark>,
    /// The choice of the verifier where both verdicts are allowed.
    pub(crate) choice: Option<Choice>,
    /// The finding that the known difference of the profile excuses.
    pub(crate) excused: Option<ExcusedFinding>,
    /// The refusal, with its message.
    pub(crate) said: Option<Said>,
}

impl Judgement {
    fn new(observed: Observed) -> Self {
        Self {
            finding: None,
            mistake: None,
            level: None,
            observed,
            remark: None,
            choice: None,
            excused: None,
            said: None,
        }
    }

    fn find(&mut self, finding: Finding, remark: Option<Remark>) {
        self.finding = Some(finding);
        self.remark = remark;
    }

    /// The comparison with what was expected.
    pub(crate) fn comparison(&self, expected: Expected) -> Comparison {
        Comparison {
            expected,
            observed: self.observed.clone(),
            remark: self.remark.clone(),
            departs: self.finding.is_none() && self.excused.is_some(),
        }
    }
}

/// The observation, as far as a report shows it.
pub fn observed(verdict: &Verdict, observation: &Observation) -> Observed {
    let by = match observation {
        Observation::Answer(answer) => KnownBy::Status(answer.status),
        Observation::Conversation(conversation) => {
            conversation.close_code().map_or(KnownBy::Message, KnownBy::Close)
        }
        Observation::Fault(_) => KnownBy::Nothing,
    };
    match verdict {
        Verdict::Accept => Observed::Accepted { by },
        Verdict::Reject { reason, .. } => Observed::Refused { reason: *reason, by },
        Verdict::Fault(fault) => Observed::Fault(fault.clone()),
    }
}
