//! The two sides of each check: what it expects, and what it found.

use serde_json::{Map, Value};

use super::facts::{Facts, segment};
use super::near_misses::KEY_SET_TYPE;
use super::show::{harmless, list, literal, value};
use super::time::{absolute, described};
use super::trust::Kind;
use jwtspec_jose::{Compact, Duplicates, ObjectFault, Part, object};
use jwtspec_reference::{Judged, Judgement, KEY_SET};
use jwtspec_types::profile::TokenKind;
use jwtspec_types::trust::Provider;

fn pair(expected: impl Into<String>, actual: impl Into<String>) -> (String, String) {
    (expected.into(), actual.into())
}

/// The expectation of one check, and what it found instead or as expected.
pub(super) fn compare(judged: &Judged, facts: &Facts<'_>) -> (String, String) {
    let header = |name: &str| shown(facts.header(name), facts.header);
    let claim = |name: &str| shown(facts.claim(name), facts.claims);
    let without = |name: &str| match facts.header(name) {
        None if facts.header.is_some() => format!("no `{name}`"),
        found => shown(found, facts.header),
    };
    let provider = facts.provider();
    match judged.name {
        "size" => {
            pair("at most 131072", format!("{} characters", facts.credential.chars().count()))
        }
        "segments" => pair(
            "three segments with periods between them",
            match Compact::new(facts.credential).count() {
                1 => "one segment, no period".to_owned(),
                count => format!("{count} segments"),
            },
        ),
        "base64url" => pair(
            "each segment in letters, digits, `-` and `_`",
            encoding(facts, matches!(judged.judgement, Judgement::Passed)),
        ),
        "header-json" => pair("a JSON object", json_kind(facts, Part::Header)),
        "claims-json" => pair("a JSON object", json_kind(facts, Part::Claims)),
        "algorithm-known" => pair("the name of a signature algorithm", header("alg")),
        "not-encrypted" => pair("no `enc`", without("enc")),
        "critical" => pair("no `crit`", without("crit")),
        "not-nested" => pair("no `cty` of `JWT`", without("cty")),
        "key-id" => pair("a string", header("kid")),
        "issuer" => pair(configured(facts), claim("iss")),
        "algorithm-allowed" => pair(
            match provider {
                Some(provider) => list(&provider.algorithms),
                None => "an algorithm of that issuer".to_owned(),
            },
            header("alg"),
        ),
        KEY_SET_TYPE => pair("application/json or application/jwk-set+json", served_as(facts)),
        "key" => pair(wanted_key(facts), found_keys(facts)),
        "signature" => pair(
            format!("made with {} over header and payload", named_key(facts)),
            match &judged.judgement {
                Judgement::Passed => "it verifies",
                Judgement::Refused(_) if facts.credential.ends_with('.') => "it is empty",
                Judgement::Refused(_) => "it does not verify",
                Judgement::Unasked(_) => "not known",
            },
        ),
        "type" => pair(
            match provider.and_then(|provider| provider.typ.as_deref()) {
                Some(typ) => literal(typ),
                None if facts.backend == Some(Kind::Oidc) => "\"JWT\", or no `typ`".to_owned(),
                None => "any `typ`".to_owned(),
            },
            header("typ"),
        ),
        "audience" => pair(wanted_audience(provider), claim("aud")),
        "id-token-audience" => pair(
            match facts.backend {
                Some(Kind::Oidc) => "one audience only",
                _ if facts.trust.profile.tokens() == TokenKind::IdToken => {
                    "no audience that is not trusted"
                }
                _ => "anything: it is not judged as an ID token",
            },
            claim("aud"),
        ),
        "expiry" => pair(format!("later than {}", leeway(facts)), time(facts, "exp")),
        "not-before" => pair(format!("not later than {}", leeway(facts)), time(facts, "nbf")),
        "issued-at" => pair("a number, if it is there", time(facts, "iat")),
        "text-claims" => pair(
            "strings, if they are there",
            format!("`sub` {}, `jti` {}", claim("sub"), claim("jti")),
        ),
        "required-claims" => required(facts, provider),
        _ => pair("see above", "see above"),
    }
}

/// A member, of a part that may not have been read.
fn shown(found: Option<&Value>, part: Option<&Map<String, Value>>) -> String {
    match found {
        Some(found) => value(found),
        None if part.is_none() => NOT_KNOWN.to_owned(),
        None => "none".to_owned(),
    }
}

/// What is found in a part that cannot be read.
const NOT_KNOWN: &str = "not known";

fn configured(facts: &Facts<'_>) -> String {
    match facts.trust.providers.as_slice() {
        [] => "a provider, but none is configured".to_owned(),
        [only] => literal(&only.issuer),
        many => format!("one of {} providers: {}", many.len(), facts.issuers()),
    }
}

fn encoding(facts: &Facts<'_>, passed: bool) -> String {
    if passed {
        return "as expected".to_owned();
    }
    let stranger = facts
        .credential
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
    match stranger {
        Some(' ') => "a space among them".to_owned(),
        Some(character) => format!("{} among them", literal(&character.to_string())),
        None => "a segment that ends where none can end".to_owned(),
    }
}

fn json_kind(facts: &Facts<'_>, part: Part) -> String {
    let Some(bytes) = segment(facts.credential, part) else {
        return "cannot be decoded".to_owned();
    };
    match object(&bytes, Duplicates::TakeLast) {
        Ok(members) => format!("an object with {} members", members.len()),
        Err(ObjectFault::NotAnObject) => "JSON, but not an object".to_owned(),
        Err(ObjectFault::Beyond(excess)) => format!("JSON, but {}", excess.limit),
        Err(ObjectFault::Empty) => "nothing".to_owned(),
        Err(_) if bytes.starts_with(b"eyJ") => "another token".to_owned(),
        Err(ObjectFault::ByteOrderMark) => "a text with a byte order mark".to_owned(),
        Err(ObjectFault::NotUtf8(_)) => "not UTF-8".to_owned(),
        Err(ObjectFault::NotJson(_) | ObjectFault::Repeated(_)) => "not JSON".to_owned(),
    }
}

fn named_key(facts: &Facts<'_>) -> String {
    match facts.kid() {
        Some(kid) => format!("the key {}", literal(kid)),
        None => "a key of the issuer".to_owned(),
    }
}

fn wanted_key(facts: &Facts<'_>) -> String {
    let alg = facts.alg().map(|alg| format!(" for {}", literal(alg))).unwrap_or_default();
    format!("{}{alg}, published by the issuer", named_key(facts))
}

fn found_keys(facts: &Facts<'_>) -> String {
    let Some(keys) = facts.keys() else { return "no key set".to_owned() };
    if keys.is_empty() {
        return "an empty key set".to_owned();
    }
    let described = keys.iter().take(6).map(|key| {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let kid = text("kid").map_or("no `kid`".to_owned(), literal);
        let kind = text("alg").or(text("crv")).or(text("kty")).unwrap_or("unknown kind");
        format!("{kid} ({})", harmless(kind))
    });
    let described = described.collect::<Vec<_>>().join(", ");
    match keys.len() {
        7.. => format!("{described} and {} more", keys.len() - 6),
        _ => described,
    }
}

fn served_as(facts: &Facts<'_>) -> String {
    let kind = facts.last_exchange(KEY_SET).and_then(|exchange| exchange.content_type.as_deref());
    kind.map_or_else(|| "no content type".to_owned(), harmless)
}

fn wanted_audience(provider: Option<&Provider>) -> String {
    match provider.map(|provider| provider.audiences.as_slice()) {
        Some([]) => "any `aud`: none is configured".to_owned(),
        Some(audiences) => list(audiences),
        None => "the audience that goes with the issuer".to_owned(),
    }
}

fn leeway(facts: &Facts<'_>) -> String {
    let now = absolute(facts.now).unwrap_or_else(|| facts.now.to_string());
    match facts.trust.leeway_seconds {
        0 => format!("now, {now}"),
        1 => format!("now, {now}, with 1 second of leeway"),
        seconds => format!("now, {now}, with {seconds} seconds of leeway"),
    }
}

fn time(facts: &Facts<'_>, name: &str) -> String {
    match facts.claim(name) {
        None => shown(None, facts.claims),
        Some(found) => match found.as_f64() {
            Some(seconds) => described(seconds, facts.now),
            None => value(found),
        },
    }
}

fn required(facts: &Facts<'_>, provider: Option<&Provider>) -> (String, String) {
    let Some(provider) = provider else {
        return pair("the claims that go with the issuer", "not known");
    };
    let names = provider.required_claims.as_slice();
    if names.is_empty() {
        return pair("no claim in particular", "nothing is missing");
    }
    let mut absent: Vec<&String> = names.iter().collect();
    absent.retain(|name| facts.claim(name).is_none_or(Value::is_null));
    match absent.is_empty() {
        true => pair(list(names), "all of them"),
        false => pair(list(names), format!("all but {}", list(absent))),
    }
}
