//! Messages out: what is sent on a socket for a token, and by which patterns the answers are known.

use std::str::FromStr;

use serde::Serialize;

use super::file::TargetFile;
use super::pattern::{Pattern, PatternTemplate};
use super::render;
use jwtspec_jose::{Compact, Part, Tolerance};
use jwtspec_types::advised::Advised;
use jwtspec_types::read_from_str;

/// The variables that messages and patterns can refer to.
pub(super) const KNOWN: [&str; 5] = ["token", "version", "accepted", "session", "subject"];

/// The values of the variables in messages and patterns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The token, as it is presented.
    pub token: String,
    /// The number of tokens that the connection was sent before.
    pub version: u32,
    /// The number of them that were accepted; also how often a session was ended.
    pub accepted: u32,
    /// A UUID of the connection.
    pub session: String,
    /// The token's `sub`; empty if it has none.
    pub subject: String,
}

impl Facts {
    /// The facts of the first token on a connection; `serial` is unique to the connection.
    pub fn new(token: &str, serial: &str) -> Self {
        let subject = subject(token).unwrap_or_default();
        Self { token: token.to_owned(), version: 0, accepted: 0, session: uuid(serial), subject }
    }

    /// The same for a token that comes after others.
    #[must_use]
    pub fn after(self, version: u32, accepted: u32) -> Self {
        Self { version, accepted, ..self }
    }

    pub(super) fn example() -> Self {
        Self::new("a.b.c", "example")
    }

    /// The same for a regular expression, with special characters escaped.
    pub(super) fn escaped(&self) -> Self {
        Self {
            token: regex::escape(&self.token),
            version: self.version,
            accepted: self.accepted,
            session: regex::escape(&self.session),
            subject: regex::escape(&self.subject),
        }
    }
}

fn subject(token: &str) -> Option<String> {
    let claims = Compact::new(token).members(Part::Claims, Tolerance::NONE)?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// A UUID (RFC 9562 section 5.8) made from a text, so that two runs differ by their time only.
fn uuid(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A message, with places for what is known when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageTemplate(pub String);

impl FromStr for MessageTemplate {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        render::check(text, &KNOWN)?;
        render::render("a message", text, &Facts::example()).map_err(|error| error.advised())?;
        Ok(Self(text.to_owned()))
    }
}

read_from_str!(MessageTemplate, inline: false, { "type": "string" });

impl MessageTemplate {
    /// Returns true if it refers to this variable.
    pub fn mentions(&self, variable: &str) -> bool {
        render::mentions(&self.0, variable)
    }
}

/// The messages on a socket for one token, and the patterns by which the answers are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    /// The subprotocol that is asked for in the opening handshake.
    pub subprotocol: Option<String>,
    /// The first messages on a new connection.
    pub open: Vec<String>,
    /// The messages for the token.
    pub send: Vec<String>,
    /// The messages that end its session.
    pub sign_out: Vec<String>,
    /// A message that matches one of these means accept.
    pub accept: Vec<Pattern>,
    /// A message that matches one of these means reject, whatever else it matches.
    pub reject: Vec<Pattern>,
    /// A message that names the version of the token matches this.
    pub version: Option<Pattern>,
    /// A message that names the identity of the token matches this.
    pub identity: Option<Pattern>,
}

impl TargetFile {
    /// The header fields of the opening handshake.
    ///
    /// # Errors
    ///
    /// If a template fails.
    pub(crate) fn handshake_header(&self, facts: &Facts) -> Result<Vec<(String, Vec<u8>)>, String> {
        let rendered = |(name, value): (&String, &MessageTemplate)| {
            Ok((name.clone(), render(value, facts)?.into_bytes()))
        };
        self.present.header.iter().map(rendered).collect()
    }

    /// The messages on its socket for a token.
    ///
    /// # Errors
    ///
    /// If a template fails.
    pub(crate) fn messages(&self, facts: &Facts) -> Result<Messages, String> {
        let texts = |templates: &[MessageTemplate]| -> Result<Vec<String>, String> {
            templates.iter().map(|template| render(template, facts)).collect()
        };
        let patterns = |templates: &[PatternTemplate]| -> Result<Vec<Pattern>, String> {
            templates.iter().map(|template| template.render(facts)).collect()
        };
        let named = |template: &Option<PatternTemplate>| {
            template.as_ref().map(|template| template.render(facts)).transpose()
        };
        let Self { present, verdict, .. } = self;
        Ok(Messages {
            subprotocol: present.subprotocol.clone(),
            open: texts(&present.open)?,
            send: texts(&present.send)?,
            sign_out: texts(&present.sign_out)?,
            accept: patterns(&verdict.accept.message)?,
            reject: patterns(&verdict.reject.message)?,
            version: named(&verdict.version)?,
            // A token without `sub` has no identity to name.
            identity: named(&verdict.identity)?.filter(|_| !facts.subject.is_empty()),
        })
    }
}

fn render(template: &MessageTemplate, facts: &Facts) -> Result<String, String> {
    render::render("a message of `[present]`", &template.0, facts)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_a_uuid_of_its_own() {
        let one = Facts::new("t", "a").session;
        assert_ne!(one, Facts::new("t", "b").session);
        let shape = regex::Regex::new(
            "^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        )
        .unwrap();
        assert!(shape.is_match(&one), "{one}");
    }

    #[test]
    fn a_token_is_a_json_string_whatever_it_holds() {
        let template = MessageTemplate("{\"value\":{{ token | tojson }}}".to_owned());
        let token = "a\"b\n\u{0}\u{1f600}<'\u{7f}";
        let message = render(&template, &Facts::new(token, "")).unwrap();
        let read: serde_json::Value = serde_json::from_str(&message).unwrap();
        assert_eq!(read["value"], token);
    }
}
