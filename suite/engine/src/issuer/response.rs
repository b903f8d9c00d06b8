//! The response of an issuer for one document.

use std::time::Duration;

use bytes::Bytes;

use super::wire_fault::WireFault;

/// The response for one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Header fields, in order, each name once; framing is added when it is sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The time for which the response is kept back.
    pub delay: Duration,
    /// True if it carries an `ETag`, and a client that sends it back is answered with 304.
    pub etag: bool,
    /// The fault on the wire, if any.
    pub wire: Option<WireFault>,
}

impl Response {
    /// The response of an honest issuer.
    pub fn json(body: String) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.into(),
            delay: Duration::ZERO,
            etag: false,
            wire: None,
        }
    }
}
