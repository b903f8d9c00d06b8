//! RFC 6750: how a request carries a token, and how a refusal is told.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value};

use super::{Answer, json_answer};
use crate::Refusal;
use jwtspec_types::words::Reason;

/// Longest `error_description` in the header; intermediaries cut or refuse longer lines.
const DESCRIPTION_CHARACTERS: usize = 400;

/// The reason why a request gets no access.
pub(super) enum Problem {
    /// No bearer credentials: nothing is said about errors (RFC 6750 section 3.1).
    NoToken,
    /// The request is malformed, whatever its token is worth.
    InvalidRequest(&'static str),
    /// The verifier refused the token.
    InvalidToken(Refusal),
}

/// The token of a request (RFC 6750 section 2.1), or any credentials in its place.
pub(super) fn parse_token<'a>(
    headers: &'a HeaderMap,
    query: Option<&str>,
    any: bool,
) -> Result<&'a str, Problem> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        return Err(Problem::NoToken);
    };
    if lines.next().is_some() {
        // The field is no list, so its lines cannot be combined (RFC 9110 section 5.3).
        return Err(Problem::InvalidRequest("send one Authorization line; there are several"));
    }
    let value = line.as_bytes();
    let scheme_end = value.iter().position(|byte| matches!(byte, b' ' | b'\t'));
    let (scheme, rest) = value.split_at(scheme_end.unwrap_or(value.len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Err(Problem::NoToken);
    }
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let credentials = std::str::from_utf8(&rest[spaces..]).unwrap_or_default();
    if spaces == 0 || !(any || is_b64token(credentials) || is_json_object(credentials)) {
        return Err(Problem::InvalidRequest(
            "after `Bearer` and spaces, send one token of letters, digits and -._~+/ (then =) only",
        ));
    }
    if has_token(query) {
        return Err(Problem::InvalidRequest(
            "send the token in the Authorization header only; it is in the query too",
        ));
    }
    Ok(credentials)
}

/// The token in a cookie of that purpose, which only a mistake takes.
pub(super) fn cookie_token(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get(COOKIE)?.to_str().ok()?.split(';');
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| ["access_token", "token", "jwt"].contains(&name).then_some(value))
}

/// `b64token` of RFC 6750 section 2.1.
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty()
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

/// A token in a JSON serialisation is no `b64token`, but it is for the verifier to refuse.
fn is_json_object(text: &str) -> bool {
    text.starts_with('{') && text.ends_with('}') && !text.contains([' ', '\t'])
}

fn has_token(query: Option<&str>) -> bool {
    query.is_some_and(|query| {
        query.split('&').any(|pair| pair.split('=').next() == Some("access_token"))
    })
}

impl Problem {
    /// The answer: status, challenge and JSON body (RFC 6750 section 3).
    pub(super) fn answer(self) -> Answer {
        let (status, error, refusal) = match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                None,
                Refusal::because(
                    Reason::TokenMissing,
                    "the request has no token; send `Authorization: Bearer TOKEN`",
                ),
            ),
            Self::InvalidRequest(message) => (
                StatusCode::BAD_REQUEST,
                Some("invalid_request"),
                Refusal::because(Reason::Malformed, message),
            ),
            Self::InvalidToken(refusal) => {
                (StatusCode::UNAUTHORIZED, Some("invalid_token"), refusal)
            }
        };
        let mut body = Map::new();
        let mut challenge = String::from("Bearer realm=\"jwtspec\"");
        if let Some(error) = error {
            body.insert("error".to_owned(), error.into());
            let description = header_text(&refusal.message);
            challenge += &format!(", error=\"{error}\", error_description=\"{description}\"");
        }
        body.insert("error_description".to_owned(), visible(&refusal.message).into());
        if let Some(reason) = refusal.reason {
            body.insert("reason".to_owned(), reason.as_str().into());
        }
        let mut answer = json_answer(status, &Value::Object(body));
        // `header_text` leaves printable ASCII only, so the conversion cannot fail.
        let challenge = HeaderValue::try_from(challenge)
            .unwrap_or_else(|_| HeaderValue::from_static("Bearer realm=\"jwtspec\""));
        answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        answer
    }
}

/// The answer to an invalid token with the message alone, whatever it holds.
pub(super) fn unescaped(kind: &'static str, message: String) -> Answer {
    let mut answer = Answer::new(Full::from(message));
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    headers.insert(WWW_AUTHENTICATE, challenge);
    answer
}

/// A text within the characters that RFC 6750 section 3 permits in `error_description`.
fn header_text(text: &str) -> String {
    text.chars()
        .take(DESCRIPTION_CHARACTERS)
        .map(|character| match character {
            '"' | '\\' => '?',
            ' '..='~' => character,
            _ => '?',
        })
        .collect()
}

/// A text without characters that change how the rest of it is shown: those are written out.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, line separators, and the direction controls of Unicode's UAX #9.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}')
}
