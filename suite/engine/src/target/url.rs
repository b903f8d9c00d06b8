//! URLs of requests, taken apart.

use std::str::FromStr;

use http::uri::Authority;

/// An `http` or `https` URL (RFC 9110 section 4.2), in the parts that a request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpUrl {
    /// True if its scheme is `https`.
    pub https: bool,
    /// User and password, which no request may say there (RFC 9110 section 4.2.4).
    pub user: Option<String>,
    /// The host in lower case, an IPv6 address without its brackets.
    pub host: String,
    /// The port, also where the URL leaves it out.
    pub port: u16,
    /// The value of the `host` header: without the port where that is the scheme's own.
    pub authority: String,
    /// Path and query; what no request line may hold is percent-encoded, the rest is as written.
    pub target: String,
}

/// A text that is no such URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an http or https URL")]
pub(crate) struct NotAUrl;

impl FromStr for HttpUrl {
    type Err = NotAUrl;

    fn from_str(text: &str) -> Result<Self, NotAUrl> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(NotAUrl)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(NotAUrl),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let authority: Authority = authority.parse().map_err(|_| NotAUrl)?;
        if authority.host().is_empty() {
            return Err(NotAUrl);
        }
        let own = if https { 443 } else { 80 };
        let (user, host_and_port) = match authority.as_str().rsplit_once('@') {
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, authority.as_str()),
        };
        let port = match &host_and_port[authority.host().len()..] {
            "" | ":" => own,
            port => port.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or(NotAUrl)?,
        };
        let host = authority.host().to_ascii_lowercase();
        Ok(Self {
            https,
            user,
            authority: if port == own { host.clone() } else { format!("{host}:{port}") },
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            target: origin_form(target),
        })
    }
}

/// Path and query of a request line (RFC 9112 section 3.2.1).
fn origin_form(text: &str) -> String {
    let slash = if text.starts_with('/') { "" } else { "/" };
    let encoded = text.bytes().map(|byte| match byte {
        b'"' | b'<' | b'>' | b'`' => format!("%{byte:02X}"),
        b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    std::iter::once(slash.to_owned()).chain(encoded).collect()
}

impl HttpUrl {
    /// The port, if it is not the scheme's own.
    pub(crate) fn named_port(&self) -> Option<u16> {
        self.authority.ends_with(&format!(":{}", self.port)).then_some(self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let parts = |text: &str| {
            let url: HttpUrl = text.parse().expect(text);
            (url.https, url.host, url.port, url.authority, url.target)
        };
        let own = |text: &str| text.to_owned();
        assert_eq!(
            parts("http://LocalHost:4000/a/../b?c=d#e"),
            (false, own("localhost"), 4000, own("localhost:4000"), own("/a/../b?c=d"))
        );
        assert_eq!(parts("HTTPS://[::1]:443?x"), (true, own("::1"), 443, own("[::1]"), own("/?x")));
        assert_eq!(
            parts(" http://h/a b\"\u{e9}%20 "),
            (false, own("h"), 80, own("h"), own("/a%20b%22%C3%A9%20"))
        );
    }

    #[test]
    fn users_are_told_apart_from_hosts() {
        let url: HttpUrl = "http://me:pass@h:81/a@b".parse().expect("a URL");
        assert_eq!((url.user.as_deref(), url.host.as_str(), url.port), (Some("me:pass"), "h", 81));
        assert_eq!((url.authority.as_str(), url.target.as_str()), ("h:81", "/a@b"));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in [
            "",
            "x",
            "ftp://h/",
            "http://",
            "http:///x",
            "http://h:0x1/",
            "http://h:99999/",
            "http://[::1",
            "http://h h/",
            "//h/",
        ] {
            assert_eq!(text.parse::<HttpUrl>(), Err(NotAUrl), "{text}");
        }
    }
}
