//! Faults in refusing what is valid: header members, claims, numbers and types that a verifier is to
//! pass over, and names that mean nothing to it.

use serde_json::{Map, Value};

use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::{Check, Examination, Objection};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check(
        "unknown-header-members-refused",
        "refuses a header member that it does not know",
        changed("header-json", |it| {
            header_that(it, |header| header.keys().all(|name| KNOWN_MEMBERS.contains(&&**name)))
        }),
    )
    .caught_by(&["header/unknown-member", "header/unknown-members-of-every-type"]),
    wrong_check(
        "alg-found-by-place",
        "takes the first member of the header for `alg`",
        changed("header-json", |it| {
            header_that(it, |header| header.keys().next().is_some_and(|name| name == "alg"))
        }),
    )
    .caught_by(&["json/member-order"]),
    fault("names-in-any-case", "reads names of header members and claims in any case", |it| {
        it.replacing(HEADER_IN_ANY_CASE).replacing(CLAIMS_IN_ANY_CASE)
    })
    .caught_by(&[
        "claim-types/capital-*",
        "header/capital-kid-beside-kid",
        "header/capital-crit",
    ]),
    wrong_check(
        "claims-merged-into-header",
        "keeps header members and claims in one place, the claims last",
        CLAIMS_IN_HEADER,
    )
    .caught_by(&["claim-types/claims-named-like-header-members"]),
    wrong_check(
        "unknown-claims-are-texts",
        "reads every claim that it does not know as a string",
        changed("claims-json", |it| {
            claims_that(it, |name, value| KNOWN_CLAIMS.contains(&name) || value.is_string())
        }),
    )
    .caught_by(&["claim-types/unknown-claims-of-every-type", "json/number-forms"]),
    wrong_check(
        "claim-names-of-letters",
        "takes names of claims of letters, digits, - and _ only",
        changed("claims-json", |it| {
            claims_that(it, |name, _| {
                let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
                !name.is_empty() && name.chars().all(is_plain)
            })
        }),
    )
    .caught_by(&[
        "claim-types/unknown-claim-with-url",
        "claim-types/unknown-claim-with-dots",
        "claim-types/unknown-claim-beyond-ascii",
        "json/empty-names",
    ]),
    wrong_check(
        "integers-beyond-double-refused",
        "refuses an integer that a double does not hold",
        changed("claims-json", |it| claims_that(it, |_, value| !is_beyond_double(value))),
    )
    .caught_by(&["claim-types/integer-beyond-double"]),
    wrong_check(
        "ten-levels-of-json",
        "reads no more than ten arrays or objects inside each other",
        changed("claims-json", |it| claims_that(it, |_, value| levels(value) < 10)),
    )
    .caught_by(&["json/nested-unknown-claim"]),
    wrong_check(
        "typ-required",
        "takes a token for a JWT only if its `typ` says so, in these letters",
        changed("type", |it| match (&it.provider()?.typ, it.header()?.get("typ")) {
            (None, Some(Value::String(typ))) if typ == "JWT" => Ok(()),
            (None, _) => Err(Objection::because(Reason::TypeMismatch, "the token is no JWT")),
            _ => as_before("type", it),
        }),
    )
    .caught_by(&[
        "header/typ-absent",
        "header/typ-small-letters",
        "header/typ-with-application",
        "header/typ-unusual",
    ]),
    wrong_check(
        "typ-compared-exactly",
        "compares `typ` with the expected one letter by letter",
        changed("type", |it| {
            match (&it.provider()?.typ, it.header()?.get("typ").and_then(Value::as_str)) {
                (Some(expected), Some(typ)) if typ != expected => {
                    Err(Objection::because(Reason::TypeMismatch, "another `typ` is expected"))
                }
                _ => as_before("type", it),
            }
        }),
    )
    .caught_by(&[
        "header/expected-typ-with-application",
        "header/expected-typ-in-capitals",
        "header/expected-typ-said-in-full",
    ]),
    wrong_check(
        "enc-needs-decryption-key",
        "looks for a key to decrypt a signed token with where the header has `enc`",
        changed("not-encrypted", |it| match it.header()?.contains_key("enc") {
            true => Err(Objection::because(Reason::KeyNotFound, "no key decrypts the token")),
            false => Ok(()),
        }),
    )
    .caught_by(&["compact/enc-beside-signing-alg"]),
    wrong_check(
        "jwk-text-unread",
        "cannot read a key that it is told as the text of a JWK or of a key set",
        with_keys("key", |it| match &it.provider()?.key_text {
            Some(key) if key.text.starts_with('{') => {
                Err(Objection::because(Reason::KeyUnusable, "the key is no PEM"))
            }
            _ => as_before("key", it),
        }),
    )
    .caught_by(&["key-text/*-jwk", "key-text/*-jwks"]),
];

const KNOWN_MEMBERS: [&str; 14] = [
    "alg", "typ", "kid", "cty", "crit", "b64", "enc", "zip", "jwk", "jku", "x5c", "x5u", "x5t",
    "x5t#S256",
];

const KNOWN_CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

const HEADER_IN_ANY_CASE: Check = changed("header-json", |examination| {
    as_before("header-json", examination)?;
    examination.header = examination.header.take().map(in_small_letters);
    Ok(())
});

const CLAIMS_IN_ANY_CASE: Check = changed("claims-json", |examination| {
    as_before("claims-json", examination)?;
    examination.claims = examination.claims.take().map(in_small_letters);
    Ok(())
});

/// Of names that are the same then, the last counts.
fn in_small_letters(members: Map<String, Value>) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

const CLAIMS_IN_HEADER: Check = changed("claims-json", |examination| {
    as_before("claims-json", examination)?;
    let claims = examination.claims()?.clone();
    examination.header.get_or_insert_default().extend(claims);
    Ok(())
});

fn header_that(
    examination: &mut Examination<'_>,
    is_taken: fn(&Map<String, Value>) -> bool,
) -> Result<(), Objection> {
    as_before("header-json", examination)?;
    match is_taken(examination.header()?) {
        true => Ok(()),
        false => Err(Objection::because(Reason::Malformed, "the header is of another form")),
    }
}

fn claims_that(
    examination: &mut Examination<'_>,
    is_taken: fn(&str, &Value) -> bool,
) -> Result<(), Objection> {
    as_before("claims-json", examination)?;
    match examination.claims()?.iter().all(|(name, value)| is_taken(name, value)) {
        true => Ok(()),
        false => Err(Objection::because(Reason::Malformed, "the claims are of another form")),
    }
}

fn is_beyond_double(value: &Value) -> bool {
    const GREATEST: u64 = 1 << 53;
    let magnitude = value.as_u64().or_else(|| value.as_i64().map(i64::unsigned_abs));
    magnitude.is_some_and(|magnitude| magnitude > GREATEST)
}

fn levels(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(values) => values.iter().map(levels).max(),
        Value::Object(members) => members.values().map(levels).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or_default()
}
