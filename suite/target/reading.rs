//! From an answer to a verdict, as the target file says.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use indexmap::IndexMap;
use regex::Regex;
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

use super::file::{Message, TargetFile, Verdicts};
use super::wire::{Answer, Observation};
use crate::challenge;
use crate::words::Reason;

/// What a verifier did with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It let the caller in.
    Accept,
    /// It refused, in an orderly way.
    Reject {
        /// Why, where its answer tells.
        reason: Option<Reason>,
        /// What it said.
        message: String,
    },
    /// No orderly answer.
    Fault(String),
}

/// How answers are read.
#[derive(Clone, Debug)]
pub struct Reading {
    verdicts: Verdicts,
    reasons: IndexMap<Pattern, Reason>,
    /// Drivers answer with a JSON body that may name the reason itself.
    driver: bool,
}

impl Reading {
    /// How answers of a driver are read, whose file may add to what its answers tell.
    pub fn of_driver(file: Option<&TargetFile>) -> Self {
        let verdicts = file.map(|file| file.verdict.clone()).unwrap_or_default();
        let reasons = file.map(|file| file.reasons.clone()).unwrap_or_default();
        Self { verdicts, reasons, driver: true }
    }

    /// How answers of any other target are read.
    pub fn of_file(file: &TargetFile) -> Self {
        Self { verdicts: file.verdict.clone(), reasons: file.reasons.clone(), driver: false }
    }

    /// What an observation means. Where an `outage` of the issuer may be the cause, an answer that
    /// says so by its status is orderly (RFC 9110 section 15.6).
    pub fn verdict(&self, observation: &Observation, outage: bool) -> Verdict {
        let answer = match observation {
            Observation::Answer(answer) => answer,
            Observation::Fault(what) => return Verdict::Fault(what.clone()),
        };
        if self.verdicts.accept.status.contains(&answer.status) {
            return Verdict::Accept;
        }
        if self.verdicts.reject.status.contains(&answer.status) {
            let message = self.message(answer);
            return Verdict::Reject { reason: self.reason(answer, &message), message };
        }
        let message = self.message(answer);
        if outage && matches!(answer.status, 502..=504) {
            return Verdict::Reject { reason: Some(Reason::KeysUnavailable), message };
        }
        let said = if message.is_empty() { String::new() } else { format!(": {message}") };
        Verdict::Fault(match answer.status {
            500.. => format!("status {}{said}", answer.status),
            status => format!("status {status}, which the target file does not know{said}"),
        })
    }

    /// What the answer says to people.
    pub fn message(&self, answer: &Answer) -> String {
        let found = match &self.verdicts.message {
            Message::Body if self.driver => json_text(&answer.body, "/error_description"),
            Message::Body => None,
            Message::Header(name) => answer.header(name).map(str::to_owned),
            Message::Json(pointer) => json_text(&answer.body, pointer),
        };
        let found = found.unwrap_or_else(|| answer.body.trim().to_owned());
        if found.is_empty() { described(answer).unwrap_or_default() } else { found }
    }

    fn reason(&self, answer: &Answer, message: &str) -> Option<Reason> {
        let named = || {
            let word = json_text(&answer.body, "/reason").filter(|_| self.driver)?;
            word.parse().ok()
        };
        let matched = self.reasons.iter().find(|(pattern, _)| pattern.matches(message));
        matched.map(|(_, reason)| *reason).or_else(named)
    }
}

/// What the challenge says, where there is no body, as in an answer to HEAD.
fn described(answer: &Answer) -> Option<String> {
    let lines: Vec<&str> = answer.all("www-authenticate").collect();
    let bearer = challenge::bearer(&lines).ok()??;
    bearer.parameter("error_description").map(str::to_owned)
}

fn json_text(body: &str, pointer: &str) -> Option<String> {
    let json: Value = serde_json::from_str(body).ok()?;
    json.pointer(pointer)?.as_str().map(str::to_owned)
}

/// A pattern for messages: a substring, or a regular expression between slashes.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Option<Regex>,
}

impl Pattern {
    fn matches(&self, message: &str) -> bool {
        match &self.regex {
            Some(regex) => regex.is_match(message),
            None => message.contains(&self.text),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expression = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let regex = match expression {
            Some(expression) => Some(Regex::new(expression).map_err(|error| {
                D::Error::custom(format!("`{text}` is not a regular expression: {error}"))
            })?),
            None => None,
        };
        Ok(Self { text, regex })
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}
