//! Differences between two identifiers that should be equal.

/// One respect in which two texts differ, that people overlook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum Difference {
    Slash,
    WhiteSpace,
    Scheme,
    /// The received one has no scheme.
    SchemeMissing,
    /// The configured one has no scheme.
    SchemeUnwanted,
    Case,
    Www,
    Port,
    /// More than one of these.
    Several,
}

impl Difference {
    /// The id as a near miss of an issuer and of an audience, and all that the two differ in.
    pub(super) const fn described(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Slash => {
                ("issuer-trailing-slash", "audience-trailing-slash", "the slash at the end")
            }
            Self::WhiteSpace => {
                ("issuer-white-space", "audience-white-space", "white space around it")
            }
            Self::Scheme => ("issuer-scheme", "audience-scheme", "`http` and `https`"),
            Self::SchemeMissing | Self::SchemeUnwanted => (
                "issuer-scheme-missing",
                "audience-scheme-missing",
                "that one of them has no scheme",
            ),
            Self::Case => ("issuer-case", "audience-case", "upper and lower case"),
            Self::Www => ("issuer-www", "audience-www", "`www.`"),
            Self::Port => ("issuer-port", "audience-port", "the port"),
            Self::Several => {
                ("issuer-spelling", "audience-spelling", "scheme, case, `www.`, port or slash")
            }
        }
    }
}

/// The components of an identifier.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Self {
        let (scheme, rest) =
            text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (host, Some(port))
            }
            _ => (authority, None),
        };
        Self { scheme, host, port, path }
    }
}

/// The difference between what was received and what is expected; nothing if it is the same, or
/// differs in what matters.
pub(in crate::explain) fn difference(received: &str, expected: &str) -> Option<Difference> {
    if received == expected || received.trim().is_empty() {
        return None;
    }
    if received.trim() == expected.trim() {
        return Some(Difference::WhiteSpace);
    }
    if received.trim_end_matches('/') == expected.trim_end_matches('/') {
        return Some(Difference::Slash);
    }
    if received.to_lowercase() == expected.to_lowercase() {
        return Some(Difference::Case);
    }
    let (a, b) = (Parts::parse(received), Parts::parse(expected));
    if (Parts { scheme: b.scheme, ..a }) == b {
        return Some(match (a.scheme, b.scheme) {
            (None, _) => Difference::SchemeMissing,
            (_, None) => Difference::SchemeUnwanted,
            _ => Difference::Scheme,
        });
    }
    if a.scheme.is_some() && (Parts { port: b.port, ..a }) == b {
        return Some(Difference::Port);
    }
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    if bare(a.host) == bare(b.host) && (Parts { host: b.host, ..a }) == b {
        return Some(Difference::Www);
    }
    let blurred = |parts: Parts<'_>| {
        let path = parts.path.trim().trim_end_matches('/').to_lowercase();
        (bare(parts.host.trim().to_lowercase().as_str()), path)
    };
    (!a.host.is_empty() && blurred(a) == blurred(b)).then_some(Difference::Several)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_apart() {
        let cases = [
            ("https://a.example/x/", "https://a.example/x", Some(Difference::Slash)),
            (" https://a.example", "https://a.example", Some(Difference::WhiteSpace)),
            ("http://a.example", "https://a.example", Some(Difference::Scheme)),
            ("a.example", "https://a.example", Some(Difference::SchemeMissing)),
            ("https://a.example", "a.example", Some(Difference::SchemeUnwanted)),
            ("https://A.example", "https://a.example", Some(Difference::Case)),
            ("https://www.a.example", "https://a.example", Some(Difference::Www)),
            ("https://a.example:8443", "https://a.example", Some(Difference::Port)),
            ("http://www.a.example/", "https://a.example", Some(Difference::Several)),
            ("https://b.example", "https://a.example", None),
            ("https://a.example", "https://a.example", None),
            ("https://a.example/x", "https://a.example/y", None),
            ("", "https://a.example", None),
        ];
        for (received, expected, found) in cases {
            assert_eq!(difference(received, expected), found, "{received} {expected}");
        }
    }
}
