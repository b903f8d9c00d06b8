//! The calls to a source, and their outcomes.

use std::time::Duration;

use crate::lint::exchange::Answer;
use crate::lint::rule::Rule;
use crate::lint::token::Token;
use jwtspec_types::words::words;

/// The number of calls at the same time.
pub(super) const AT_ONCE: usize = 4;

words! {
    /// The reason why a source is asked.
    Occasion {
        /// The first call, not forced.
        First = "the first call",
        /// A forced one.
        Forced = "a forced refresh",
        /// One that is not forced, after a forced one.
        After = "an ordinary call after it",
        /// One of several forced ones at the same time.
        AtOnce = "a call beside others",
        /// One that is not forced, after those.
        Last = "an ordinary call after calls at once",
        /// One while no user is signed in.
        SignedOut = "a call while signed out",
        /// One of the simulated client.
        Client = "a call of the client",
    }
}

/// The reason why a call gave no token that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoToken {
    /// A text came that cannot be read as a JWT: the broken rule, and a description.
    Unreadable(&'static Rule, String),
    /// No user is signed in, put in these words.
    SignedOut(String),
    /// Nothing usable: the broken rule, and the evidence.
    Unusable(&'static Rule, String),
}

/// One call.
pub(super) struct Call {
    pub(super) occasion: Occasion,
    pub(super) force: bool,
    pub(super) outcome: Result<Token, NoToken>,
    /// The text that came beside the token.
    pub(super) noise: Option<String>,
    /// The answer that it came in, if the source is asked over HTTP.
    pub(super) response: Option<Answer>,
    /// When it was over, since 1970.
    pub(super) at: Duration,
}

impl Call {
    /// The token, if one came that can be read.
    pub(super) fn token(&self) -> Option<&Token> {
        self.outcome.as_ref().ok()
    }

    /// The reason why there is no token that can be used.
    pub(super) fn failure(&self) -> Option<String> {
        Some(match self.outcome.as_ref().err()? {
            NoToken::SignedOut(how) => format!("signed out ({how})"),
            NoToken::Unreadable(_, seen) | NoToken::Unusable(_, seen) => seen.clone(),
        })
    }
}

/// A time in a token, in seconds since 1970, or what is wrong with it.
pub(super) fn time(token: &Token, name: &str) -> Result<f64, String> {
    token.time(name).unwrap_or_else(|| Err(format!("the token has no `{name}`")))
}
