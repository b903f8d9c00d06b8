//! Messages on a socket for a token, and the patterns by which the answers are known.

use std::str::FromStr;

use super::facts::{Facts, KNOWN};
use super::pattern::Pattern;
use super::render;
use jwtspec_types::advised::Advised;
use jwtspec_types::read_from_str;

/// A message, with places for what is known when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageTemplate(pub String);

impl FromStr for MessageTemplate {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        render::check(text, &KNOWN, &[Facts::example()])?;
        Ok(Self(text.to_owned()))
    }
}

read_from_str!(MessageTemplate, inline: false, { "type": "string" });

impl MessageTemplate {
    /// The message for a token.
    ///
    /// # Errors
    ///
    /// If the template fails.
    pub(super) fn render(&self, facts: &Facts) -> Result<String, String> {
        render::render("a message of `[present]`", &self.0, facts)
            .map_err(|error| error.to_string())
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_json_string_whatever_it_holds() {
        let template = MessageTemplate("{\"value\":{{ token | tojson }}}".to_owned());
        let token = "a\"b\n\u{0}\u{1f600}<'\u{7f}";
        let message = template.render(&Facts::new(token, "")).unwrap();
        let read: serde_json::Value = serde_json::from_str(&message).unwrap();
        assert_eq!(read["value"], token);
    }
}
