//! The behaviour signature: an answer, condensed to what tells behaviours apart.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use crate::property::presented::Presented;
use jwtspec_engine::message;
use jwtspec_engine::target::Verdict;

/// So much of a message is part of a signature.
const LONGEST: usize = 160;

/// Names that say what is wrong, also in quotes.
const NAMES: [&str; 14] = [
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "alg", "kid", "typ", "cty", "crit", "enc",
    "b64",
];

/// Hexadecimal numbers, and quoted text; a test compiles it.
static VARYING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let quoted = "\"[^\"]*\"|'[^']*'|`[^`]*`";
    Regex::new(&format!(r"(0x|\\x|\\u|%)[0-9a-fA-F]+|‹number›x[0-9a-f]+|{quoted}")).ok()
});

/// The behaviour of a target towards a token, as far as it tells one behaviour from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BehaviourSignature {
    /// The answer of the target.
    pub answer: AnswerSignature,
    /// The slowness in powers of four over the usual time; 0 is as usual.
    pub latency: u8,
    /// Which documents of which issuers were fetched because of it: `main: key set`.
    pub fetches: String,
}

/// The part of a signature that one answer shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerSignature {
    /// The status; nothing if there was no answer.
    pub status: Option<u16>,
    /// `accepted`, the reason of a refusal, `unproven`, or `fault`.
    pub reason: String,
    /// The message without what varies from token to token.
    pub template: String,
}

impl AnswerSignature {
    /// Condenses the answer to a token.
    pub fn summarise(presented: &Presented) -> Self {
        let answer = presented.observation.answer();
        let body = answer.as_ref().map(|answer| answer.body.as_str()).unwrap_or_default();
        let (reason, message) = match &presented.verdict {
            Verdict::Accept => ("accepted".to_owned(), Cow::Borrowed("")),
            Verdict::Reject { reason, message } => {
                let message = if message.is_empty() { body } else { message };
                let reason = reason.map_or("unproven".to_owned(), |reason| reason.to_string());
                (reason, Cow::Borrowed(message))
            }
            Verdict::Fault(fault) if answer.is_none() => {
                ("fault".to_owned(), Cow::Owned(fault.to_string()))
            }
            Verdict::Fault(_) => ("fault".to_owned(), Cow::Borrowed(body)),
        };
        Self {
            status: answer.as_ref().map(|answer| answer.status),
            reason,
            // By HEAD there is no message but that of the header fields.
            template: if presented.prepared.request.method == "HEAD" {
                String::new()
            } else {
                template(&message)
            },
        }
    }

    /// The same with all further messages taken together.
    pub(super) fn with_any_message(&self) -> Self {
        Self { template: "(a further message)".to_owned(), ..self.clone() }
    }
}

/// Coarser than the template by which messages are compared: parsers like to quote what they met.
fn template(message: &str) -> String {
    let mut text = message::template(message);
    if let Some(pattern) = &*VARYING {
        let by = |found: &regex::Captures<'_>| {
            let inner = found[0].trim_matches(['"', '\'', '`']);
            match inner.len() == found[0].len() {
                true => "‹hex›".to_owned(),
                false if NAMES.contains(&inner) => found[0].to_owned(),
                false => "‹quoted›".to_owned(),
            }
        };
        text = pattern.replace_all(&text, by).into_owned();
    }
    let printable =
        |c: char| if c.is_control() || !c.is_ascii() && !"‹›…".contains(c) { '?' } else { c };
    text.chars().take(LONGEST).map(printable).collect()
}

impl BehaviourSignature {
    /// A signature of which nothing but the answer is known.
    pub fn plain(answer: AnswerSignature) -> Self {
        Self { answer, latency: 0, fetches: String::new() }
    }

    /// A name for it that can be part of an id and of a file name.
    pub fn name(&self) -> String {
        let text = self.to_string();
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let digest: String =
            digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let status = self.answer.status.map_or("none".to_owned(), |status| status.to_string());
        format!("{status}-{}-{digest}", self.answer.reason)
    }
}

impl fmt::Display for BehaviourSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.answer.status {
            Some(status) => write!(f, "{status}, {}", self.answer.reason)?,
            None => write!(f, "no answer, {}", self.answer.reason)?,
        }
        if !self.answer.template.is_empty() {
            write!(f, ": {}", self.answer.template)?;
        }
        if self.latency > 0 {
            write!(f, "; {} times slower or more", 4_u64.pow(self.latency.into()))?;
        }
        if !self.fetches.is_empty() {
            write!(f, "; fetches {}", self.fetches)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_what_a_parser_met_is_replaced() {
        assert!(VARYING.is_some());
        assert_eq!(
            template("'utf-8' codec: byte 0xff in position 3 of \"aud\" \"odd\""),
            "‹quoted› codec: byte ‹hex› in position ‹number› of \"aud\" ‹quoted›"
        );
    }

    #[test]
    fn names_are_stable_and_differ_where_keys_do() {
        let answer = AnswerSignature {
            status: Some(401),
            reason: "expired".to_owned(),
            template: String::new(),
        };
        let signature = BehaviourSignature::plain(answer.clone());
        assert_eq!(signature.name(), BehaviourSignature::plain(answer.clone()).name());
        let slower = BehaviourSignature { latency: 1, ..BehaviourSignature::plain(answer) };
        assert_ne!(signature.name(), slower.name());
        assert!(signature.name().starts_with("401-expired-"));
    }
}
