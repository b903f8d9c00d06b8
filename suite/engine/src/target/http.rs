//! Sending a request and observing what comes back, within bounds of time and size.

use std::borrow::Cow;
use std::time::Duration;

use super::answer::Answer;
use super::conversation::{Conversation, End, Line};
use super::fault::ConnectionFault;
use super::guard::LoopbackUrl;
use super::request::PreparedRequest;
use super::wire;

/// The observation of one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// An HTTP answer; also one that refuses the opening handshake of a socket.
    Answer(Answer),
    /// A conversation on a socket.
    Conversation(Box<Conversation>),
    /// None: refused, reset, timed out, flooded or unreadable.
    Fault(ConnectionFault),
}

impl Observation {
    /// The answer, whatever carried it; nothing if none came.
    pub fn answer(&self) -> Option<Cow<'_, Answer>> {
        match self {
            Self::Answer(answer) => Some(Cow::Borrowed(answer)),
            Self::Conversation(conversation) => Some(Cow::Owned(conversation.answer())),
            Self::Fault(_) => None,
        }
    }

    /// Returns true if nothing came back at all.
    pub(crate) fn is_silence(&self) -> bool {
        match self {
            Self::Fault(fault) => fault.is_silence(),
            Self::Conversation(conversation) => {
                matches!(conversation.end, End::Silent(_))
                    && conversation.received().next().is_none()
            }
            Self::Answer(_) => false,
        }
    }

    /// The messages on the connection of a conversation, in order; elsewhere none.
    pub fn lines(&self) -> &[Line] {
        match self {
            Self::Conversation(conversation) => &conversation.lines,
            Self::Answer(_) | Self::Fault(_) => &[],
        }
    }

    /// Returns true if it says that what was sent is at fault: a refusal before the verifier is
    /// asked, whatever the target file knows of it (RFC 9110 section 15.5, RFC 6455 section 7.4.1;
    /// of the private codes from 4000 on, 44xx is in use for the same).
    pub fn blames_the_sender(&self) -> bool {
        match self {
            Self::Answer(answer) => (400..500).contains(&answer.status),
            Self::Conversation(conversation) => {
                matches!(conversation.close_code(), Some(1002 | 1003 | 1007 | 4400..=4499))
            }
            Self::Fault(_) => false,
        }
    }
}

/// Sends requests; shared by all scenarios of a run.
#[derive(Clone, Debug)]
pub struct HttpClient {
    timeout: Duration,
    /// The host whose addresses are known already.
    pinned: Option<LoopbackUrl>,
}

impl HttpClient {
    /// A sender that gives each answer this time.
    pub fn new(timeout: Duration) -> Self {
        Self { timeout, pinned: None }
    }

    /// The same, which connects to the host of a URL at the addresses that the guard saw.
    pub fn pinned(timeout: Duration, to: &LoopbackUrl) -> Self {
        Self { timeout, pinned: Some(to.clone()) }
    }

    /// The time that an answer may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a request.
    pub async fn send(&self, request: &PreparedRequest) -> Observation {
        match self.answer_to(request).await {
            Ok(answer) => Observation::Answer(answer),
            Err(fault) => Observation::Fault(fault),
        }
    }

    /// The answer to a request.
    pub(super) async fn answer_to(
        &self,
        request: &PreparedRequest,
    ) -> Result<Answer, ConnectionFault> {
        let exchange = wire::exchange(request, self.pinned.as_ref());
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(ConnectionFault::Timeout(self.timeout)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::guard::require_loopback_by;
    use super::*;

    /// Answers one request with its first line.
    async fn echo() -> std::net::SocketAddr {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere").await;
            }
        });
        address
    }

    #[tokio::test]
    async fn a_name_that_is_rebound_after_the_guard_leads_nowhere_else() {
        let here = echo().await;
        // The guard sees this machine; the system, asked again, knows no such name.
        let url = format!("http://rebound.invalid:{}/", here.port());
        let pinned = require_loopback_by(&url, |_, _| Ok(vec![here])).expect("loopback");
        let request = |headers: Vec<(String, Vec<u8>)>| PreparedRequest {
            method: "GET",
            url: url.clone(),
            headers,
            body: None,
            messages: None,
        };
        let plain = request(Vec::new());
        // A line feed in a header is sent by hand.
        let raw = request(vec![("authorization".to_owned(), b"Bearer a\nb".to_vec())]);
        let patience = Duration::from_secs(10);
        let client = HttpClient::pinned(patience, &pinned);
        let unpinned = HttpClient::new(patience);
        for request in [plain, raw] {
            let observation = client.send(&request).await;
            let body = observation.answer().map(|answer| answer.body.clone());
            assert_eq!(body.as_deref(), Some("here"), "{observation:?}");
            assert_eq!(unpinned.send(&request).await.answer(), None);
        }
    }
}
