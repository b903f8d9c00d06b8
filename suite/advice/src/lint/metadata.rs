//! The discovery document: its place, and its content.

use reqwest::Url;
use serde_json::{Map, Value};

use super::document;
use super::findings::Findings;
use super::rule::rules;
use jwtspec_jose::{kind, quoted, quoted_list};
use jwtspec_reference::parts::is_loopback;
use jwtspec_types::words::{Algorithm, Family};

rules! { Discovery:
    ABSENT = "discovery-absent" Note "OpenID Connect Discovery 1.0 §4":
        "there is a discovery document",
        "most verifiers are configured with the issuer alone and find the keys by its discovery document",
        "serve one at the identifier followed by /.well-known/openid-configuration, or give verifiers the URL of the key set";
    COMES = "discovery-unreachable" Must "OpenID Connect Discovery 1.0 §4":
        "the discovery document comes",
        "a verifier that cannot read it has no keys and turns every token away",
        "find out why the server ends the connection or keeps silent";
    APPENDED = "discovery-appended" Note "OpenID Connect Discovery 1.0 §4.1":
        "the discovery document is at the identifier followed by /.well-known/openid-configuration",
        "verifiers that know OpenID Connect only look there and nowhere else",
        "serve the same document there too";
    INSERTED = "discovery-inserted" Note "RFC 8414 §3.1":
        "it is also where RFC 8414 puts it",
        "verifiers that know RFC 8414 only insert /.well-known/oauth-authorization-server between host and path",
        "serve the same document there too, if such verifiers are to be served";
    AGREE = "discovery-places-differ" Should "RFC 8414 §5":
        "both places have the same issuer and key set",
        "which keys a verifier uses depends on where it looks first",
        "serve one and the same document at both places";
    REDIRECT = "discovery-redirect" Should "OpenID Connect Discovery 1.0 §4.2":
        "the discovery document is not redirected",
        "many verifiers follow no redirects, so that no server can send them elsewhere",
        "answer at the well-known place itself";
    STATUS = "discovery-status" Must "OpenID Connect Discovery 1.0 §4.2":
        "the discovery document is answered with status 200",
        "verifiers take metadata from a 200 answer only",
        "answer with status 200";
    CONTENT_TYPE = "discovery-content-type" Must "OpenID Connect Discovery 1.0 §4.2":
        "the discovery document is labelled application/json",
        "some verifiers refuse another content type",
        "send `Content-Type: application/json`";
    MARK = "discovery-bom" Must "RFC 8259 §8.1":
        "the discovery document has no byte order mark",
        "many JSON parsers refuse a text that starts with one",
        "save the document as UTF-8 without byte order mark";
    JSON = "discovery-json" Must "OpenID Connect Discovery 1.0 §4.2":
        "the discovery document is a JSON object",
        "nothing can be read from anything else",
        "serve the metadata as one JSON object in UTF-8";
    LIMITS = "discovery-limits" Should "RFC 8259 §9":
        "the discovery document stays within the limits of JSON parsers",
        "a parser may refuse numbers beyond a double, lone surrogates and deep nesting, and then nothing is read",
        "write numbers that a double holds, whole characters, and few levels";
    UNIQUE = "discovery-duplicates" Should "RFC 8259 §4":
        "the discovery document has no member twice",
        "verifiers differ in which of the two they take",
        "state each member once";
    SIZE = "discovery-size" Note "practice":
        "the discovery document is small",
        "verifiers read documents up to a limit only",
        "leave out what no client needs";
    TIME = "discovery-time" Note "practice":
        "the discovery document comes quickly",
        "the first caller after a restart waits for it, and verifiers give up after a few seconds",
        "serve it from memory or through a cache";
    ISSUER = "discovery-issuer" Must "OpenID Connect Discovery 1.0 §4.3":
        "its `issuer` is the identifier, character for character",
        "verifiers use nothing of a document whose `issuer` is another one",
        "state the identifier that verifiers are configured with, and use it as `iss` too";
    JWKS_URI = "discovery-jwks-uri" Must "OpenID Connect Discovery 1.0 §3":
        "its `jwks_uri` is an absolute URL",
        "without it no verifier finds the keys",
        "state the whole URL of the key set, with scheme and host";
    SECURE = "discovery-jwks-uri-https" Must "RFC 8414 §2":
        "its `jwks_uri` is https, or of this machine",
        "over plain http anyone on the way can serve keys of their own",
        "serve the key set over https, and say so in `jwks_uri`";
    ORIGIN = "discovery-jwks-uri-origin" Note "practice":
        "its `jwks_uri` has the origin of the issuer",
        "some verifiers and firewalls allow requests to the issuer's host only",
        "serve the key set on the issuer's own host, or tell people to allow the other one";
    REQUIRED = "discovery-required" Must "OpenID Connect Discovery 1.0 §3":
        "every required member is there, in its form",
        "libraries that read the metadata into a type fail on the whole document",
        "state every required member; an issuer without such endpoints states where they would be";
    RS256 = "discovery-rs256" Must "OpenID Connect Discovery 1.0 §3":
        "RS256 is among the advertised algorithms",
        "it is the algorithm that every client has; some know no other",
        "support RS256 and advertise it";
    NONE = "discovery-alg-none" Should "RFC 8725 §3.2":
        "`none` is not advertised",
        "a verifier that takes its algorithms from here would accept unsigned tokens",
        "leave `none` out of id_token_signing_alg_values_supported";
    SYMMETRIC = "discovery-alg-symmetric" Note "RFC 8725 §3.1":
        "no shared-secret algorithm is advertised",
        "published keys cannot verify such tokens, and a verifier that allows both kinds of algorithm can be tricked into taking a public key for a secret",
        "advertise public-key algorithms only";
    UNKNOWN = "discovery-alg-unknown" Note "RFC 7518 §7.1":
        "every advertised algorithm is a known one",
        "verifiers pass over names that they do not know",
        "write algorithms as they are registered, in the same case";
    KEYLESS = "discovery-alg-without-key" Should "OpenID Connect Discovery 1.0 §3":
        "there is a published key for every advertised algorithm",
        "a token of that algorithm could not be verified",
        "publish a key for it, or do not advertise it";
    UNADVERTISED = "discovery-alg-unadvertised" Note "OpenID Connect Discovery 1.0 §3":
        "the algorithm of every published key is advertised",
        "verifiers that allow advertised algorithms only turn tokens of these keys away",
        "advertise it, if ID tokens are signed with it";
}

/// The rules of the document as such.
pub(super) const DOCUMENT: document::Rules = document::Rules {
    what: "discovery document",
    comes: COMES,
    redirect: REDIRECT,
    status: STATUS,
    content_type: CONTENT_TYPE,
    content_types: &["application/json"],
    mark: MARK,
    json: JSON,
    limits: LIMITS,
    unique: UNIQUE,
    size: SIZE,
    time: TIME,
};

/// The place where OpenID Connect looks for the document of an issuer.
pub(super) fn appended(identifier: &str) -> Option<Url> {
    let base = identifier.strip_suffix('/').unwrap_or(identifier);
    Url::parse(&format!("{base}/.well-known/openid-configuration")).ok()
}

/// The place where RFC 8414 looks for it.
pub(super) fn inserted(identifier: &str, suffix: &str) -> Option<Url> {
    let mut url = Url::parse(identifier).ok()?;
    let path = url.path().strip_suffix('/').unwrap_or(url.path()).to_owned();
    url.set_path(&format!("/.well-known/{suffix}{path}"));
    Some(url)
}

/// The kind of metadata.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Metadata {
    /// Of an OpenID provider.
    #[default]
    OpenId,
    /// Of an OAuth authorization server.
    OAuth,
}

/// Judges the content of the document, and returns the URL of the key set.
pub(super) fn judge_metadata(
    found: &mut Findings,
    identifier: &str,
    kind: Metadata,
    metadata: &Map<String, Value>,
) -> Option<Url> {
    found.check(ISSUER, issuer_fault(identifier, metadata.get("issuer")));
    required(found, kind, metadata);
    if kind == Metadata::OpenId {
        advertised(found, metadata);
    }
    jwks_uri(found, identifier, metadata.get("jwks_uri"))
}

fn issuer_fault(identifier: &str, stated: Option<&Value>) -> Option<String> {
    match stated {
        Some(Value::String(stated)) if stated == identifier => None,
        Some(Value::String(stated)) => Some(format!(
            "its `issuer` is {}, not {}{}",
            quoted(stated),
            quoted(identifier),
            difference(stated, identifier)
        )),
        Some(other) => Some(format!("its `issuer` is {}, not a string", kind(other))),
        None => Some("it states no `issuer`".to_owned()),
    }
}

/// The difference between two identifiers, where it is easily overlooked.
pub(super) fn difference(stated: &str, identifier: &str) -> &'static str {
    let bare = |text: &str| text.trim().trim_end_matches('/').to_owned();
    let schemeless =
        |text: &str| bare(text.split_once("://").map_or(text, |(_, rest)| rest)).to_lowercase();
    if stated.trim() == identifier {
        "; there is white space around it"
    } else if bare(stated) == bare(identifier) {
        "; only the slash at the end differs"
    } else if bare(stated).eq_ignore_ascii_case(&bare(identifier)) {
        "; only the case differs"
    } else if schemeless(stated) == schemeless(identifier) {
        "; only the scheme differs"
    } else {
        ""
    }
}

fn required(found: &mut Findings, kind: Metadata, metadata: &Map<String, Value>) {
    let (texts, lists): (&[&str], &[&str]) = match kind {
        Metadata::OpenId => (
            &["authorization_endpoint", "token_endpoint"],
            &[
                "response_types_supported",
                "subject_types_supported",
                "id_token_signing_alg_values_supported",
            ],
        ),
        Metadata::OAuth => (&[], &["response_types_supported"]),
    };
    // An issuer that only knows the implicit flow has no token endpoint.
    let implicit = metadata.get("grant_types_supported").and_then(Value::as_array);
    let implicit = implicit.is_some_and(|grants| grants.iter().all(|grant| grant == "implicit"));
    let absent = |name: &&&str| match metadata.get(**name) {
        Some(Value::String(_)) => false,
        None => !(implicit && **name == "token_endpoint"),
        Some(_) => true,
    };
    let listed = |name: &&&str| {
        let list = metadata.get(**name).and_then(Value::as_array);
        !list.is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_string))
    };
    let mut wrong: Vec<&str> = texts.iter().filter(absent).copied().collect();
    wrong.extend(lists.iter().filter(listed).copied());
    found.broken_by(REQUIRED, wrong, |it| format!("it lacks, or has in another form, {it}"));
}

/// The advertised algorithms for ID tokens; nothing where they are not stated.
pub(super) fn algorithms(metadata: &Map<String, Value>) -> Option<Vec<&str>> {
    let list = metadata.get("id_token_signing_alg_values_supported")?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).collect())
}

fn advertised(found: &mut Findings, metadata: &Map<String, Value>) {
    let Some(names) = algorithms(metadata) else { return };
    let list = quoted_list(names.iter().copied());
    let missing = !names.contains(&"RS256");
    found.broken_if(RS256, missing, format!("it advertises {list}, not RS256"));
    let of = |family: Family| -> Vec<&str> {
        let known = |name: &&str| name.parse::<Algorithm>().is_ok_and(|it| it.family() == family);
        names.iter().copied().filter(known).collect()
    };
    let none = !of(Family::None).is_empty();
    found.broken_if(NONE, none, "it advertises `none` for ID tokens");
    found.broken_by(SYMMETRIC, of(Family::Hmac), |it| format!("it advertises {it}"));
    let unknown = names.into_iter().filter(|name| !is_registered(name)).collect();
    found.broken_by(UNKNOWN, unknown, |it| format!("it advertises {it}"));
}

/// True if this names a signature algorithm, be it one that jwtspec itself cannot verify.
pub(super) fn is_registered(name: &str) -> bool {
    const FURTHER: [&str; 5] = ["Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"];
    name.parse::<Algorithm>().is_ok() || FURTHER.contains(&name)
}

fn jwks_uri(found: &mut Findings, identifier: &str, stated: Option<&Value>) -> Option<Url> {
    let fault = match stated {
        None => "it has no `jwks_uri`".to_owned(),
        Some(Value::String(text)) => match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                found.met(JWKS_URI);
                place(found, identifier, &url);
                return Some(url);
            }
            Ok(_) => format!("its `jwks_uri` {} is neither http nor https", quoted(text)),
            Err(_) => {
                let seen = format!("its `jwks_uri` {} is not an absolute URL", quoted(text));
                found.broken(JWKS_URI, seen);
                // What was meant can be read on with.
                return appended(identifier)?.join(text).ok();
            }
        },
        Some(other) => format!("its `jwks_uri` is {}", kind(other)),
    };
    found.broken(JWKS_URI, fault);
    None
}

fn place(found: &mut Findings, identifier: &str, url: &Url) {
    let issuer = Url::parse(identifier).ok();
    let encrypted = issuer.as_ref().is_some_and(|issuer| issuer.scheme() == "https");
    let plain = url.scheme() != "https" && (encrypted || !is_loopback(url));
    let shown = quoted(url.as_str());
    found.broken_if(SECURE, plain, format!("its `jwks_uri` {shown} is plain http"));
    let same = issuer.is_some_and(|issuer| issuer.origin() == url.origin());
    found.broken_if(ORIGIN, !same, format!("its `jwks_uri` {shown} has another origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_its_places() {
        let at = |url: Option<Url>| url.unwrap().to_string();
        let appended = |identifier| at(appended(identifier));
        assert_eq!(
            appended("https://a.example/t/"),
            "https://a.example/t/.well-known/openid-configuration"
        );
        assert_eq!(
            at(inserted("https://a.example/t/", "oauth-authorization-server")),
            "https://a.example/.well-known/oauth-authorization-server/t"
        );
        assert_eq!(at(inserted("https://a.example", "x")), "https://a.example/.well-known/x");
    }

    #[test]
    fn near_misses_are_told() {
        let told = |stated| difference(stated, "https://a.example/t");
        assert!(told("https://a.example/t/").contains("slash"));
        assert!(told("http://a.example/t").contains("scheme"));
        assert!(told("a.example/t").contains("scheme"));
        assert!(told("https://A.example/t").contains("case"));
        assert!(told(" https://a.example/t").contains("white space"));
        assert_eq!(told("https://b.example/t"), "");
    }
}
