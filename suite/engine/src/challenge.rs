//! `WWW-Authenticate` (RFC 9110 section 11.6.1), as far as RFC 6750 section 3 uses it.

use serde::{Deserialize, Serialize};

/// A challenge with the scheme `Bearer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// Names in small letters, and values with their quotes and escapes removed.
    pub parameters: Vec<(String, String)>,
    /// The token68 in the place of parameters.
    pub token68: Option<String>,
    /// True if some value needed a backslash.
    escaped: bool,
}

/// A breach of the grammar of RFC 6750 section 3 in a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FormFault {
    /// A token68 where parameters are due.
    #[error("it has a token68 where parameters are due")]
    Token68,
    /// This parameter occurs more than once.
    #[error("`{0}` occurs more than once")]
    Repeated(String),
    /// The value of this parameter holds a character that is not permitted.
    #[error("`{0}` holds {1:?}, which is not permitted")]
    Forbidden(String, char),
    /// The value of this parameter holds an escaped character.
    #[error("`{0}` holds an escaped character")]
    Escaped(String),
    /// An `error_uri` that is no absolute URI.
    #[error("`error_uri` is not an absolute URI")]
    Relative,
    /// An error code that is not registered.
    #[error("the error code {0:?} is not registered")]
    Unregistered(String),
}

const ONCE: [&str; 5] = ["realm", "scope", "error", "error_description", "error_uri"];
const CODES: [&str; 3] = ["invalid_request", "invalid_token", "insufficient_scope"];

impl Challenge {
    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Returns what breaks the grammar of RFC 6750 section 3, if anything.
    pub fn form_fault(&self) -> Option<FormFault> {
        if self.token68.is_some() {
            return Some(FormFault::Token68);
        }
        for name in ONCE {
            if self.parameters.iter().filter(|(given, _)| given == name).count() > 1 {
                return Some(FormFault::Repeated(name.to_owned()));
            }
        }
        for name in ["error", "error_description", "scope", "error_uri"] {
            let value = self.parameter(name).unwrap_or_default();
            if let Some(c) = value.chars().find(|c| !is_permitted(*c)) {
                return Some(FormFault::Forbidden(name.to_owned(), c));
            }
            if self.escaped && self.parameter(name).is_some() && value.contains(['"', '\\']) {
                return Some(FormFault::Escaped(name.to_owned()));
            }
        }
        if self.parameter("error_uri").is_some_and(|uri| !is_absolute(uri)) {
            return Some(FormFault::Relative);
        }
        match self.parameter("error") {
            Some(code) if !CODES.contains(&code) => Some(FormFault::Unregistered(code.to_owned())),
            _ => None,
        }
    }
}

/// `%x20-21 / %x23-5B / %x5D-7E` of RFC 6750 section 3.
fn is_permitted(c: char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}

/// True if a text begins with a scheme (RFC 3986 section 3.1) and holds no space.
fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
            && !rest.contains(' ')
    })
}

/// Finds the `Bearer` challenge among header lines, each of which may hold several challenges.
///
/// # Errors
///
/// If a line cannot be parsed.
pub fn parse_bearer(lines: &[&str]) -> Result<Option<Challenge>, String> {
    let mut found = None;
    for line in lines {
        for (scheme, challenge) in parse_challenges(line)? {
            if found.is_none() && scheme.eq_ignore_ascii_case("bearer") {
                found = Some(challenge);
            }
        }
    }
    Ok(found)
}

/// Every challenge of one header line, with its scheme.
pub fn parse_challenges(line: &str) -> Result<Vec<(String, Challenge)>, String> {
    let mut list: Vec<(String, Challenge)> = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = token(rest).ok_or_else(|| format!("no name at {rest:?}"))?;
        if let (Some(value), Some((_, challenge))) =
            (after.trim_start().strip_prefix('='), list.last_mut())
        {
            let (value, escaped, after) = parameter_value(value.trim_start())?;
            challenge.parameters.push((word.to_ascii_lowercase(), value));
            challenge.escaped |= escaped;
            rest = next_item(after)?;
            continue;
        }
        let mut challenge = Challenge::default();
        let at_next = after.trim_start();
        let is_end = at_next.is_empty() || at_next.starts_with(',');
        if !is_end && at_next.len() == after.len() {
            return Err(format!("unexpected text at {after:?}"));
        }
        rest = if is_end {
            next_item(at_next)?
        } else if let Some((credential, after)) = token68(at_next) {
            challenge.token68 = Some(credential.to_owned());
            next_item(after)?
        } else {
            at_next
        };
        list.push((word.to_owned(), challenge));
    }
    Ok(list)
}

/// A token68 in the place of parameters, such as Negotiate's data: a comma or the end follows.
fn token68(text: &str) -> Option<(&str, &str)> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    let end = text.trim_start_matches(is_letter).trim_start_matches('=');
    let (credential, after) = text.split_at(text.len() - end.len());
    let at_next = after.trim_start();
    let is_whole =
        credential.starts_with(is_letter) && (at_next.is_empty() || at_next.starts_with(','));
    is_whole.then_some((credential, after))
}

/// One line with these challenges.
pub fn format_challenges(list: &[(String, Challenge)]) -> String {
    let challenges = list.iter().map(|(scheme, challenge)| {
        let quoted = |value: &String| value.replace('\\', "\\\\").replace('"', "\\\"");
        let parameters: Vec<String> = challenge
            .parameters
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", quoted(value)))
            .collect();
        match &challenge.token68 {
            Some(credential) if parameters.is_empty() => format!("{scheme} {credential}"),
            Some(credential) => format!("{scheme} {credential}, {}", parameters.join(", ")),
            None => format!("{scheme} {}", parameters.join(", ")).trim_end().to_owned(),
        }
    });
    challenges.collect::<Vec<_>>().join(", ")
}

/// Goes past one comma and the empty list elements behind it.
fn next_item(text: &str) -> Result<&str, String> {
    let text = text.trim_start();
    if text.is_empty() {
        return Ok(text);
    }
    match text.strip_prefix(',') {
        Some(rest) => Ok(rest.trim_start_matches([',', ' ', '\t'])),
        None => Err(format!("a comma is missing at {text:?}")),
    }
}

fn token(text: &str) -> Option<(&str, &str)> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_letter(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn parameter_value(text: &str) -> Result<(String, bool, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = token(text).ok_or_else(|| format!("no value at {text:?}"))?;
        return Ok((value.to_owned(), false, rest));
    };
    let mut value = String::new();
    let mut escaped = false;
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, escaped, &quoted[at + 1..])),
            '\\' => {
                escaped = true;
                value.extend(letters.next().map(|(_, letter)| letter));
            }
            _ => value.push(letter),
        }
    }
    Err("a quoted string is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(line: &str) -> Vec<(String, String)> {
        parse_bearer(&[line]).unwrap().unwrap().parameters
    }

    #[test]
    fn challenges_are_told_apart() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parameters("Bearer"), []);
        assert_eq!(
            parameters("Bearer realm=\"a, b\", Error = invalid_token"),
            [pair("realm", "a, b"), pair("error", "invalid_token")]
        );
        assert_eq!(
            parameters("Negotiate, Basic realm=\"x\", bearer error=\"e\""),
            [pair("error", "e")]
        );
        assert_eq!(parse_bearer(&["Basic realm=\"x\""]), Ok(None));
        assert_eq!(parse_bearer(&[]), Ok(None));
        assert_eq!(parameters("Bearer realm=\"a \\\"b\\\"\""), [pair("realm", "a \"b\"")]);
        let negotiate = "Negotiate oYG2+/==, Bearer error=\"e\", NTLM";
        assert_eq!(parameters(negotiate), [pair("error", "e")]);
        assert_eq!(format_challenges(&parse_challenges(negotiate).unwrap()), negotiate);
        assert!(parse_bearer(&["Bearer abc="]).unwrap().unwrap().form_fault().is_some());
        assert!(parse_bearer(&["Bearer realm=\"x"]).is_err());
        assert!(parse_bearer(&["=x"]).is_err());
        assert!(parse_bearer(&["Bearer realm=\"x\" error=\"y\""]).is_err());
    }
}
