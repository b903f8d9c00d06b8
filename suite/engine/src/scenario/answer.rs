//! The expected form of an answer.

use jwtspec_types::members::sparse;

sparse! {
    /// The form of the answer, beyond the verdict (RFC 6750 section 3, RFC 9110 section 11).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct AnswerSpec {
        /// The status is one of these.
        pub status: Vec<u16>,
        /// There is a `Bearer` challenge with at least one parameter.
        pub challenge: bool,
        /// The challenge's `error` is one of these.
        pub error: Vec<String>,
        /// The challenge has neither `error` nor `error_description`.
        pub no_error: bool,
        /// A challenge, if there is one, keeps to the grammar of RFC 6750.
        pub well_formed: bool,
        /// Where the token is accepted, `Cache-Control` has `private` or `no-store`.
        pub private: bool,
        /// No cookie that is set without `Secure` holds the token.
        pub secure_cookies: bool,
        /// The body is the claims as they were signed, where the token is accepted.
        pub claims: bool,
        /// In a session: a refusal names the version of its token, as the target file says.
        pub version: bool,
        /// In a session: an acceptance names the identity of its token, as the target file says.
        pub identity: bool,
    }
}

impl AnswerSpec {
    /// True if something is asked that only an HTTP answer has.
    pub fn is_of_http(&self) -> bool {
        let Self {
            status, challenge, error, no_error, well_formed, private, secure_cookies, ..
        } = self;
        !status.is_empty()
            || !error.is_empty()
            || [challenge, no_error, well_formed, private, secure_cookies].contains(&&true)
    }

    /// True if nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
