//! The key set as a whole; each key is judged in [`super::key`].

use serde_json::{Map, Value};

use super::document;
use super::findings::Findings;
use super::key::{judge_key, read_key};
use super::rule::rules;
use jwtspec_jose::{KeyType, PublishedKey, kind, quoted};
use jwtspec_types::words::Algorithm;

rules! { KeySet:
    KNOWN = "jwks-unknown" Must "OpenID Connect Discovery 1.0 §3":
        "there is a key set",
        "without keys no verifier can check a signature",
        "publish a key set and name it by `jwks_uri`";
    COMES = "jwks-unreachable" Must "RFC 7517 §5":
        "the key set comes",
        "a verifier that cannot read it turns every token away",
        "find out why the server ends the connection or keeps silent";
    REDIRECT = "jwks-redirect" Should "practice":
        "the key set is not redirected",
        "many verifiers follow no redirects, so that no server can send them elsewhere",
        "name the last URL as `jwks_uri`";
    STATUS = "jwks-status" Must "RFC 9110 §15":
        "the key set is answered with status 200",
        "verifiers take keys from a 200 answer only",
        "answer with status 200";
    CONTENT_TYPE = "jwks-content-type" Should "RFC 7517 §8.5.2":
        "the key set is labelled as JSON",
        "several backends insist on the content type",
        "send `Content-Type: application/json` or `application/jwk-set+json`";
    MARK = "jwks-bom" Must "RFC 8259 §8.1":
        "the key set has no byte order mark",
        "many JSON parsers refuse a text that starts with one",
        "save the document as UTF-8 without byte order mark";
    JSON = "jwks-json" Must "RFC 7517 §5":
        "the key set is a JSON object",
        "nothing can be read from anything else",
        "serve one JSON object in UTF-8 with the member `keys`";
    LIMITS = "jwks-limits" Should "RFC 8259 §9":
        "the key set stays within the limits of JSON parsers",
        "a parser may refuse numbers beyond a double, lone surrogates and deep nesting, and then there is no key at all",
        "write numbers that a double holds, whole characters, and few levels";
    UNIQUE = "jwks-duplicates" Must "RFC 7517 §4 and §5":
        "no member is stated twice",
        "verifiers refuse the document, or differ in which of the two they take",
        "state each member once";
    SIZE = "jwks-size" Note "practice":
        "the key set is small",
        "verifiers read documents up to a limit only",
        "leave out old keys and long certificate chains";
    TIME = "jwks-time" Note "practice":
        "the key set comes quickly",
        "callers wait for it whenever a verifier fetches keys, and verifiers give up after a few seconds",
        "serve it from memory or through a cache";
    KEYS = "jwks-keys" Must "RFC 7517 §5":
        "`keys` is an array of objects",
        "a document without it is no key set",
        "put every key as an object into the array `keys`";
    USABLE = "jwks-no-usable-key" Must "OpenID Connect Discovery 1.0 §3":
        "there is a key that verifies signatures",
        "without one no token can be verified",
        "publish the public key that tokens are signed with";
    COUNT = "jwks-count" Note "practice":
        "there are few keys",
        "a verifier tries every fitting key for a token that names none, and limits how many",
        "leave out keys whose last token has expired";
    SINGLE = "jwks-single-key" Note "OpenID Connect Core 1.0 §10.1.1":
        "more than one key is published",
        "nothing shows that keys overlap when they rotate: a verifier that holds the old set turns new tokens away until it is fetched anew",
        "publish the next key some time before it signs, and the last one until its tokens have expired";
    MIXED = "jwks-use-missing" Must "OpenID Connect Discovery 1.0 §3":
        "keys for encryption are told apart",
        "with both kinds in one set a verifier cannot tell which key is for signatures",
        "state `use` on every key";
    KID_MISSING = "jwks-kid-missing" Must "OpenID Connect Core 1.0 §10.1":
        "every key has a `kid`, or there is only one key",
        "with several keys tokens must name theirs, and a key without `kid` cannot be named",
        "give every key a `kid` that stays the same for its life";
    KID_UNIQUE = "jwks-kid-unique" Should "RFC 7517 §4.5":
        "no two keys share a `kid`",
        "a verifier that takes the first match turns tokens of the other key away",
        "give every key a `kid` of its own, such as its thumbprint (RFC 7638)";
    REPEATED = "jwks-key-repeated" Note "practice":
        "no key is published twice",
        "a key under two names outlives its removal under one of them",
        "publish each key once";
}

/// The rules of the document as such.
pub(super) const DOCUMENT: document::Rules = document::Rules {
    what: "key set",
    comes: COMES,
    redirect: REDIRECT,
    status: STATUS,
    content_type: CONTENT_TYPE,
    content_types: &["application/json", "application/jwk-set+json"],
    mark: MARK,
    json: JSON,
    limits: LIMITS,
    unique: UNIQUE,
    size: SIZE,
    time: TIME,
};

/// More keys than a verifier should have to try.
const MANY: usize = 8;

/// Every key of a set, read on its own.
pub(super) fn parse_keys(set: &Map<String, Value>) -> Vec<PublishedKey> {
    let keys = set.get("keys").and_then(Value::as_array);
    keys.into_iter().flatten().filter_map(Value::as_object).map(read_key).collect()
}

/// True if a key can verify signatures. An `alg` that does not fit it is a finding of its own.
pub(super) fn serves(key: &PublishedKey) -> bool {
    key.material.is_ok() && key.jwk.get("use").is_none_or(|purpose| purpose != "enc")
}

/// The name of a key in messages.
pub(super) fn name(place: usize, jwk: &Map<String, Value>) -> String {
    match jwk.get("kid").and_then(Value::as_str) {
        Some(kid) => format!("the key {}", quoted(kid)),
        None => format!("key {} (without `kid`)", place + 1),
    }
}

/// Judges a set and every key in it.
pub(super) fn judge_key_set(found: &mut Findings, set: &Map<String, Value>) {
    let listed = match set.get("keys") {
        Some(Value::Array(listed)) => listed,
        Some(other) => {
            return found.broken(KEYS, format!("its `keys` is {}, not an array", kind(other)));
        }
        None => {
            let hint = if set.contains_key("kty") { "; it is a key without a set" } else { "" };
            return found.broken(KEYS, format!("it has no member `keys`{hint}"));
        }
    };
    let strange = listed.iter().find(|member| !member.is_object());
    found.check(KEYS, strange.map(|it| format!("its `keys` contains {}", kind(it))));
    let jwks: Vec<&Map<String, Value>> = listed.iter().filter_map(Value::as_object).collect();
    for (place, jwk) in jwks.iter().enumerate() {
        judge_key(found, &name(place, jwk), jwk);
    }
    let keys: Vec<PublishedKey> = jwks.iter().map(|jwk| read_key(jwk)).collect();
    let usable = keys.iter().filter(|key| serves(key)).count();
    let count = keys.len();
    match usable {
        0 => found.broken(USABLE, format!("none of its {count} keys can be used")),
        usable => found.met_by(USABLE, format!("{usable} of {count} keys verify signatures")),
    }
    found.broken_if(COUNT, count > MANY, format!("it has {count} keys"));
    if usable > 0 {
        found.broken_if(SINGLE, usable == 1, "one key alone verifies signatures");
    }
    purposes(found, &jwks);
    kids(found, &jwks);
    repeated(found, &jwks, &keys);
}

fn purposes(found: &mut Findings, jwks: &[&Map<String, Value>]) {
    let encrypts = jwks.iter().any(|jwk| jwk.get("use").is_some_and(|it| it == "enc"));
    let without = jwks.iter().enumerate().find(|(_, jwk)| !jwk.contains_key("use"));
    let fault = without.filter(|_| encrypts).map(|(place, jwk)| {
        format!("{} has no `use`, though there are keys for encryption", name(place, jwk))
    });
    found.check(MIXED, fault);
}

fn kids(found: &mut Findings, jwks: &[&Map<String, Value>]) {
    let count = jwks.len();
    let without = jwks.iter().position(|jwk| !jwk.contains_key("kid")).filter(|_| count > 1);
    let fault = without.map(|place| format!("key {} of {count} has no `kid`", place + 1));
    found.check(KID_MISSING, fault);
    let kids: Vec<&str> = jwks.iter().filter_map(|jwk| jwk.get("kid")?.as_str()).collect();
    let earlier = |place: usize| kids[..place].contains(&kids[place]);
    let twice = (0..kids.len()).filter(|place| earlier(*place)).map(|place| kids[place]).collect();
    found.broken_by(KID_UNIQUE, twice, |it| format!("several keys are called {it}"));
}

fn repeated(found: &mut Findings, jwks: &[&Map<String, Value>], keys: &[PublishedKey]) {
    let fault = keys.iter().enumerate().find_map(|(place, key)| {
        let material = key.material.as_ref().ok()?;
        let earlier = keys[..place].iter().position(|it| it.material.as_ref() == Ok(material))?;
        let (one, other) = (name(earlier, jwks[earlier]), name(place, jwks[place]));
        Some(format!("{one} and {other} are the same key"))
    });
    found.check(REPEATED, fault);
}

/// Judges whether advertised algorithms and published keys go together.
pub(super) fn compare_algorithms(found: &mut Findings, advertised: &[&str], keys: &[PublishedKey]) {
    use super::metadata::{KEYLESS, UNADVERTISED};

    let keyless = advertised.iter().filter(|name| {
        name.parse::<Algorithm>().is_ok_and(|algorithm| {
            KeyType::for_algorithm(algorithm).is_some_and(|needed| needed != KeyType::Secret)
                && !keys.iter().any(|key| key.fit(algorithm).is_ok())
        })
    });
    let keyless = keyless.copied().collect();
    found.broken_by(KEYLESS, keyless, |it| format!("no published key serves the advertised {it}"));
    let stated =
        keys.iter().filter(|key| serves(key)).filter_map(|key| key.jwk.get("alg")?.as_str());
    let mut silent: Vec<&str> = stated.filter(|name| !advertised.contains(name)).collect();
    silent.dedup();
    let seen = |it| format!("keys are published for {it}, which is not advertised");
    found.broken_by(UNADVERTISED, silent, seen);
}
