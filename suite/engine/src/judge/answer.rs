//! The form of an answer: status and challenge by HTTP, names in the messages of a session.

use crate::challenge;
use crate::event::{AnswerFault, Remark};
use crate::scenario::AnswerSpec;
use crate::target::{Answer, Conversation, Verdict};
use jwtspec_types::words::Finding;

/// Returns what a message of a session does not name, and should.
pub(super) fn session_fault(
    terms: &AnswerSpec,
    verdict: &Verdict,
    conversation: &Conversation,
) -> Option<(Finding, Remark)> {
    let Conversation { names_version, names_identity, .. } = conversation;
    match verdict {
        Verdict::Reject { .. } if terms.version && *names_version == Some(false) => {
            Some((Finding::WrongAnswer, Remark::VersionUnnamed))
        }
        Verdict::Accept if terms.identity && *names_identity == Some(false) => {
            Some((Finding::IdentityKept, Remark::IdentityUnnamed))
        }
        _ => None,
    }
}

/// Returns what the form of an HTTP answer to this token lacks, if anything.
pub(super) fn answer_fault(
    terms: &AnswerSpec,
    verdict: &Verdict,
    answer: &Answer,
    token: &str,
) -> Option<AnswerFault> {
    let status = answer.status;
    if !terms.status.is_empty() && !terms.status.contains(&status) {
        return Some(AnswerFault::Status { status, due: terms.status.clone() });
    }
    if terms.private && *verdict == Verdict::Accept && !is_private(answer) {
        return Some(AnswerFault::Public);
    }
    if terms.secure_cookies
        && let Some(name) = clear_cookie(answer, token)
    {
        return Some(AnswerFault::ClearCookie(name));
    }
    challenge_fault(terms, answer)
}

/// True if no shared cache may keep the answer (RFC 9111 section 5.2.2).
fn is_private(answer: &Answer) -> bool {
    answer
        .all("cache-control")
        .flat_map(|line| line.split(','))
        .any(|it| ["private", "no-store"].iter().any(|word| it.trim().eq_ignore_ascii_case(word)))
}

/// The name of a cookie that holds the token and may go over a connection in the clear (RFC 6265
/// section 5.2.5).
fn clear_cookie(answer: &Answer, token: &str) -> Option<String> {
    let mut cookies = answer.all("set-cookie").map(|line| {
        let mut parts = line.split(';');
        let pair = parts.next().unwrap_or_default();
        (pair, parts.any(|it| it.trim().eq_ignore_ascii_case("secure")))
    });
    let (pair, _) = cookies.find(|(pair, secure)| !secure && pair.contains(token))?;
    Some(pair.split('=').next().unwrap_or_default().trim().to_owned())
}

/// Returns what the challenge lacks, if anything.
fn challenge_fault(terms: &AnswerSpec, answer: &Answer) -> Option<AnswerFault> {
    let lines: Vec<&str> = answer.all("www-authenticate").collect();
    let bearer = match challenge::parse_bearer(&lines) {
        Ok(bearer) => bearer,
        Err(error) if terms.challenge || terms.well_formed => {
            return Some(AnswerFault::Unparsable(error));
        }
        Err(_) => None,
    };
    let Some(bearer) = bearer else {
        return (terms.challenge || !terms.error.is_empty()).then_some(match lines.as_slice() {
            [] => AnswerFault::NoChallenge,
            _ => AnswerFault::NoBearer,
        });
    };
    if terms.challenge && bearer.parameters.is_empty() {
        return Some(AnswerFault::NoParameter);
    }
    if !terms.error.is_empty() {
        match bearer.parameter("error") {
            Some(error) if terms.error.iter().any(|due| due == error) => {}
            Some(error) => {
                let (error, due) = (error.to_owned(), terms.error.clone());
                return Some(AnswerFault::Error { error, due });
            }
            None => return Some(AnswerFault::NoError),
        }
    }
    if terms.no_error {
        let unasked = ["error", "error_description"];
        let named = unasked.into_iter().find(|name| bearer.parameter(name).is_some());
        if let Some(name) = named {
            return Some(AnswerFault::Unasked(name.to_owned()));
        }
    }
    if terms.well_formed { bearer.form_fault().map(AnswerFault::Grammar) } else { None }
}
