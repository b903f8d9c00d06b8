//! Faults in reading key sets and metadata: what is unusual in them takes all the rest with it.

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::fetching::{changing_responses, with_body};
use super::{Fault, fault};
use crate::fetcher::{DISCOVERY, KEY_SET, Request, Response};
use crate::freshness::lifetime;
use jwtspec_jose::{Duplicates, object};

pub(super) const FAULTS: &[Fault] = &[
    fault("closed-documents", "refuses a document with members that it does not know", |it| {
        changing_responses(it, |request, response| refusing(request, response, unknown_member))
    })
    .caught_by(&[
        "discovery/unknown-members",
        "jwks/unknown-key-members",
        "jwks/unknown-set-members",
    ]),
    fault("typed-key-sets", "refuses a key set with a member of another type than usual", |it| {
        changing_responses(it, |request, response| refusing(request, response, odd_type))
    })
    .caught_by(&[
        "jwks/alg-number-among-keys",
        "jwks/array-among-keys",
        "jwks/certificate-string-among-keys",
        "jwks/key-ops-string-among-keys",
        "jwks/kid-number-among-keys",
        "jwks/null-among-keys",
        "jwks/string-among-keys",
    ]),
    fault("closed-words", "refuses a key set with a word that it does not know", |it| {
        changing_responses(it, |request, response| refusing(request, response, unknown_word))
    })
    .caught_by(&[
        "jwks/for-encryption-among-keys",
        "jwks/secp256k1-among-keys",
        "jwks/unknown-alg-among-keys",
        "jwks/unknown-operation-among-keys",
        "jwks/unknown-use",
        "jwks/unknown-use-among-keys",
    ]),
    fault("fails-on-import", "fails on a key set with a key that its library refuses", |it| {
        changing_responses(it, |request, response| asserting(request, response, imports))
    })
    .caught_by(&[
        "jwks/exponent-three",
        "jwks/exponent-with-leading-zero",
        "jwks/key-ops-twice",
        "jwks/modulus-with-leading-zero",
        "jwks/private-key-among-keys",
        "jwks/secret-among-keys",
    ]),
    fault("fixed-buffer", "fails on a document of more than 64 KiB", |it| {
        changing_responses(it, |_, response| {
            with_body(response, |bytes| {
                assert!(bytes.len() <= 64 << 10, "a full buffer, as this fault wants it");
                Ok(bytes)
            })
        })
    })
    .caught_by(&[
        "discovery/megabyte",
        "jwks/long-member-among-keys",
        "network/half-a-megabyte",
    ]),
    fault("no-parser-for-type", "fails on a document that is not called application/json", |it| {
        changing_responses(it, only_json)
    })
    .caught_by(&[
        "convex/key-set-as-jwk-set",
        "convex/key-set-with-charset",
        "discovery/content-type-html",
        "discovery/content-type-missing",
        "discovery/content-type-with-charset",
        "network/charset",
        "network/charset-that-is-wrong",
        "network/media-type-html",
        "network/media-type-missing",
        "network/media-type-of-key-sets",
    ]),
    fault("metadata-asserted", "fails on metadata that lacks what it expects", |it| {
        changing_responses(it, |request, response| asserting(request, response, is_as_expected))
    })
    .caught_by(&[
        "discovery/algorithm-not-advertised",
        "discovery/keys-at-another-origin",
        "discovery/required-members-missing",
    ]),
    fault("escapes-unread", "reads documents without resolving their escapes", |it| {
        changing_responses(it, |_, response| {
            with_body(response, |bytes| {
                Ok(String::from_utf8_lossy(&bytes).replace('\\', "\\\\").into_bytes())
            })
        })
    })
    .caught_by(&[
        "discovery/letter-escaped",
        "discovery/slashes-escaped",
        "jwks/kid-escaped-in-set",
    ]),
    fault("stale-keys-unused", "does not use keys that may not be kept", |it| {
        changing_responses(it, |request, response| {
            let is_stale = lifetime(&response.headers, request.now).is_some_and(|it| it.is_zero());
            with_body(response, move |bytes| match is_stale {
                true => Err("the keys are stale".to_owned().into()),
                false => Ok(bytes),
            })
        })
    })
    .caught_by(&["cache/age-beyond-max-age", "cache/no-store-accepted"]),
];

/// Names the member of a document of this kind for which it is refused.
type Objection = for<'d> fn(&str, &'d Map<String, Value>) -> Option<&'d str>;

/// A document that cannot be had if there is an objection to it.
fn refusing(request: &Request<'_>, response: Response, objection: Objection) -> Response {
    let what = request.what;
    with_body(response, move |bytes| {
        let read = object(&bytes, Duplicates::TakeLast).unwrap_or_default();
        match objection(what, &read) {
            Some(member) => Err(format!("the {what} has an odd `{member}`").into()),
            None => Ok(bytes),
        }
    })
}

/// A document that brings the verifier down if it is not as it should be.
fn asserting(
    request: &Request<'_>,
    response: Response,
    is_right: fn(&str, &Map<String, Value>) -> bool,
) -> Response {
    let what = request.what;
    with_body(response, move |bytes| {
        if let Ok(read) = object(&bytes, Duplicates::TakeLast) {
            assert!(is_right(what, &read), "an odd {what}, as this fault wants it");
        }
        Ok(bytes)
    })
}

/// The members of a key (RFC 7517 section 4, RFC 7518 section 6).
const OF_KEYS: &[&str] = &[
    "alg", "crv", "d", "dp", "dq", "e", "k", "key_ops", "kid", "kty", "n", "oth", "p", "q", "qi",
    "use", "x", "x5c", "x5t", "x5t#S256", "x5u", "y",
];

/// The members of metadata that are asked for (OpenID Connect Discovery 1.0 section 3).
const OF_METADATA: &[&str] = &[
    "authorization_endpoint",
    "id_token_signing_alg_values_supported",
    "issuer",
    "jwks_uri",
    "response_types_supported",
    "scopes_supported",
    "subject_types_supported",
    "token_endpoint",
];

fn unknown_member<'d>(what: &str, document: &'d Map<String, Value>) -> Option<&'d str> {
    let beyond = |document: &'d Map<String, Value>, known: &[&str]| {
        document.keys().map(String::as_str).find(|name| !known.contains(name))
    };
    match what {
        KEY_SET => beyond(document, &["keys"])
            .or_else(|| keys(document).find_map(|key| beyond(key, OF_KEYS))),
        _ => beyond(document, OF_METADATA),
    }
}

/// The keys of a set that are objects.
fn keys(set: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let all = set.get("keys").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_object)
}

fn odd_type<'d>(what: &str, document: &'d Map<String, Value>) -> Option<&'d str> {
    let all = document.get("keys").and_then(Value::as_array).filter(|_| what == KEY_SET)?;
    if !all.iter().all(Value::is_object) {
        return Some("keys");
    }
    let is_odd = |(name, value): &(&'d String, &Value)| match name.as_str() {
        "alg" | "kid" | "kty" | "use" => !value.is_string(),
        "key_ops" | "x5c" => !value.is_array(),
        _ => false,
    };
    keys(document).flatten().find(is_odd).map(|(name, _)| name.as_str())
}

/// The words of a verifier whose makers thought of signatures only.
const WORDS: &[(&str, &[&str])] = &[
    (
        "alg",
        &[
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
            "EdDSA", "HS256", "HS384", "HS512",
        ],
    ),
    ("crv", &["P-256", "P-384", "P-521", "Ed25519"]),
    ("key_ops", &["sign", "verify"]),
    ("kty", &["RSA", "EC", "OKP", "oct"]),
    ("use", &["sig", "enc"]),
];

fn unknown_word<'d>(what: &str, document: &'d Map<String, Value>) -> Option<&'d str> {
    let is_odd = |(name, value): &(&'d String, &Value)| {
        let Some((_, known)) = WORDS.iter().find(|(member, _)| member == name) else {
            return false;
        };
        let is_known = |word: &Value| word.as_str().is_none_or(|word| known.contains(&word));
        !value.as_array().map_or_else(|| is_known(value), |words| words.iter().all(is_known))
    };
    let mut members = keys(document).flatten();
    members.find(is_odd).filter(|_| what == KEY_SET).map(|(name, _)| name.as_str())
}

/// A library for public keys that takes integers as short as can be, and one exponent.
fn imports(what: &str, document: &Map<String, Value>) -> bool {
    let is_taken = |key: &Map<String, Value>| {
        let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut operations: Vec<String> = key
            .get("key_ops")
            .and_then(Value::as_array)
            .map(|all| all.iter().map(Value::to_string).collect())
            .unwrap_or_default();
        let count = operations.len();
        operations.sort();
        operations.dedup();
        let is_public = !key.contains_key("d") && text("kty") != "oct";
        is_public
            && operations.len() == count
            && (text("kty") != "RSA" || text("e") == "AQAB" && !begins_with_zero(text("n")))
    };
    what != KEY_SET || keys(document).all(is_taken)
}

/// Returns true if base64url begins with an octet of zero: six bits in the first letter, and two in
/// the second.
fn begins_with_zero(number: &str) -> bool {
    matches!(number.as_bytes(), [b'A', b'A'..=b'P', ..])
}

fn only_json(_: &Request<'_>, response: Response) -> Response {
    let kind = response.headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes());
    assert!(
        !response.status.is_success() || kind == Some(b"application/json"),
        "no parser, as this fault wants it"
    );
    response
}

fn is_as_expected(what: &str, document: &Map<String, Value>) -> bool {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let origin = |name: &str| text(name).and_then(|url| Url::parse(url).ok()).map(|it| it.origin());
    let lists = |name: &str, member: &str| {
        let list = document.get(name).and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|it| it == member))
    };
    what != DISCOVERY
        || text("authorization_endpoint").is_some()
            && lists("response_types_supported", "code")
            && lists("id_token_signing_alg_values_supported", "RS256")
            && origin("issuer") == origin("jwks_uri")
}
