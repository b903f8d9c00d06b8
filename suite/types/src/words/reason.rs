//! Reasons for which a verifier rejects a token.

use super::words;

words! {
    /// Why a verifier rejects a token: the closed list.
    Reason {
        /// The request held no token.
        TokenMissing = "token-missing",
        /// The credential is not a compact JWS with a JSON object in header and payload.
        Malformed = "malformed",
        /// `alg` is missing, unknown, or not allowed for the issuer.
        AlgorithmNotAllowed = "algorithm-not-allowed",
        /// The signature does not verify.
        SignatureInvalid = "signature-invalid",
        /// The issuer publishes no key that the header selects.
        KeyNotFound = "key-not-found",
        /// The selected key must not be used for this: type, curve, size, `use`, `alg`.
        KeyUnusable = "key-unusable",
        /// The issuer's keys could not be obtained.
        KeysUnavailable = "keys-unavailable",
        /// There is no `iss`.
        IssuerMissing = "issuer-missing",
        /// `iss` names no configured provider.
        IssuerUnknown = "issuer-unknown",
        /// There is no `aud`.
        AudienceMissing = "audience-missing",
        /// `aud` does not name this verifier.
        AudienceMismatch = "audience-mismatch",
        /// There is no `exp`.
        ExpiryMissing = "expiry-missing",
        /// `exp` has passed.
        Expired = "expired",
        /// `nbf` lies ahead.
        NotYetValid = "not-yet-valid",
        /// `iat` lies ahead.
        IssuedInFuture = "issued-in-future",
        /// Another required claim is not there.
        ClaimMissing = "claim-missing",
        /// A claim has a wrong type or value.
        ClaimInvalid = "claim-invalid",
        /// `typ` or `cty` is not of the expected kind.
        TypeMismatch = "type-mismatch",
        /// `crit` asks for what is not understood.
        CriticalHeader = "critical-header",
    }
}

impl Reason {
    /// The consequence of accepting a token in spite of this reason.
    pub const fn risk(self) -> &'static str {
        match self {
            Self::TokenMissing => "anyone gets in without a token",
            Self::Malformed => {
                "two systems read one token differently, so a check made here says nothing about \
                 what is used there"
            }
            Self::AlgorithmNotAllowed => {
                "the author of a token chooses how it is verified, which may mean not at all"
            }
            Self::SignatureInvalid => {
                "an attacker can change or invent claims, such as the user or the roles"
            }
            Self::KeyNotFound => "an attacker can sign with a key that the issuer never published",
            Self::KeyUnusable => {
                "a token counts as signed although its key was not meant, or is too weak, to sign \
                 tokens"
            }
            Self::KeysUnavailable => "an attacker who can keep the keys away gets in unverified",
            Self::IssuerMissing => {
                "a token counts as one of a trusted issuer though it does not say who issued it"
            }
            Self::IssuerUnknown => "a token of a foreign issuer lets its owner in",
            Self::AudienceMissing | Self::AudienceMismatch => {
                "a token that a user gave to another service can be replayed against this one"
            }
            Self::ExpiryMissing | Self::Expired => {
                "a stolen token goes on working after it should have died"
            }
            Self::NotYetValid | Self::IssuedInFuture => {
                "a token works before the time that its issuer set"
            }
            Self::ClaimMissing | Self::ClaimInvalid => {
                "the application acts on a claim that is absent or of another type than it thinks"
            }
            Self::TypeMismatch => {
                "a token made for another purpose, such as an ID token, passes for this one"
            }
            Self::CriticalHeader => {
                "a condition that the issuer marked as critical is silently not applied"
            }
        }
    }
}
