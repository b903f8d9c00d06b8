//! Mistakes of the service around a verifier, with which the tester is tested.

use http::{HeaderMap, Method, StatusCode};

/// A request for the protected resource.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Its query, empty if it has none.
    pub query: String,
    /// Its body, if that is text.
    pub form: String,
}

/// A mistake of the service around a verifier.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum ServiceFault {
    /// In how it takes the token out of a request, or in the head of its answer.
    Head {
        /// Changes a request before it is answered.
        request: fn(&mut Asked),
        /// Changes the answer to a request.
        answer: fn(&Asked, &mut StatusCode, &mut HeaderMap),
    },
    /// A token in a cookie is tried where the header's is refused.
    CookieNext,
    /// No token is asked for but by GET and HEAD.
    OtherMethodsOpen,
    /// No token is asked for at another spelling of the path.
    OtherPathsOpen,
}
