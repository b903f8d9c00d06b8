//! Requests that are ready to be sent, and the command lines that repeat them.

use super::message::Messages;
use super::shell::{WORD_BYTES, Words, printf_format, shell_quoted};
use super::url::HttpUrl;

/// The bytes of a body from which on curl asks before it sends one.
const ASKED_BYTES: usize = 1 << 20;
/// The methods of which a request without a body says so (RFC 9110 section 8.6).
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

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

impl PreparedRequest {
    /// A request without headers and body.
    pub fn new(method: &'static str, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: None, messages: None }
    }

    /// Returns true if it carries the claims of a token, in whatever place.
    pub(crate) fn presents(&self, token: &str) -> bool {
        let claims = token.split('.').nth(1).filter(|claims| !claims.is_empty());
        let part = claims.unwrap_or(token);
        let messages = self.messages.iter().flat_map(|it| it.open.iter().chain(&it.send));
        let mut texts = messages.chain(&self.body).chain([&self.url]);
        let mut fields = self.headers.iter().map(|(_, value)| String::from_utf8_lossy(value));
        texts.any(|text| text.contains(part)) || fields.any(|value| value.contains(part))
    }

    /// A command line that repeats it: `curl`, or `websocat` for a socket. Where none can, a comment
    /// that says why.
    pub fn command_line(&self) -> String {
        match &self.messages {
            None => curl(self),
            Some(messages) => {
                websocat(self, messages.open.iter().chain(&messages.send).map(String::as_str))
            }
        }
    }
}

/// A `curl` command line that sends a request.
fn curl(request: &PreparedRequest) -> String {
    let has = |name: &str| request.headers.iter().any(|(it, _)| it.eq_ignore_ascii_case(name));
    let body = request.body.as_deref().unwrap_or_default();
    let is_sent = !body.is_empty() || WITH_BODY.contains(&request.method);
    let body = is_sent.then_some(body);
    // `printf` is of the shell itself: its words may be long, and its format has a NUL.
    let piped = body.filter(|body| body.contains('\0') || body.len() > WORD_BYTES);
    let input = piped.map(|body| format!("printf {} | ", printf_format(body)));
    let mut words = Words::new(format!("{}curl -i", input.unwrap_or_default()));
    match (request.method, body) {
        ("HEAD", None) => words.add("--head"),
        ("GET", None) | ("POST", Some(_)) => {}
        (method, _) => words.add(&format!("-X {method}")),
    }
    for (name, value) in &request.headers {
        // curl takes `name: ` for the wish to leave a field of its own out.
        match value.trim_ascii() {
            b"" => add_field(&mut words, name, &[name.as_bytes(), b";"].concat()),
            _ => add_field(&mut words, name, &[name.as_bytes(), b": ", value].concat()),
        }
    }
    if let Some(body) = body {
        // Without these curl says that it is a form, and asks before it sends a long one.
        for (name, is_added) in [("content-type", true), ("expect", body.len() >= ASKED_BYTES)] {
            if is_added && !has(name) {
                words.add(&format!("-H '{name}:'"));
            }
        }
        match piped {
            Some(_) => words.add("--data-binary @-"),
            None => {
                words.add("--data-raw");
                words.add_quoted(body.as_bytes(), "the body");
            }
        }
    }
    let url = sent_url(&request.url);
    if url.contains(['[', ']', '{', '}']) {
        words.add("-g");
    }
    if has_dot_segment(&url) {
        words.add("--path-as-is");
    }
    words.add_quoted(url.as_bytes(), "the URL");
    words.end("curl")
}

/// A `websocat` command line that opens a connection and sends these messages.
pub(super) fn websocat<'m>(
    request: &PreparedRequest,
    messages: impl Iterator<Item = &'m str>,
) -> String {
    let messages: Vec<&str> = messages.collect();
    let is_any = |c: char| messages.iter().any(|message| message.contains(c));
    // Messages of several lines are told apart by NUL instead.
    let (end, options) = if is_any('\n') { ("\\0", "-n0") } else { ("\\n", "-n") };
    let mut words = match messages.as_slice() {
        [] => Words::new(format!("websocat {options}")),
        messages if is_any('\0') => {
            let lines = printf_format(&(messages.join("\n") + "\n"));
            Words::new(format!("printf {lines} | websocat {options}"))
        }
        messages => {
            let quoted: Vec<String> =
                messages.iter().map(|message| shell_quoted(message.as_bytes())).collect();
            Words::new(format!("printf '%s{end}' {} | websocat {options}", quoted.join(" ")))
        }
    };
    if is_any('\0') && is_any('\n') {
        words.give_up("its messages have NUL and line feeds in them");
    }
    for (name, value) in &request.headers {
        add_field(&mut words, name, &[name.as_bytes(), b": ", value].concat());
    }
    if let Some(subprotocol) = request.messages.as_ref().and_then(|it| it.subprotocol.as_deref()) {
        words.add("--protocol");
        words.add_quoted(subprotocol.as_bytes(), "the subprotocol");
    }
    words.add_quoted(request.url.as_bytes(), "the URL");
    words.end("websocat")
}

/// Adds a header field.
fn add_field(words: &mut Words, name: &str, field: &[u8]) {
    words.add("-H");
    words.add_quoted(field, &format!("the header field `{name}`"));
}

/// A URL with the request target that is sent for it; what is no such URL is not sent.
fn sent_url(url: &str) -> String {
    match url.parse::<HttpUrl>() {
        Ok(HttpUrl { https, user: None, authority, target, .. }) => {
            let scheme = if https { "https" } else { "http" };
            format!("{scheme}://{authority}{target}")
        }
        _ => url.to_owned(),
    }
}

/// Returns true if the path of a URL has a segment that curl would remove.
fn has_dot_segment(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default().to_ascii_lowercase();
    path.split('/').any(|segment| matches!(segment.replace("%2e", ".").as_str(), "." | ".."))
}

/// Returns true if HTTP permits these bytes as the value of a field, surrounding white space aside
/// (RFC 9110 section 5.5).
pub fn is_field_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..))
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
