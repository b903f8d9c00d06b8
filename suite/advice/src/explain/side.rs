//! The side on which something has to change.

use jwtspec_types::words::words;

words! {
    /// The side on which something has to change.
    Side {
        /// The issuer, which mints the tokens and serves the keys.
        Issuer = "issuer",
        /// The token and how it is sent: another one, or sent otherwise.
        Token = "token",
        /// The configuration of the verifier.
        Verifier = "verifier",
    }
}

impl Side {
    /// The side as a phrase.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Issuer => "the issuer, which mints the tokens and serves the keys",
            Self::Token => "the token: get another one, or send it otherwise",
            Self::Verifier => "the configuration of the verifier",
        }
    }
}
