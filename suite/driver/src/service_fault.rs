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

/// A mistake of the service around a verifier: in how it takes the token out of a request, or in the
/// head of its answer.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct ServiceFault {
    /// Changes a request before it is answered.
    pub request: fn(&mut Asked),
    /// Changes the answer to a request.
    pub answer: fn(&Asked, &mut StatusCode, &mut HeaderMap),
}
