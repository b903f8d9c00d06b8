//! How two identifiers that should be equal differ.

/// One respect in which two texts differ, that people overlook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
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

/// What an identifier consists of.
#[derive(Clone, PartialEq, Eq)]
struct Parts {
    scheme: Option<String>,
    host: String,
    port: Option<String>,
    path: String,
}

impl Parts {
    fn of(text: &str) -> Self {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, text),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => {
                (host, Some(port.to_owned()))
            }
            _ => (authority, None),
        };
        Self { scheme, host: host.to_owned(), port, path: path.to_owned() }
    }
}

/// How what was received differs from what is expected; nothing if it is the same, or differs in
/// what matters.
pub(super) fn difference(received: &str, expected: &str) -> Option<Difference> {
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
    let (a, b) = (Parts::of(received), Parts::of(expected));
    let like = |change: &dyn Fn(&mut Parts)| {
        let mut changed = a.clone();
        change(&mut changed);
        changed == b
    };
    if like(&|parts| parts.scheme.clone_from(&b.scheme)) {
        return Some(match (&a.scheme, &b.scheme) {
            (None, _) => Difference::SchemeMissing,
            (_, None) => Difference::SchemeUnwanted,
            _ => Difference::Scheme,
        });
    }
    if a.scheme.is_some() && like(&|parts| parts.port.clone_from(&b.port)) {
        return Some(Difference::Port);
    }
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    if bare(&a.host) == bare(&b.host) && like(&|parts| parts.host.clone_from(&b.host)) {
        return Some(Difference::Www);
    }
    let blurred = |parts: &Parts| {
        let path = parts.path.trim().trim_end_matches('/').to_lowercase();
        (bare(parts.host.trim().to_lowercase().as_str()), path)
    };
    (!a.host.is_empty() && blurred(&a) == blurred(&b)).then_some(Difference::Several)
}

/// Whether one is probably meant for the other.
pub(in crate::explain) fn is_spelt_alike(received: &str, expected: &str) -> bool {
    difference(received, expected).is_some()
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
