//! Profiles: named sets of expectations where specifications leave a choice.

use serde_json::{Map, Value, json};

use crate::trust::KeyDelivery;
use crate::words::{Algorithm, Reason, words};

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
        /// The OpenID Connect providers of a Convex-style backend.
        Convex = "convex",
        /// The customJwt providers of a Convex-style backend.
        ConvexCustomJwt = "convex-custom-jwt",
    }
}

/// What a provider is under a profile, whatever a verifier can be told otherwise.
///
/// A scenario that needs more is skipped: no configuration of such a backend can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nature {
    /// How its keys can be given.
    pub keys: &'static [KeyDelivery],
    /// The algorithms that it can allow.
    pub algorithms: &'static [Algorithm],
    /// Whether it allows all of these, or one of them.
    pub allows_all: bool,
    /// The leeway, in seconds.
    pub leeway: u64,
    /// Whether it always has an audience.
    pub has_audience: bool,
}

/// Reasons, and those of which the backend of a profile says the same: whoever reads its message
/// cannot know which.
///
/// "No auth provider found matching the given token" comes for a wrong issuer and for a wrong
/// audience, because both choose the provider; a token without `iss` is answered like one whose
/// payload cannot be read, because both leave nothing to choose by.
const ONE_MESSAGE: [(Reason, &[Reason]); 4] = [
    (Reason::IssuerUnknown, &[Reason::AudienceMismatch, Reason::AudienceMissing]),
    (Reason::AudienceMismatch, &[Reason::IssuerUnknown]),
    (Reason::AudienceMissing, &[Reason::IssuerUnknown, Reason::AudienceMismatch]),
    (Reason::IssuerMissing, &[Reason::Malformed]),
];

impl Profile {
    /// One line for `--help` and reports.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Jwt => "RFC 7519 with the best current practices of RFC 8725",
            Self::Oidc => "ID tokens of OpenID Connect Core 1.0",
            Self::AtJwt => "JWT access tokens of RFC 9068",
            Self::Convex => "ID tokens as an OpenID Connect provider of Convex takes them",
            Self::ConvexCustomJwt => "JWTs as a customJwt provider of Convex takes them",
        }
    }

    /// The profile whose rules hold where this one has none of its own; itself, if it stands on
    /// its own.
    #[must_use]
    pub const fn base(self) -> Self {
        match self {
            Self::Convex => Self::Oidc,
            Self::ConvexCustomJwt => Self::Jwt,
            Self::Jwt | Self::Oidc | Self::AtJwt => self,
        }
    }

    /// What a provider is here; nothing where that is up to the verifier.
    pub const fn nature(self) -> Option<Nature> {
        match self {
            Self::Jwt | Self::Oidc | Self::AtJwt => None,
            Self::Convex => Some(Nature {
                keys: &[KeyDelivery::Discovery],
                algorithms: &[Algorithm::Rs256, Algorithm::EdDsa],
                allows_all: true,
                leeway: 0,
                has_audience: true,
            }),
            Self::ConvexCustomJwt => Some(Nature {
                // A key set can also stand in the configuration, as a `data:` URL.
                keys: &[KeyDelivery::JwksUri, KeyDelivery::Inline],
                algorithms: &[Algorithm::Rs256, Algorithm::Es256],
                allows_all: false,
                leeway: 5,
                has_audience: false,
            }),
        }
    }

    /// These reasons, and those that the backend of the profile does not tell from them.
    pub(crate) fn with_indistinguishable(self, reasons: &[Reason]) -> Vec<Reason> {
        let mut all = reasons.to_vec();
        let shared: &[(Reason, &[Reason])] = match self.nature() {
            Some(_) => &ONE_MESSAGE,
            None => &[],
        };
        for (_, same) in shared.iter().filter(|(reason, _)| reasons.contains(reason)) {
            let more: Vec<Reason> = same.iter().copied().filter(|it| !all.contains(it)).collect();
            all.extend(more);
        }
        all
    }

    /// Header members that a valid token has here beyond the usual.
    pub fn header(self) -> Map<String, Value> {
        match self {
            Self::AtJwt => object([("typ", json!("at+jwt"))]),
            _ => Map::new(),
        }
    }

    /// Claims that a valid token has here beyond the usual.
    pub fn claims(self) -> Map<String, Value> {
        match self {
            Self::AtJwt => object([("client_id", json!("client-1"))]),
            _ => Map::new(),
        }
    }

    /// The type that the verifier is told to expect.
    pub const fn typ(self) -> Option<&'static str> {
        match self {
            Self::AtJwt => Some("at+jwt"),
            _ => None,
        }
    }

    /// The claims that the verifier is told to require, or requires by its nature.
    pub const fn required_claims(self) -> &'static [&'static str] {
        match self {
            Self::Jwt => &[],
            Self::Oidc | Self::Convex => &["iss", "sub", "aud", "exp", "iat"],
            Self::AtJwt => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            Self::ConvexCustomJwt => &["iss", "sub", "exp"],
        }
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
