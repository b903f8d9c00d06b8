//! A token and its request on their way to the target, and what comes back.

use super::TestBed;
use crate::event::Evidence;
use crate::judge::is_outage;
use crate::scenario::Expect;
use crate::target::{Fault, Observation, PreparedRequest, Verdict};
use jwtspec_mint::Minted;
use jwtspec_types::text::cut;

/// Bytes of an answer that a report shows.
const ANSWER_BYTES: usize = 8 << 10;

/// A token with its request, the observation and the verdict.
pub(super) struct Exchange {
    pub(super) minted: Minted,
    pub(super) request: PreparedRequest,
    pub(super) observation: Observation,
    pub(super) verdict: Verdict,
}

/// A token with the request that presents it.
pub(super) struct Prepared {
    pub(super) minted: Minted,
    pub(super) request: PreparedRequest,
    /// True if it asks for what the target may not have: then any answer but a success lets no
    /// caller in.
    pub(super) elsewhere: bool,
}

impl Prepared {
    pub(super) async fn send(self, test_bed: &TestBed, expect: &Expect) -> Exchange {
        let observation = test_bed.target().send(&self.request).await;
        let verdict = test_bed.target().reading().verdict(&observation, is_outage(expect));
        let verdict = match verdict {
            // RFC 9110 sections 15.4, 15.5 and 15.6.2.
            Verdict::Fault(Fault::Status { status: 300..=499 | 501, message })
                if self.elsewhere =>
            {
                Verdict::Reject { reason: None, message }
            }
            verdict => verdict,
        };
        Exchange { minted: self.minted, request: self.request, observation, verdict }
    }
}

impl Exchange {
    /// The part of it that a report shows.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            decoded: self.minted.decoded.clone(),
            curl: match &self.observation {
                Observation::Conversation(conversation) => conversation.command_line(&self.request),
                Observation::Answer(_) | Observation::Fault(_) => self.request.command_line(),
            },
            answer: cut(&answer_text(&self.observation), ANSWER_BYTES).into_owned(),
        }
    }
}

/// The observation in words.
pub fn answer_text(observation: &Observation) -> String {
    match observation {
        Observation::Fault(fault) => fault.to_string(),
        Observation::Conversation(conversation) => conversation.text(),
        Observation::Answer(answer) => format!("HTTP {}\n{}", answer.status, answer.text()),
    }
}
