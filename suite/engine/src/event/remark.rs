//! Remarks on an answer beside its verdict.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::challenge::FormFault;
use crate::message::Leaked;

/// A remark on an answer beside its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remark {
    /// The form of an HTTP answer is not what it must be.
    Form(AnswerFault),
    /// A refusal in a session does not name the version of its token.
    VersionUnnamed,
    /// An acceptance in a session does not name the identity of its token.
    IdentityUnnamed,
    /// A session that was ended still names the identity of its token.
    IdentityKept,
    /// The application is handed other claims than were signed.
    Claims(ClaimsFault),
    /// The answer holds what it must not hold.
    Holds(Leaked),
    /// The next valid token is refused.
    NextRefused,
    /// A token that is valid for less long was accepted.
    ShorterAccepted,
    /// A token that differs in nothing was accepted.
    AlikeAccepted,
}

/// A fault in the form of an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerFault {
    /// Another status than one of those that are due.
    #[error("status {status} instead of {}", due.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "))]
    Status {
        /// The status.
        status: u16,
        /// Those that are due.
        due: Vec<u16>,
    },
    /// `WWW-Authenticate` cannot be parsed; the parser's words.
    #[error("`WWW-Authenticate` cannot be parsed: {0}")]
    Unparsable(String),
    /// No `WWW-Authenticate`.
    #[error("no `WWW-Authenticate`")]
    NoChallenge,
    /// `WWW-Authenticate` without a `Bearer` challenge.
    #[error("no `Bearer` challenge in `WWW-Authenticate`")]
    NoBearer,
    /// A `Bearer` challenge without parameters.
    #[error("the `Bearer` challenge has no parameter")]
    NoParameter,
    /// Another `error` than one of those that are due.
    #[error("error {error:?} instead of {}", due.join(" or "))]
    Error {
        /// The error.
        error: String,
        /// Those that are due.
        due: Vec<String>,
    },
    /// No `error`.
    #[error("the challenge names no `error`")]
    NoError,
    /// A parameter that is named though no token was sent.
    #[error("the challenge names `{0}` though no token was sent")]
    Unasked(String),
    /// An acceptance that a shared cache may keep.
    #[error("`Cache-Control` has neither `private` nor `no-store`")]
    Public,
    /// A cookie without `Secure` that holds the token; its name.
    #[error("the cookie `{0}` holds the token and lacks `Secure`")]
    ClearCookie(String),
    /// A challenge that breaks the grammar of RFC 6750.
    #[error(transparent)]
    Grammar(FormFault),
}

/// A difference of the claims that are handed over from those that were signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimsFault {
    /// The body is not the claims as JSON.
    #[error("the body is not the claims as JSON")]
    NotJson,
    /// The member at this place, such as `claims.sub`, was signed and is not handed over.
    #[error("`{0}` was signed and is not handed over")]
    Lost(String),
    /// The member at this place is handed over and was not signed.
    #[error("`{0}` is handed over and was not signed")]
    Added(String),
    /// A member is handed over with another value.
    #[error("`{place}` was signed as {signed} and is handed over as {handed}")]
    Changed {
        /// Its place.
        place: String,
        /// The value that was signed.
        signed: Value,
        /// The value that is handed over.
        handed: Value,
    },
}
