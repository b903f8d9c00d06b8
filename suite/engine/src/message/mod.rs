//! Parses and grades refusal messages, and finds leaks in them. Pure.

mod grade;
mod leak;
mod leaked;
mod redact;
mod sent;
mod template;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::challenge;
use crate::target::{Answer, Line, PreparedRequest};
use jwtspec_jose::{Compact, Part, Tolerance};
use jwtspec_mint::context::MintContext;
use jwtspec_types::text::cut;
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Reason;

pub use grade::Grade;
pub(crate) use leak::find_leak;
pub use leaked::{Insides, Leaked};
pub use template::MARKS;

/// Bytes of an answer that is kept for snapshots.
const ANSWER_BYTES: usize = 8 << 10;
/// Bytes of the shape of one.
const SHAPE_BYTES: usize = 2 << 10;

/// A refusal, as far as it says something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Said {
    /// The defect of the token, where it has one for certain.
    pub cause: Option<Reason>,
    /// The cause that the answer names, where it names one.
    pub reason: Option<Reason>,
    /// True if that is right.
    pub named: bool,
    /// In which step of its scenario it was said.
    pub step: usize,
    /// The message, shortened.
    pub message: String,
    /// Status, error code and message without what varies from token to token.
    pub shape: String,
    /// The grades of the message.
    pub grade: Grade,
    /// The whole answer, what varies from run to run replaced; for snapshots.
    #[serde(skip)]
    pub answer: String,
}

impl Said {
    fn shape(status: u16, error: Option<&str>, template: &str) -> String {
        let error = error.map(|error| format!(" {error}")).unwrap_or_default();
        format!("{status}{error}: {template}")
    }

    /// The part of `shape` that is the message: all but status and error code.
    pub fn template(&self) -> &str {
        // Neither of the two has a space behind a colon.
        self.shape.split_once(": ").map_or("", |(_, template)| template)
    }
}

/// The circumstances of an answer.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The token as it was presented.
    pub token: &'a str,
    /// The values that it could refer to.
    pub mint_context: &'a MintContext,
    /// The trust that the verifier was told.
    pub trust: &'a Trust,
    /// True if the target declares that it tells strangers which issuers it trusts.
    pub tells_issuers: bool,
    /// The request that presented it.
    pub request: &'a PreparedRequest,
    /// On a socket, the messages on the connection so far; elsewhere none.
    pub lines: &'a [Line],
    /// The step of the scenario.
    pub step: usize,
    /// True if an answer has no body by its method (RFC 9110 section 9.3.2).
    pub bodiless: bool,
}

/// The JSON objects of a token, as far as it has any.
#[derive(Default)]
struct Parts {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Parts {
    fn parse(token: &str) -> Self {
        let token = Compact::new(token);
        let members = |part| token.members(part, Tolerance::PADDING).unwrap_or_default();
        Self { header: members(Part::Header), claims: members(Part::Claims) }
    }

    /// Every string and number in it, as text.
    fn values(&self) -> Vec<String> {
        let mut values = Vec::new();
        for value in self.header.values().chain(self.claims.values()) {
            collect_leaves(value, &mut values);
        }
        values
    }
}

fn collect_leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Number(number) => into.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect_leaves(item, into)),
        Value::Object(members) => members.values().for_each(|item| collect_leaves(item, into)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Patterns, each with the text that replaces what it matches.
type Patterns = Vec<(Regex, &'static str)>;

fn compile(literals: &[(&str, &'static str)]) -> Patterns {
    literals.iter().filter_map(|(pattern, by)| Some((Regex::new(pattern).ok()?, *by))).collect()
}

fn replace_all(text: String, patterns: &Patterns) -> String {
    patterns.iter().fold(text, |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned())
}

/// A message with everything replaced that comes from this moment, or looks as if it came from a
/// token.
pub fn template(message: &str) -> String {
    template::template(message, "", &Parts::default(), &[])
}

/// Returns the message of a refusal; nothing if HTTP itself refused the request, so that the
/// verifier said nothing, or had no place for a message.
pub(crate) fn describe_refusal(
    context: Context<'_>,
    cause: Option<Reason>,
    reason: Option<Reason>,
    right: &[Reason],
    message: &str,
    answer: &Answer,
) -> Option<Said> {
    let lines: Vec<&str> = answer.all("www-authenticate").collect();
    if message.trim().is_empty() && (lines.is_empty() || context.bodiless) {
        return None;
    }
    let error = challenge::parse_bearer(&lines)
        .ok()
        .flatten()
        .and_then(|bearer| bearer.parameter("error").map(str::to_owned));
    let parts = Parts::parse(context.token);
    let configured: Vec<&str> = context
        .trust
        .providers
        .iter()
        .flat_map(|provider| std::iter::once(&provider.issuer).chain(&provider.audiences))
        .map(String::as_str)
        .collect();
    let plain = template::template(message, context.token, &parts, &configured);
    Some(Said {
        cause,
        reason,
        named: reason.is_some_and(|reason| right.contains(&reason)),
        step: context.step,
        message: jwtspec_mint::shorten(message),
        shape: cut(&Said::shape(answer.status, error.as_deref(), &plain), SHAPE_BYTES).into_owned(),
        grade: grade::grade(context, &parts, cause, message),
        answer: cut(&redact::redacted(context, answer), ANSWER_BYTES).into_owned(),
    })
}

#[cfg(test)]
mod tests;
