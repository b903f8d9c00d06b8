//! Why a token is refused: a code, and what is said to developers and in production.

use serde::Serialize;

/// The detail of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything that helps to configure the backend.
    Development,
    /// Neither key ids nor configured providers.
    Production,
}

/// The kind of a refusal; the `code` of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Code {
    /// The header or the token in it cannot be used, or is not valid.
    InvalidAuthHeader,
    /// No provider has its issuer and audience.
    NoAuthProvider,
    /// The keys of its provider cannot be had.
    AuthProviderDiscoveryFailed,
}

/// A refused token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: Code,
    /// The text in either mode.
    what: String,
    /// The text that is added in development.
    detail: String,
}

/// The body of a refusal.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Body {
    code: Code,
    message: String,
}

impl Refusal {
    pub(crate) fn new(code: Code, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code, what: what.into(), detail: detail.into() }
    }

    pub(crate) fn invalid(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidAuthHeader, what, detail)
    }

    /// The text of the refusal.
    pub(crate) fn message(&self, mode: Mode) -> String {
        match mode {
            Mode::Development if !self.detail.is_empty() => {
                format!("{}: {}", self.what, self.detail)
            }
            _ => self.what.clone(),
        }
    }

    /// The body of an answer over HTTP.
    pub(crate) fn body(&self, mode: Mode) -> Body {
        Body { code: self.code, message: self.message(mode) }
    }
}
