//! `WWW-Authenticate` (RFC 9110 section 11.6.1), as far as RFC 6750 section 3 uses it.

/// A challenge with the scheme `Bearer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// Names in small letters, and values with their quotes and escapes removed.
    pub(crate) parameters: Vec<(String, String)>,
    /// Whether some value needed a backslash.
    escaped: bool,
}

const ONCE: [&str; 5] = ["realm", "scope", "error", "error_description", "error_uri"];
const CODES: [&str; 3] = ["invalid_request", "invalid_token", "insufficient_scope"];

impl Challenge {
    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// What breaks the grammar of RFC 6750 section 3, if anything.
    pub(crate) fn form_fault(&self) -> Option<String> {
        for name in ONCE {
            if self.parameters.iter().filter(|(given, _)| given == name).count() > 1 {
                return Some(format!("`{name}` occurs more than once"));
            }
        }
        for name in ["error", "error_description"] {
            let value = self.parameter(name).unwrap_or_default();
            if let Some(c) = value.chars().find(|c| !is_permitted(*c)) {
                return Some(format!("`{name}` holds {c:?}, which is not permitted"));
            }
            if self.escaped && self.parameter(name).is_some() && value.contains(['"', '\\']) {
                return Some(format!("`{name}` holds an escaped character"));
            }
        }
        match self.parameter("error") {
            Some(code) if !CODES.contains(&code) => {
                Some(format!("the error code {code:?} is not registered"))
            }
            _ => None,
        }
    }
}

/// `%x20-21 / %x23-5B / %x5D-7E` of RFC 6750 section 3.
fn is_permitted(c: char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}

/// Finds the `Bearer` challenge among header lines, each of which may hold several challenges.
///
/// # Errors
///
/// If a line cannot be parsed.
pub(crate) fn bearer(lines: &[&str]) -> Result<Option<Challenge>, String> {
    let mut found = None;
    for line in lines {
        for (scheme, challenge) in challenges(line)? {
            if found.is_none() && scheme.eq_ignore_ascii_case("bearer") {
                found = Some(challenge);
            }
        }
    }
    Ok(found)
}

fn challenges(line: &str) -> Result<Vec<(String, Challenge)>, String> {
    let mut list: Vec<(String, Challenge)> = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = token(rest).ok_or_else(|| format!("no name at {rest:?}"))?;
        let trimmed = after.trim_start();
        match (trimmed.strip_prefix('='), list.last_mut()) {
            // A `=` makes it a parameter of the challenge before; token68 ends in `=` too, but
            // is followed by a comma or the end.
            (Some(value), Some((_, challenge))) if !is_token68_end(value) => {
                let (value, escaped, after) = parameter_value(value.trim_start())?;
                challenge.parameters.push((word.to_ascii_lowercase(), value));
                challenge.escaped |= escaped;
                rest = next_item(after)?;
            }
            (None, _) => {
                let empty = Challenge { parameters: Vec::new(), escaped: false };
                list.push((word.to_owned(), empty));
                let is_end = trimmed.is_empty() || trimmed.starts_with(',');
                if !is_end && trimmed.len() == after.len() {
                    return Err(format!("unexpected text at {after:?}"));
                }
                rest = if is_end { next_item(trimmed)? } else { trimmed };
            }
            _ => return Err(format!("a parameter before any scheme, at {rest:?}")),
        }
    }
    Ok(list)
}

fn is_token68_end(value: &str) -> bool {
    let value = value.trim_start_matches('=').trim_start();
    value.is_empty() || value.starts_with(',')
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
        bearer(&[line]).unwrap().unwrap().parameters
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
        assert_eq!(bearer(&["Basic realm=\"x\""]), Ok(None));
        assert_eq!(bearer(&[]), Ok(None));
        assert_eq!(parameters("Bearer realm=\"a \\\"b\\\"\""), [pair("realm", "a \"b\"")]);
        assert!(bearer(&["Bearer realm=\"x"]).is_err());
        assert!(bearer(&["=x"]).is_err());
        assert!(bearer(&["Bearer realm=\"x\" error=\"y\""]).is_err());
    }
}
