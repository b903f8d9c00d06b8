//! The values of the variables in messages and patterns of a target file.

use serde::Serialize;

use jwtspec_jose::{Compact, Part, Tolerance};

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
}
