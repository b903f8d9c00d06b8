//! Sending a request and observing what comes back, within bounds of time and size.

use std::borrow::Cow;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};

use super::conversation::{Conversation, End, Line, websocat};
use super::fault::ConnectionFault;
use super::guard::LoopbackUrl;
use super::message::Messages;
use super::raw;
use jwtspec_types::text::is_hidden;

/// An answer longer than this is a flood.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// A request, ready to be sent and to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedRequest {
    /// The method.
    pub method: &'static str,
    /// The URL, query included.
    pub url: String,
    /// Header lines, in order; names may repeat.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Option<String>,
    /// On a socket, of which this is the opening handshake: what is said there.
    pub messages: Option<Box<Messages>>,
}

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

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its header lines.
    pub headers: Vec<(String, String)>,
    /// Its body, bytes that are not UTF-8 replaced.
    pub body: String,
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

impl Answer {
    /// The status of an answer that opens a socket (RFC 9110 section 15.2.2).
    pub(super) const SWITCHED: u16 = 101;

    /// Returns true if it was made of a conversation on a socket: its status is then the code with
    /// which that was closed, or 101.
    pub fn is_of_a_socket(&self) -> bool {
        self.status == Self::SWITCHED || self.status >= 1000
    }

    /// Its header lines, and behind an empty one its body.
    pub(crate) fn text(&self) -> String {
        let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        format!("{}\n{}", lines.collect::<String>(), self.body)
    }

    /// The first header line of that name.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Every header line of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Sends requests; shared by all scenarios of a run.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client,
    timeout: Duration,
    /// The host whose addresses are known already.
    pinned: Option<LoopbackUrl>,
}

/// Lets TLS clients of this process use ring, unless the process has chosen already.
#[cfg(feature = "https")]
pub(crate) fn choose_cryptography() {
    // An error says that there is a provider, which is all that is wanted.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
}

impl HttpClient {
    /// A sender that gives each answer this time.
    ///
    /// # Errors
    ///
    /// If the system has no usable TLS configuration.
    pub fn new(timeout: Duration) -> reqwest::Result<Self> {
        Self::build_client(timeout, None)
    }

    /// The same, which connects to the host of a URL at the addresses that the guard saw.
    ///
    /// # Errors
    ///
    /// If the system has no usable TLS configuration.
    pub fn pinned(timeout: Duration, to: &LoopbackUrl) -> reqwest::Result<Self> {
        Self::build_client(timeout, Some(to))
    }

    fn build_client(timeout: Duration, pinned: Option<&LoopbackUrl>) -> reqwest::Result<Self> {
        #[cfg(feature = "https")]
        choose_cryptography();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // Each request has a connection of its own: one that is kept may be closed by the other
            // side at any time (RFC 9112 section 9.3.1), which would look like a fault of it.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("jwtspec/", env!("CARGO_PKG_VERSION")));
        if let Some(to) = pinned {
            builder = builder.resolve_to_addrs(to.host(), to.addresses());
        }
        Ok(Self { client: builder.build()?, timeout, pinned: pinned.cloned() })
    }

    /// The client beneath, for the requests of the driver contract.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The time that an answer may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a request.
    pub async fn send(&self, request: &PreparedRequest) -> Observation {
        let exchange = async {
            match self.build(request) {
                Some(built) => self.exchange(built).await,
                // No HTTP library sends a line feed inside a field value.
                None => raw::exchange(request, self.pinned.as_ref()).await,
            }
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(Ok(answer)) => Observation::Answer(answer),
            Ok(Err(fault)) => Observation::Fault(fault),
            Err(_) => Observation::Fault(ConnectionFault::Timeout(self.timeout)),
        }
    }

    fn build(&self, request: &PreparedRequest) -> Option<reqwest::Request> {
        let method = Method::from_bytes(request.method.as_bytes()).ok()?;
        let mut builder = self.client.request(method, &request.url);
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            builder = builder.header(name, HeaderValue::from_bytes(value).ok()?);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        builder.build().ok()
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Answer, ConnectionFault> {
        let response =
            self.client.execute(request).await.map_err(|error| connection_fault(&error))?;
        let status = response.status().as_u16();
        let headers = header_lines(response.headers());
        Ok(Answer { status, headers, body: read_body(response).await? })
    }
}

/// The body of an answer, bytes that are not UTF-8 replaced.
pub(super) async fn read_body(mut response: reqwest::Response) -> Result<String, ConnectionFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| connection_fault(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(ConnectionFault::Oversized);
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// The lines of a head, bytes that are not UTF-8 replaced.
pub(super) fn header_lines(fields: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    fields.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// The fault of a request, with its innermost cause, which is the one that says something:
/// "connection refused".
pub(super) fn connection_fault(error: &reqwest::Error) -> ConnectionFault {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let said = cause.to_string();
    match cause.downcast_ref::<std::io::Error>() {
        Some(cause) if error.is_connect() => ConnectionFault::connecting(cause, said),
        None if error.is_connect() => ConnectionFault::Unreachable(said),
        Some(cause) => ConnectionFault::reading(cause, said),
        None => ConnectionFault::Unreadable(said),
    }
}

impl PreparedRequest {
    /// Returns true if it carries the claims of a token, in whatever place.
    pub(crate) fn presents(&self, token: &str) -> bool {
        let claims = token.split('.').nth(1).filter(|claims| !claims.is_empty());
        let part = claims.unwrap_or(token);
        let messages = self.messages.iter().flat_map(|it| it.open.iter().chain(&it.send));
        let mut texts = messages.chain(&self.body).chain([&self.url]);
        let mut fields = self.headers.iter().map(|(_, value)| String::from_utf8_lossy(value));
        texts.any(|text| text.contains(part)) || fields.any(|value| value.contains(part))
    }

    /// A command line that repeats it: `curl`, or `websocat` for a socket.
    pub fn command_line(&self) -> String {
        match &self.messages {
            None => self.curl(),
            Some(messages) => {
                websocat(self, messages.open.iter().chain(&messages.send).map(String::as_str))
            }
        }
    }

    fn curl(&self) -> String {
        let mut line = String::from("curl -i");
        match (self.method, &self.body) {
            ("HEAD", _) => line.push_str(" --head"),
            ("GET", None) | ("POST", Some(_)) => {}
            (method, _) => line.push_str(&format!(" -X {method}")),
        }
        for (name, value) in &self.headers {
            let field = [name.as_bytes(), b": ", value].concat();
            line.push_str(&format!(" -H {}", shell_quoted(&field)));
        }
        if let Some(body) = &self.body {
            line.push_str(&format!(" --data-raw {}", shell_quoted(body.as_bytes())));
        }
        line.push_str(&format!(" {}", shell_quoted(self.url.as_bytes())));
        line
    }
}

/// Returns true if HTTP permits these bytes as the value of a field, surrounding white space aside
/// (RFC 9110 section 5.5).
pub fn is_field_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..))
}

/// One word for a POSIX shell; what no text has in the `$'…'` form of bash and zsh.
pub(super) fn shell_quoted(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() || is_hidden(c)) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => {
            let escaped: String = bytes
                .iter()
                .map(|byte| match byte {
                    b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
                    b' '..=b'~' => char::from(*byte).to_string(),
                    _ => format!("\\x{byte:02x}"),
                })
                .collect();
            format!("$'{escaped}'")
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
        let client = HttpClient::pinned(patience, &pinned).expect("a client");
        let unpinned = HttpClient::new(patience).expect("a client");
        for request in [plain, raw] {
            let observation = client.send(&request).await;
            let body = observation.answer().map(|answer| answer.body.clone());
            assert_eq!(body.as_deref(), Some("here"), "{observation:?}");
            assert_eq!(unpinned.send(&request).await.answer(), None);
        }
    }

    #[test]
    fn curl_lines_can_be_pasted() {
        let request = PreparedRequest {
            method: "GET",
            url: "http://127.0.0.1:1/x?y='".to_owned(),
            headers: vec![("authorization".to_owned(), b"Bearer a\nb\xff".to_vec())],
            body: None,
            messages: None,
        };
        assert_eq!(
            request.command_line(),
            r"curl -i -H $'authorization: Bearer a\x0ab\xff' 'http://127.0.0.1:1/x?y='\'''"
        );
    }
}
