//! The calls to a source, and their outcomes.

use std::fmt;
use std::time::Duration;

use crate::lint::rule::Rule;
use crate::lint::token::{FAR, Token};

/// The number of calls at the same time.
pub(super) const AT_ONCE: usize = 4;

/// The reason why a source is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The first call, not forced.
    First,
    /// A forced one.
    Forced,
    /// One that is not forced, after a forced one.
    After,
    /// One of several forced ones at the same time.
    AtOnce,
    /// One that is not forced, after those.
    Last,
    /// One while no user is signed in.
    SignedOut,
    /// One of the simulated client.
    Client,
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "the first call",
            Self::Forced => "a forced refresh",
            Self::After => "an ordinary call after it",
            Self::AtOnce => "a call beside others",
            Self::Last => "an ordinary call after calls at once",
            Self::SignedOut => "a call while signed out",
            Self::Client => "a call of the client",
        })
    }
}

/// The outcome of a call.
pub(super) enum Outcome {
    /// A JWT.
    Token(Box<Token>),
    /// A text that is no JWT, and a description of it.
    Unreadable(String),
    /// No user is signed in, put in these words.
    SignedOut(String),
    /// Nothing usable: the broken rule, and the evidence.
    Fault(&'static Rule, String),
}

/// The headers of an HTTP response that are judged.
pub(super) struct ResponseFacts {
    /// The time that it states.
    pub(super) date: Option<Duration>,
    /// Its `Cache-Control`, in lower case.
    pub(super) cache_control: Option<String>,
    /// When it came, since 1970.
    pub(super) at: Duration,
}

/// One call.
pub(super) struct Call {
    pub(super) occasion: Occasion,
    pub(super) force: bool,
    pub(super) outcome: Outcome,
    /// The text that came beside the token.
    pub(super) noise: Option<String>,
    pub(super) response: Option<ResponseFacts>,
    /// When it was over, since 1970.
    pub(super) at: Duration,
}

impl Call {
    /// The token, if one came that can be read.
    pub(super) fn token(&self) -> Option<&Token> {
        match &self.outcome {
            Outcome::Token(token) => Some(token),
            _ => None,
        }
    }

    /// The reason why there is no token that can be used.
    pub(super) fn failure(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Token(_) => None,
            Outcome::Unreadable(what) => Some(what.clone()),
            Outcome::SignedOut(how) => Some(format!("signed out ({how})")),
            Outcome::Fault(_, seen) => Some(seen.clone()),
        }
    }
}

/// A time in a token, in seconds since 1970, or what is wrong with it.
pub(super) fn time(token: &Token, name: &str) -> Result<f64, String> {
    match token.claims.get(name) {
        None => Err(format!("the token has no `{name}`")),
        Some(value) => match value.as_f64() {
            Some(seconds) if seconds.abs() < FAR => Ok(seconds),
            Some(_) => Err(format!("its `{name}` looks like milliseconds")),
            None => {
                let kind = jwtspec_jose::kind(value);
                Err(format!("its `{name}` is {kind}, not a number"))
            }
        },
    }
}

/// Seconds for people.
pub(super) fn round(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
