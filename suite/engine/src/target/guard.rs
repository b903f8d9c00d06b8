//! The loopback guard: hostile input goes nowhere else unless the user says so.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::base_url::without_user;
use super::url::HttpUrl;

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

/// A URL whose host is on this machine, with the addresses that its name had when that was found:
/// connections are made to these, whatever the name resolves to later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopbackUrl {
    url: String,
    host: String,
    addresses: Vec<SocketAddr>,
}

impl LoopbackUrl {
    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its host, without the brackets of an IPv6 address.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The addresses of the host, each with the port of the URL.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// Passes a URL whose host is nowhere but on this machine.
///
/// # Errors
///
/// If the host resolves, even in part, to another machine.
pub fn require_loopback(url: &str) -> Result<LoopbackUrl, NotLoopback> {
    require_loopback_by(url, |host, port| Ok((host, port).to_socket_addrs()?.collect()))
}

/// Passes a URL as [`require_loopback`] does; `resolve` looks up the addresses of a host.
pub(super) fn require_loopback_by(
    url: &str,
    resolve: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>>,
) -> Result<LoopbackUrl, NotLoopback> {
    let shown = || without_user(url);
    let parsed: HttpUrl = url.parse().map_err(|_| NotLoopback::NotAUrl(shown()))?;
    if parsed.https && !cfg!(feature = "https") {
        return Err(NotLoopback::NoHttps(shown()));
    }
    let addresses = resolve(&parsed.host, parsed.port).unwrap_or_default();
    if addresses.is_empty() || !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(NotLoopback::Elsewhere(shown()));
    }
    Ok(LoopbackUrl { url: url.to_owned(), host: parsed.host, addresses })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(url: &str) -> bool {
        require_loopback(url).is_ok()
    }

    #[test]
    fn only_this_machine_passes() {
        assert!(passes("http://127.0.0.1:4000/x") && passes("http://[::1]:4000"));
        assert_eq!(passes("https://127.0.0.1:4000"), cfg!(feature = "https"));
        assert!(matches!(require_loopback("http://192.0.2.1"), Err(NotLoopback::Elsewhere(_))));
        assert!(matches!(require_loopback("ftp://127.0.0.1"), Err(NotLoopback::NotAUrl(_))));
        assert!(matches!(require_loopback("targets/x"), Err(NotLoopback::NotAUrl(_))));
    }

    #[test]
    fn every_address_of_a_name_must_be_of_this_machine() {
        let here = SocketAddr::from(([127, 0, 0, 1], 80));
        let elsewhere = SocketAddr::from(([192, 0, 2, 1], 80));
        let name = "http://rebound.test/";
        let guard = |addresses: Vec<SocketAddr>| require_loopback_by(name, |_, _| Ok(addresses));
        assert_eq!(guard(vec![here]).map(|it| it.addresses), Ok(vec![here]));
        for addresses in [vec![here, elsewhere], vec![elsewhere], vec![]] {
            assert_eq!(guard(addresses), Err(NotLoopback::Elsewhere(name.to_owned())));
        }
    }
}
