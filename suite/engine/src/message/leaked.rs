//! The kinds of things that an answer must not hold.

use serde::{Deserialize, Serialize};

use jwtspec_types::words::Level;

/// Something that an answer holds and must not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Leaked {
    /// The whole token.
    #[error("the whole token")]
    Token,
    /// The token's signature.
    #[error("the token's signature")]
    Signature,
    /// The private part of the fixture key with this name.
    #[error("the private part of the key `{0}`")]
    PrivateKey(String),
    /// A place inside the program.
    #[error("{kind} ({text})")]
    Insides {
        /// Its kind.
        kind: Insides,
        /// The text that shows it, shortened.
        text: String,
    },
    /// An address of an internal network.
    #[error("an internal address ({0})")]
    Address(String),
    /// A header field that the token brought in.
    #[error("a header field that the token brought in")]
    InjectedField,
    /// A control character of the token.
    #[error("the control character {} of the token", .0.escape_unicode())]
    Control(char),
    /// Markup of the token, in a page.
    #[error("markup of the token, in a page")]
    Markup,
    /// A long text of the token, as it came; its length in bytes.
    #[error("{0} octets of the token, handed back as they came")]
    Echo(usize),
    /// A configured issuer that the token does not name.
    #[error("a configured issuer that the token does not name ({0})")]
    Issuer(String),
}

impl Leaked {
    /// The level at which it binds. No specification speaks of it, so it is advice at most.
    pub fn level(&self) -> Level {
        match self {
            Self::Issuer(_) => Level::May,
            _ => Level::Should,
        }
    }
}

/// A kind of place inside a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Insides {
    /// A stack trace.
    #[error("a stack trace")]
    StackTrace,
    /// A file path.
    #[error("a file path")]
    FilePath,
    /// A private key.
    #[error("a private key")]
    PrivateKey,
    /// Other key material.
    #[error("key material")]
    KeyMaterial,
}
