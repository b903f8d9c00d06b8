//! Requests that are ready to be sent, and the command lines that repeat them.

use super::message::Messages;
use jwtspec_types::text::is_hidden;

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

/// A `websocat` command line that opens a connection and sends these messages.
pub(super) fn websocat<'m>(
    request: &PreparedRequest,
    messages: impl Iterator<Item = &'m str>,
) -> String {
    let messages: Vec<&str> = messages.collect();
    // Messages of several lines are told apart by NUL instead.
    let lines = messages.iter().all(|message| !message.contains('\n'));
    let (end, options) = if lines { ("\\n", "-n") } else { ("\\0", "-n0") };
    let quoted: Vec<String> =
        messages.iter().map(|message| shell_quoted(message.as_bytes())).collect();
    let mut line = match quoted.as_slice() {
        [] => format!("websocat {options}"),
        quoted => format!("printf '%s{end}' {} | websocat {options}", quoted.join(" ")),
    };
    for (name, value) in &request.headers {
        let field = [name.as_bytes(), b": ", value].concat();
        line.push_str(&format!(" -H {}", shell_quoted(&field)));
    }
    if let Some(subprotocol) = request.messages.as_ref().and_then(|it| it.subprotocol.as_deref()) {
        line.push_str(&format!(" --protocol {}", shell_quoted(subprotocol.as_bytes())));
    }
    line.push_str(&format!(" {}", shell_quoted(request.url.as_bytes())));
    line
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
    use super::*;

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
