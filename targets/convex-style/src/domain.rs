//! The URLs that a configuration may name, and the comparison of issuers.

use url::{Host, Url};

/// The policy on issuers of this machine, without TLS and without a top-level domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loopback {
    /// They are: for tests, where issuers are served on a loopback port.
    Allowed,
    /// They are not, as behind a public backend.
    Refused,
}

/// Why a URL is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DomainError {
    /// Quotation marks, as they come from an environment file.
    #[error("it is in quotation marks: write the value without them")]
    Quoted,
    /// A scheme other than https.
    #[error("its scheme is `{0}`, and only https is taken")]
    Scheme(String),
    /// A host that no public certificate could name.
    #[error("its host `{0}` has no top-level domain")]
    NoTopLevelDomain(String),
    /// No URL at all.
    #[error("it is not a URL: {0}")]
    NotAUrl(url::ParseError),
    /// A URL without a host.
    #[error("it has no host")]
    NoHost,
}

/// A URL with a scheme: `https://` where there is none.
pub(crate) fn with_scheme(text: &str) -> String {
    if text.contains("://") { text.to_owned() } else { format!("https://{text}") }
}

/// An issuer in the form that is compared: with a scheme, and without slashes at the end.
pub(crate) fn normalized(issuer: &str) -> String {
    with_scheme(issuer).trim_end_matches('/').to_owned()
}

/// The URL that a configuration means by a domain.
///
/// # Errors
///
/// If it is in quotes, not https, or of a host without a top-level domain.
pub(crate) fn checked(text: &str, loopback: Loopback) -> Result<Url, DomainError> {
    if text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`']) {
        return Err(DomainError::Quoted);
    }
    let url = Url::parse(&with_scheme(text)).map_err(DomainError::NotAUrl)?;
    let host = url.host().ok_or(DomainError::NoHost)?;
    let here = loopback == Loopback::Allowed && is_loopback(&host);
    if url.scheme() != "https" && !(here && url.scheme() == "http") {
        return Err(DomainError::Scheme(url.scheme().to_owned()));
    }
    if !here && !has_top_level_domain(&host) {
        return Err(DomainError::NoTopLevelDomain(host.to_string()));
    }
    Ok(url)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn has_top_level_domain(host: &Host<&str>) -> bool {
    let Host::Domain(name) = host else { return false };
    let name = name.trim_end_matches('.');
    name.rsplit_once('.').is_some_and(|(rest, top)| !rest.is_empty() && !top.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_scheme_is_https() {
        for text in ["clerk.example.com", "https://clerk.example.com", "clerk.example.com/tenant/"]
        {
            let url = checked(text, Loopback::Refused).unwrap();
            assert_eq!((url.scheme(), url.host_str()), ("https", Some("clerk.example.com")));
        }
    }

    #[test]
    fn what_a_public_backend_could_not_ask_is_refused() {
        let refused = |text| checked(text, Loopback::Refused).unwrap_err();
        assert_eq!(refused("\"https://a.example\""), DomainError::Quoted);
        assert_eq!(refused("'a.example'"), DomainError::Quoted);
        assert_eq!(refused("http://a.example"), DomainError::Scheme("http".to_owned()));
        assert_eq!(refused("ftp://a.example"), DomainError::Scheme("ftp".to_owned()));
        let host = |host: &str| DomainError::NoTopLevelDomain(host.to_owned());
        assert_eq!(refused("localhost"), host("localhost"));
        assert_eq!(refused("https://intranet./"), host("intranet."));
        assert_eq!(refused("https://127.0.0.1:4000/a"), host("127.0.0.1"));
        assert_eq!(refused("http://127.0.0.1:4000"), DomainError::Scheme("http".to_owned()));
        assert!(matches!(refused("https://a b.example"), DomainError::NotAUrl(_)));
        assert!(matches!(refused(""), DomainError::NotAUrl(_)));
    }

    #[test]
    fn the_switch_is_for_this_machine_only() {
        for text in ["http://127.0.0.1:4000/issuer/7", "https://localhost:1", "http://[::1]:8080"] {
            assert!(checked(text, Loopback::Allowed).is_ok(), "{text}");
        }
        for text in ["http://192.0.2.1", "https://192.0.2.1", "http://a.example", "intranet"] {
            assert!(checked(text, Loopback::Allowed).is_err(), "{text}");
        }
    }

    #[test]
    fn issuers_are_compared_with_a_scheme_and_without_slashes_at_the_end() {
        for same in ["a.example", "https://a.example", "https://a.example/", "a.example//"] {
            assert_eq!(normalized(same), "https://a.example");
        }
        for other in ["http://a.example", "https://A.example", "https://a.example/x"] {
            assert_ne!(normalized(other), "https://a.example");
        }
    }
}
