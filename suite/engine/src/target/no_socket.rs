//! The stand-in for sockets in a build without the feature `websocket`: none is opened.

use std::time::Duration;

use super::fault::Unsent;
use super::http::Observation;
use super::message::Messages;
use super::request::PreparedRequest;

/// An open connection, of which there is none.
pub enum Session {}

pub(super) async fn exchange(_: &PreparedRequest, _: &Messages, _: Duration) -> Observation {
    Observation::Fault(Unsent::NoWebSocket.into())
}

impl Session {
    /// Opens none.
    ///
    /// # Errors
    ///
    /// Always.
    pub(crate) async fn open(
        request: &PreparedRequest,
        messages: &Messages,
        timeout: Duration,
    ) -> Result<Self, Observation> {
        Err(exchange(request, messages, timeout).await)
    }

    pub(crate) fn tokens(&self) -> u32 {
        match *self {}
    }

    pub(crate) fn accepted(&self) -> u32 {
        match *self {}
    }

    pub(crate) async fn present(&mut self, _: &Messages) -> Observation {
        match *self {}
    }

    pub(crate) async fn sign_out(&mut self, _: &Messages) -> Observation {
        match *self {}
    }

    pub(crate) async fn listen(&mut self, _: &Messages, _: Duration) -> Observation {
        match *self {}
    }

    pub(crate) async fn close(self) {
        match self {}
    }
}
