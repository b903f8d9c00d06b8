//! The identifier that was given, or a URL that was pasted for it; and rules for identifiers.

use reqwest::Url;

use super::LintError;
use super::findings::Findings;
use super::rule::rules;
use jwtspec_engine::target::without_user;
use jwtspec_jose::quoted;
use jwtspec_reference::parts::is_loopback;

rules! { Identifier:
    HTTPS = "identifier-https" Must "OpenID Connect Core 1.0 §2":
        "the identifier is https, or of this machine",
        "over plain http anyone on the way can serve keys of their own; verifiers refuse such issuers",
        "serve the issuer over https, and mint tokens with the https identifier";
    BARE = "identifier-query" Must "OpenID Connect Discovery 1.0 §3":
        "the identifier has no query, fragment or user information",
        "verifiers append the well-known path to the identifier, which a query or fragment breaks",
        "choose an identifier of scheme, host, port and path only";
    SLASH = "identifier-trailing-slash" Note "OpenID Connect Discovery 1.0 §4.3":
        "the identifier does not end in a slash",
        "verifiers compare `iss` character for character; people leave the slash out when they configure it",
        "tell people to configure it with its slash, or choose an identifier without one";
    CAPITALS = "identifier-case" Note "RFC 7519 §2":
        "the identifier's path has no capital letters",
        "`iss` is compared with case; a path with capitals is easily configured in another spelling",
        "tell people to copy the identifier, or choose one in small letters";
    NORMAL = "identifier-normal-form" Note "RFC 7519 §2":
        "URL libraries leave the identifier as it is",
        "a verifier that passes the identifier through a URL library compares another text with `iss`",
        "choose the identifier as URL libraries write it";
    OTHER = "identifier-given" Note "practice":
        "the URL is an issuer identifier",
        "verifiers are configured with the identifier, which is also the `iss` of the tokens",
        "configure the identifier, not this URL";
}

const WELL_KNOWN: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// Usual names of the last part of a key set's path.
const KEY_SETS: [&str; 8] =
    ["jwks.json", "jwks", "jwk", "keys", "keys.json", "certs", "jwks_uri", "publickeys"];

/// A URL that was given, told apart by its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The identifier.
    Identifier(String),
    /// The place of the discovery document of this issuer.
    Discovery(String),
    /// The place of a key set, perhaps of this issuer.
    KeySet(Url, Option<String>),
}

impl Input {
    /// Parses what was given by the form of its URL.
    pub(super) fn parse(text: &str) -> Result<Self, LintError> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = url.filter(|url| url.host_str().is_some()) else {
            return Err(LintError::NotAUrl(without_user(text)));
        };
        let (before, _) = text.split_once(['?', '#']).unwrap_or((text, ""));
        for part in WELL_KNOWN {
            if let Some((base, inserted)) = before.split_once(part) {
                // Only a whole part of the path, not the beginning of a longer one.
                if inserted.is_empty() || inserted.starts_with('/') {
                    return Ok(Self::Discovery(format!("{base}{inserted}")));
                }
            }
        }
        let last = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if KEY_SETS.contains(&last.as_str()) {
            let issuer = before.split_once("/.well-known/").map(|(base, _)| base.to_owned());
            return Ok(Self::KeySet(url, issuer));
        }
        Ok(Self::Identifier(text.to_owned()))
    }
}

/// Judges an identifier by its form alone.
pub(super) fn judge_identifier(found: &mut Findings, identifier: &str) {
    let Ok(url) = Url::parse(identifier) else { return };
    let shown = quoted(identifier);
    let plain = url.scheme() != "https" && !is_loopback(&url);
    found.broken_if(HTTPS, plain, format!("the identifier {shown} is plain http"));
    let extra = if identifier.contains('?') {
        Some("a query")
    } else if identifier.contains('#') {
        Some("a fragment")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("user information")
    } else {
        None
    };
    found.check(BARE, extra.map(|what| format!("the identifier has {what}")));
    let slash = identifier.ends_with('/');
    found.broken_if(SLASH, slash, format!("the identifier {shown} ends in a slash"));
    let capitals = url.path().contains(|c: char| c.is_ascii_uppercase());
    let seen = format!("the identifier's path has capital letters: {shown}");
    found.broken_if(CAPITALS, capitals, seen);
    let written = url.as_str();
    // An empty path is written as a slash; that alone makes no difference in practice.
    let same = written == identifier || written.strip_suffix('/') == Some(identifier);
    found.broken_if(NORMAL, !same, format!("URL libraries write {shown} as {}", quoted(written)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_urls_are_recognised() {
        let read = |text: &str| Input::parse(text).unwrap();
        let issuer = "https://a.example/t";
        assert_eq!(read(issuer), Input::Identifier(issuer.to_owned()));
        for pasted in [
            "https://a.example/t/.well-known/openid-configuration",
            "https://a.example/.well-known/openid-configuration/t",
            "https://a.example/.well-known/oauth-authorization-server/t",
        ] {
            assert_eq!(read(pasted), Input::Discovery(issuer.to_owned()));
        }
        let set = "https://a.example/t/.well-known/jwks.json";
        assert_eq!(read(set), Input::KeySet(set.parse().unwrap(), Some(issuer.to_owned())));
        let set = "https://a.example/realms/x/protocol/openid-connect/certs";
        assert_eq!(read(set), Input::KeySet(set.parse().unwrap(), None));
        for wrong in ["", "a.example", "ftp://a.example", "https://"] {
            assert!(Input::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn identifiers_are_judged_by_their_form() {
        let broken = |identifier: &str| {
            let mut found = Findings::default();
            judge_identifier(&mut found, identifier);
            let findings = found.findings();
            let broken = findings.iter().filter(|finding| finding.why.is_some());
            broken.map(|finding| finding.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(broken("https://a.example"), [""; 0]);
        assert_eq!(broken("https://a.example/t"), [""; 0]);
        assert_eq!(broken("http://a.example/t"), ["identifier-https"]);
        assert_eq!(broken("http://localhost:1/t"), [""; 0]);
        assert_eq!(broken("https://a.example/t?x=1"), ["identifier-query"]);
        assert_eq!(broken("https://a.example/t#x"), ["identifier-query"]);
        assert_eq!(broken("https://me@a.example/t"), ["identifier-query"]);
        assert_eq!(broken("https://a.example/"), ["identifier-trailing-slash"]);
        assert_eq!(broken("https://a.example/T"), ["identifier-case"]);
        assert_eq!(broken("https://A.example:443/t"), ["identifier-normal-form"]);
    }
}
