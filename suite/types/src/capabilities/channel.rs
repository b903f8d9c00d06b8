//! The channel of a target: how tokens reach it and how its verdicts come back.

/// The way in which tokens reach a target and its verdicts come back, as far as scenarios depend
/// on it. It is not declared: it follows from how tokens are presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The token is in `Authorization: Bearer`.
    pub bearer: bool,
    /// An accepted token is answered with its claims, as JSON.
    pub claims: bool,
    /// Each token has an HTTP answer of its own, so that the form of that answer can be judged.
    pub http: bool,
    /// The sessions on a socket; nothing if there is no socket.
    pub session: Option<SessionChannel>,
}

/// The possibilities of a session on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionChannel {
    /// One connection takes many tokens, one after the other.
    pub many_tokens: bool,
    /// A refusal names the version of its token, in a known way.
    pub version: bool,
    /// An acceptance names the identity of its token, in a known way.
    pub identity: bool,
    /// There is a known way to sign out.
    pub sign_out: bool,
}

impl Channel {
    /// The channel of a driver: a request of RFC 6750 for each token.
    pub const DRIVER: Self = Self { bearer: true, claims: true, http: true, session: None };

    /// Every channel at once: for listing scenarios without a target.
    pub const ALL: Self = Self {
        session: Some(SessionChannel {
            many_tokens: true,
            version: true,
            identity: true,
            sign_out: true,
        }),
        ..Self::DRIVER
    };

    /// A socket. No request carries a token, so that none can be bent, and no answer has claims.
    pub const fn socket(session: SessionChannel) -> Self {
        Self { bearer: false, claims: false, http: false, session: Some(session) }
    }
}
