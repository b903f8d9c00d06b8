//! Judges a source while no user is signed in.

use super::call::{Call, NoToken};
use crate::lint::findings::Findings;
use crate::lint::rule::rules;

rules! { SignedOut:
    TOKEN = "signed-out-token" Must "practice":
        "no token comes while no user is signed in",
        "the client goes on as a user who has left, and the next user of the machine with it",
        "answer null as soon as the session is over, and keep no token beyond it";
    FAULT = "signed-out-fails" Should "practice":
        "being signed out is told by null",
        "the client cannot tell a user who is signed out from a source that is broken, and waits",
        "answer null, or status 401, where no user is signed in";
}

/// Judges one call while no user is signed in.
pub(super) fn judge_signed_out(book: &mut Findings, call: &Call) {
    let how = if call.force { "a forced refresh" } else { "an ordinary call" };
    match &call.outcome {
        Err(NoToken::SignedOut(_)) => {
            book.met(TOKEN);
            book.met(FAULT);
        }
        Ok(_) | Err(NoToken::Unreadable(..)) => {
            book.broken(TOKEN, format!("{how} while signed out gives a token"));
        }
        Err(NoToken::Unusable(_, seen)) => {
            book.broken(FAULT, format!("{how} while signed out: {seen}"))
        }
    }
}
