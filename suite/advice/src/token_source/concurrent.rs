//! Calls at the same time: all are served, and the session outlives them.

use super::call::{AT_ONCE, Call, Occasion};
use crate::lint::findings::Findings;
use crate::lint::rule::rules;

rules! { AtOnce:
    LOST = "at-once-lost" Must "practice":
        "calls at the same time all get a token, and the session outlives them",
        "with two tabs open, or two requests at once, the user is signed out",
        "let calls at the same time share one refresh, or accept a refresh token again for some seconds";
}

/// Judges calls at the same time, and the one after them.
pub(super) fn judge_concurrent(book: &mut Findings, calls: &[Call]) {
    let at_once: Vec<&Call> =
        calls.iter().filter(|call| call.occasion == Occasion::AtOnce).collect();
    if at_once.is_empty() {
        return;
    }
    let failures: Vec<String> = at_once.iter().filter_map(|call| call.failure()).collect();
    if let Some(first) = failures.first() {
        let count = failures.len();
        let seen = format!("{count} of {AT_ONCE} calls at the same time got no token: {first}");
        return book.broken(LOST, seen);
    }
    let last = calls.iter().find(|call| call.occasion == Occasion::Last);
    match last.and_then(Call::failure) {
        Some(how) => {
            let seen = format!("after {AT_ONCE} calls at the same time the session is gone: {how}");
            book.broken(LOST, seen);
        }
        None => book.met_by(
            LOST,
            format!(
                "{AT_ONCE} calls at the same time all get a token, and the session outlives them"
            ),
        ),
    }
}
