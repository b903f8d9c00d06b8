//! Faults in judging the header.

use serde_json::Value;

use super::{Fault, changed, fault, wrong_check};
use crate::{Check, Objection};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("panics", "fails when `kid` is no string", PANICKING)
        .caught_by(&["header/kid-*", "kid/query-operator"]),
    fault("ignores-crit", "does not look at `crit`", |it| it.without("critical"))
        .caught_by(&["critical/*"]),
    fault("ignores-enc", "takes a header for encryption in a signed token", |it| {
        it.without("not-encrypted")
    })
    .uncaught("a header with `enc` is refused by other checks, or may be accepted"),
    fault("ignores-cty", "takes a nested token for claims", |it| it.without("not-nested"))
        .caught_by(&["header/cty-jwt"]),
    wrong_check("any-cty-refused", "takes every token with `cty` for a nested one", ANY_CTY)
        .caught_by(&["header/cty-json"]),
    fault("ignores-typ", "does not look at `typ`", |it| it.without("type"))
        .caught_by(&["header/other-typ"]),
];

const PANICKING: Check = changed("key-id", |examination| {
    let kid = examination.header()?.get("kid");
    assert!(kid.is_none_or(Value::is_string), "a `kid` that is no string, as this fault wants it");
    Ok(())
});

const ANY_CTY: Check =
    changed("not-nested", |examination| match examination.header()?.contains_key("cty") {
        true => Err(Objection::because(Reason::TypeMismatch, "nested tokens are not supported")),
        false => Ok(()),
    });
