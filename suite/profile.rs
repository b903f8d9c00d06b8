//! Profiles: named sets of expectations where specifications leave a choice.

use serde_json::{Map, Value, json};

use crate::words::words;

words! {
    /// A named set of expectations where specifications leave a choice.
    #[derive(Default)]
    Profile {
        /// RFC 7519 with the best current practices of RFC 8725.
        #[default]
        Jwt = "jwt",
        /// ID tokens of OpenID Connect Core.
        Oidc = "oidc",
        /// JWT access tokens of RFC 9068.
        AtJwt = "at-jwt",
    }
}

impl Profile {
    /// One line for `--help` and reports.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Jwt => "RFC 7519 with the best current practices of RFC 8725",
            Self::Oidc => "ID tokens of OpenID Connect Core 1.0",
            Self::AtJwt => "JWT access tokens of RFC 9068",
        }
    }

    /// Header members that a valid token has here beyond the usual.
    pub fn header(self) -> Map<String, Value> {
        match self {
            Self::Jwt | Self::Oidc => Map::new(),
            Self::AtJwt => object([("typ", json!("at+jwt"))]),
        }
    }

    /// Claims that a valid token has here beyond the usual.
    pub fn claims(self) -> Map<String, Value> {
        match self {
            Self::Jwt | Self::Oidc => Map::new(),
            Self::AtJwt => object([("client_id", json!("client-1"))]),
        }
    }

    /// The type that the verifier is told to expect.
    pub const fn typ(self) -> Option<&'static str> {
        match self {
            Self::Jwt | Self::Oidc => None,
            Self::AtJwt => Some("at+jwt"),
        }
    }

    /// The claims that the verifier is told to require.
    pub const fn required_claims(self) -> &'static [&'static str] {
        match self {
            Self::Jwt => &[],
            Self::Oidc => &["iss", "sub", "aud", "exp", "iat"],
            Self::AtJwt => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
        }
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
