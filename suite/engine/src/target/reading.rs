//! Rules that turn an answer into a verdict, as the target file states them.

use indexmap::IndexMap;

use super::answer::Answer;
use super::conversation::{Conversation, End};
use super::fault::Fault;
use super::file::{Message, TargetFile, Verdicts};
use super::http::Observation;
use super::pattern::Pattern;
use crate::challenge;
use jwtspec_types::text::cut;
use jwtspec_types::words::Reason;

/// Bytes of a message that is kept: every result has one, for as long as the run takes.
const MESSAGE_BYTES: usize = 8 << 10;
/// Codes of RFC 6455 section 7.4.1, and of the registry that it sets up, that mean something for
/// a token whatever a service makes of codes.
const AGAINST_POLICY: u16 = 1008;
const TOO_BIG: u16 = 1009;
const TRY_LATER: u16 = 1013;
const BAD_GATEWAY: u16 = 1014;

/// The verdict of a verifier on a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It let the caller in.
    Accept,
    /// It refused, in an orderly way.
    Reject {
        /// The reason, where its answer states it.
        reason: Option<Reason>,
        /// The message.
        message: String,
    },
    /// No orderly answer.
    Fault(Fault),
}

/// The rules by which answers are read.
#[derive(Clone, Debug)]
pub struct Reading {
    verdicts: Verdicts,
    reasons: IndexMap<Pattern, Reason>,
    /// Drivers answer with a JSON body that may name the reason itself.
    driver: bool,
}

impl Reading {
    /// The rules for answers of a driver, whose file may add to what its answers tell.
    pub fn of_driver(file: Option<&TargetFile>) -> Self {
        let verdicts = file.map(|file| file.verdict.clone()).unwrap_or_default();
        let reasons = file.map(|file| file.reasons.clone()).unwrap_or_default();
        Self { verdicts, reasons, driver: true }
    }

    /// The rules for answers of any other target.
    pub fn of_file(file: &TargetFile) -> Self {
        Self { verdicts: file.verdict.clone(), reasons: file.reasons.clone(), driver: false }
    }

    /// The verdict that an observation means. Where an `outage` of the issuer may be the cause, an
    /// answer that says so by its status is orderly (RFC 9110 section 15.6).
    pub fn verdict(&self, observation: &Observation, outage: bool) -> Verdict {
        let answer = match observation {
            Observation::Answer(answer) => answer,
            Observation::Conversation(conversation) => {
                return self.verdict_of_conversation(conversation, outage);
            }
            Observation::Fault(fault) => {
                return Verdict::Fault(Fault::Connection(fault.clone()));
            }
        };
        if self.verdicts.accept.status.contains(&answer.status) {
            return Verdict::Accept;
        }
        let message = self.message(answer);
        if self.verdicts.reject.status.contains(&answer.status) {
            return Verdict::Reject { reason: self.reason(&answer.body, &message), message };
        }
        if outage && matches!(answer.status, 502..=504) {
            return Verdict::Reject { reason: Some(Reason::KeysUnavailable), message };
        }
        Verdict::Fault(Fault::Status { status: answer.status, message })
    }

    /// The message of an answer for people.
    pub fn message(&self, answer: &Answer) -> String {
        let found = match &self.verdicts.message {
            Message::Header(name) => answer.header(name).map(str::to_owned),
            Message::Body | Message::Json(_) => self.message_of(&answer.body),
        };
        let found = found.unwrap_or_else(|| answer.body.trim().to_owned());
        let found = if found.is_empty() { described(answer).unwrap_or_default() } else { found };
        cut(&found, MESSAGE_BYTES).into_owned()
    }

    fn verdict_of_conversation(&self, conversation: &Conversation, outage: bool) -> Verdict {
        let rejected = |unless_said: Option<Reason>| {
            let said = conversation.settling();
            let message = self.message_of(&said).unwrap_or_else(|| said.trim().to_owned());
            let message = cut(&message, MESSAGE_BYTES).into_owned();
            Verdict::Reject { reason: self.reason(&said, &message).or(unless_said), message }
        };
        let Verdicts { accept, reject, .. } = &self.verdicts;
        match &conversation.end {
            End::Accepted => Verdict::Accept,
            End::Refused => rejected(None),
            End::Closed { code, .. } if accept.close.contains(code) => Verdict::Accept,
            End::Closed { code, .. } if reject.close.contains(code) => rejected(None),
            End::Closed { code: AGAINST_POLICY | TOO_BIG, .. } => rejected(None),
            End::Closed { code: TRY_LATER | BAD_GATEWAY, .. } if outage => {
                rejected(Some(Reason::KeysUnavailable))
            }
            end @ (End::Closed { .. } | End::Silent(_) | End::Flooded | End::Broken(_)) => {
                Verdict::Fault(Fault::Conversation(end.clone()))
            }
        }
    }

    /// The verdict that a session means that ended unasked: the closing of a connection says that
    /// it is over, whatever its code.
    pub(crate) fn verdict_unasked(&self, observation: &Observation) -> Verdict {
        match (self.verdict(observation, false), observation) {
            (Verdict::Fault(_), Observation::Conversation(conversation))
                if conversation.is_closed_in_order() =>
            {
                Verdict::Reject { reason: None, message: conversation.end.to_string() }
            }
            (verdict, _) => verdict,
        }
    }

    /// The message in a body, or in a message on a socket.
    fn message_of(&self, said: &str) -> Option<String> {
        match &self.verdicts.message {
            Message::Body if self.driver => json_text(said, "/error_description"),
            Message::Json(pointer) => json_text(said, pointer),
            Message::Body | Message::Header(_) => None,
        }
    }

    fn reason(&self, body: &str, message: &str) -> Option<Reason> {
        let named = || {
            let word = json_text(body, "/reason").filter(|_| self.driver)?;
            word.parse().ok()
        };
        let matched = self.reasons.iter().find(|(pattern, _)| pattern.matches(message));
        matched.map(|(_, reason)| *reason).or_else(named)
    }
}

/// The description in the challenge, where there is no body, as in an answer to HEAD.
fn described(answer: &Answer) -> Option<String> {
    let lines: Vec<&str> = answer.all("www-authenticate").collect();
    let bearer = challenge::parse_bearer(&lines).ok()??;
    bearer.parameter("error_description").map(str::to_owned)
}

fn json_text(body: &str, pointer: &str) -> Option<String> {
    // A message beside something that is beyond the limits of the reader here is a message.
    let json = jwtspec_jose::read_leniently(body)?;
    json.pointer(pointer)?.as_str().map(str::to_owned)
}
