//! Kinds of failures.

use super::words;

words! {
    /// The kind of a failure.
    Finding {
        /// What was accepted was not signed by a key of the issuer that it names: anyone could make it.
        ForgeryAccepted = "forgery-accepted",
        /// A token was accepted that its issuer signed and that must be refused all the same.
        InvalidAccepted = "invalid-accepted",
        /// A token was accepted that its issuer signed with a key that is too weak for it.
        WeakKeyAccepted = "weak-key-accepted",
        /// A token that must be accepted was refused.
        ValidRejected = "valid-rejected",
        /// Refused, but for a reason that the token does not give.
        WrongReason = "wrong-reason",
        /// Refused, and the answer does not say why (counts under `--strict` only).
        PoorMessage = "poor-message",
        /// The answer's status or challenge is not what RFC 6750 or RFC 9110 ask for.
        WrongAnswer = "wrong-answer",
        /// The application is handed other claims than the issuer signed.
        ClaimsAltered = "claims-altered",
        /// A session on a socket goes on under another identity than that of its last token.
        IdentityKept = "identity-kept",
        /// A session on a socket goes on after its token has expired, without a message.
        SessionOutlivesToken = "session-outlives-token",
        /// The answer holds what must stay secret.
        SecretLeaked = "secret-leaked",
        /// No orderly answer: 5xx, reset, time-out, unreadable, or an unknown status.
        Fault = "fault",
        /// A valid token is no longer accepted after this one was presented.
        Poisoned = "poisoned",
        /// The issuer was asked more often, less often or elsewhere than it should be.
        IssuerAbused = "issuer-abused",
        /// A deviations file expects a failure that did not happen.
        StaleDeviation = "stale-deviation",
        /// Something else fails than a deviations file knows, or at a higher level.
        DeviationChanged = "deviation-changed",
        /// The control was refused, so nothing can be concluded.
        ControlRefused = "control-refused",
    }
}

impl Finding {
    /// Returns true if something was accepted that must be refused.
    pub const fn is_acceptance(self) -> bool {
        matches!(self, Self::ForgeryAccepted | Self::InvalidAccepted | Self::WeakKeyAccepted)
    }

    /// The meaning of the failure for people, in a clause without a full stop.
    ///
    /// That of an acceptance depends on what should have been noticed; see
    /// [`Reason::risk`](super::Reason::risk).
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ForgeryAccepted => "an attacker can get in",
            Self::InvalidAccepted => {
                "the holder of a token gets in with one that no longer counts, or not here"
            }
            Self::WeakKeyAccepted => {
                "an attacker who computes or guesses a key this weak can sign tokens"
            }
            Self::ValidRejected => "a user with a valid token is locked out",
            Self::WrongReason => "the reader of the message looks for the cause in the wrong place",
            Self::PoorMessage => "the answer does not tell what to change",
            Self::WrongAnswer => {
                "a client that follows the specification cannot tell what to do next"
            }
            Self::ClaimsAltered => "the application acts on claims that the issuer did not sign",
            Self::IdentityKept => {
                "what one user does on a shared connection is done in the name of another"
            }
            Self::SessionOutlivesToken => {
                "the holder of a connection keeps it for as long as they like, even after their \
                 access was taken away"
            }
            Self::SecretLeaked => "a reader of the answer or its log learns a secret",
            Self::Fault => "a request that the service should answer makes it fail",
            Self::Poisoned => "one token from anybody locks out users with valid tokens",
            Self::IssuerAbused => {
                "anyone can make this verifier send requests of their choice to issuers, or it \
                 works with keys that are out of date"
            }
            Self::StaleDeviation => {
                "the deviations file no longer describes the target; remove the entry"
            }
            Self::DeviationChanged => {
                "the deviations file speaks of another failure; see what fails now"
            }
            Self::ControlRefused => {
                "a verifier that refuses valid tokens refuses this one for free, so nothing is \
                 proven; see what the target says about the control"
            }
        }
    }
}
