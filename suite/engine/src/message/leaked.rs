//! The kinds of things that an answer must not hold.

use serde::{Deserialize, Serialize};

use jwtspec_types::words::Level;

/// Something that an answer holds and must not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leaked {
    /// The whole token.
    Token,
    /// The token's signature.
    Signature,
    /// The private part of the fixture key with this name.
    PrivateKey(String),
    /// A place inside the program.
    Insides {
        /// Its kind.
        kind: Insides,
        /// The text that shows it, shortened.
        text: String,
    },
    /// An address of an internal network.
    Address(String),
    /// A header field that the token brought in.
    InjectedField,
    /// A control character of the token.
    Control(char),
    /// Markup of the token, in a page.
    Markup,
    /// A long text of the token, as it came; its length in bytes.
    Echo(usize),
    /// A configured issuer that neither the token nor its request names.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Insides {
    /// A stack trace.
    StackTrace,
    /// A file path.
    FilePath,
    /// A private key.
    PrivateKey,
    /// Other key material.
    KeyMaterial,
}
