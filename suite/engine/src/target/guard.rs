//! The loopback guard: hostile input goes nowhere else unless the user says so.

use std::net::ToSocketAddrs;

use reqwest::Url;

/// A target that is not on the loopback interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLoopback {
    /// A URL that is not one.
    #[error("`{0}` is not an http or https URL")]
    NotAUrl(String),
    /// A URL for which this build has no TLS.
    #[error(
        "`{0}` needs HTTPS, without which jwtspec was built\nbuild it with the feature `https`"
    )]
    NoHttps(String),
    /// A host elsewhere.
    #[error(
        "`{0}` is not on the loopback interface, and jwtspec sends hostile input\nif it is yours and may be attacked, say so with --allow-remote"
    )]
    Elsewhere(String),
}

/// Passes a URL whose host is nowhere but on this machine.
///
/// # Errors
///
/// If the host resolves, even in part, to another machine.
pub fn require_loopback(url: &str) -> Result<(), NotLoopback> {
    let parsed = Url::parse(url)
        .ok()
        .filter(|parsed| matches!(parsed.scheme(), "http" | "https"))
        .ok_or_else(|| NotLoopback::NotAUrl(url.to_owned()))?;
    if parsed.scheme() == "https" && !cfg!(feature = "https") {
        return Err(NotLoopback::NoHttps(url.to_owned()));
    }
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = parsed.port_or_known_default().unwrap_or(80);
    let elsewhere = || NotLoopback::Elsewhere(url.to_owned());
    let mut addresses = (host, port).to_socket_addrs().map_err(|_| elsewhere())?.peekable();
    if addresses.peek().is_some() && addresses.all(|address| address.ip().is_loopback()) {
        Ok(())
    } else {
        Err(elsewhere())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_passes() {
        assert_eq!(require_loopback("http://127.0.0.1:4000/x"), Ok(()));
        assert_eq!(require_loopback("http://[::1]:4000"), Ok(()));
        let https = require_loopback("https://127.0.0.1:4000");
        assert_eq!(https.is_ok(), cfg!(feature = "https"));
        assert!(matches!(require_loopback("http://192.0.2.1"), Err(NotLoopback::Elsewhere(_))));
        assert!(matches!(require_loopback("ftp://127.0.0.1"), Err(NotLoopback::NotAUrl(_))));
        assert!(matches!(require_loopback("targets/x"), Err(NotLoopback::NotAUrl(_))));
    }
}
