//! jsonwebtoken as a parser.

use jsonwebtoken::dangerous::insecure_decode;
use serde_json::{Map, Value};

use super::{Known, Parsed, Parser, Part};

/// jsonwebtoken without verification: what it reads before it has looked for a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonWebToken;

impl Parser for JsonWebToken {
    fn name(&self) -> &str {
        "jsonwebtoken"
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let read = insecure_decode::<Map<String, Value>>(token).map_err(|e| e.to_string())?;
        match serde_json::to_value(read.header) {
            Ok(Value::Object(header)) => {
                Ok(Parsed { header, claims: read.claims, signature: None })
            }
            _ => Err("the header cannot be written".to_owned()),
        }
    }

    fn known(&self) -> &[Known] {
        &PARSER
    }
}

pub(super) const LAST_OF_REPEATED: Known = Known {
    name: "last-of-repeated",
    reason: "of a name that is repeated among claims or unregistered header members the last \
             counts, as RFC 7515 section 4 and RFC 7519 section 4 permit",
    explains: |it| it.takes().is_some() && (it.repeats(Part::Header) || it.repeats(Part::Claims)),
};

pub(super) const TYPED_MEMBERS: Known = Known {
    name: "typed-members",
    reason: "registered header members are read into their types, and one of another type \
             spoils the header",
    explains: |it| {
        it.refuses().is_some()
            && it
                .members(Part::Header)
                .is_some_and(|header| header.iter().any(|(name, value)| !fits(name, value)))
    },
};

pub(super) const JWK_REPEATS: Known = Known {
    name: "jwk-repeats",
    reason: "a repeated member of `jwk` spoils the header; RFC 7517 section 4 permits that as it \
             permits to take the last, which the strict parser does inside of members",
    explains: |it| {
        it.refuses().is_some_and(|why| why.contains("duplicate field"))
            && it.header("jwk").is_some_and(|jwk| jwk.is_object())
    },
};

const PARSER: [Known; 7] = [
    JWK_REPEATS,
    Known {
        name: "signature-unread",
        reason: "reading without verifying stops before the signature, so that segment may hold \
                 anything; `decode` does read it",
        explains: |it| {
            it.takes().is_some()
                && it.segment(Part::Signature).is_some()
                && it.bytes(Part::Signature).is_none()
        },
    },
    LAST_OF_REPEATED,
    Known {
        name: "algorithms",
        reason: "the header is read into a type, and so is `alg`: a token without one, or with \
                 one that the library does not know, is not read",
        explains: |it| {
            it.refuses().is_some()
                && !it.header("alg").is_some_and(|alg| {
                    serde_json::from_value::<jsonwebtoken::Algorithm>(alg).is_ok()
                })
        },
    },
    TYPED_MEMBERS,
    Known {
        name: "null-is-absent",
        reason: "a registered header member that is null is read as absent",
        explains: |it| match it.reads() {
            Some((Part::Header, name)) => {
                REGISTERED.contains(&name) && it.header(name) == Some(Value::Null)
            }
            _ => false,
        },
    },
    Known {
        name: "jwk-members",
        reason: "`jwk` is read into a type that drops members it does not know",
        explains: |it| it.reads() == Some((Part::Header, "jwk")),
    },
];

/// Header members that its `Header` reads into a type of their own, but for `alg`.
const REGISTERED: [&str; 14] = [
    "typ", "cty", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "crit", "enc", "zip",
    "url", "nonce",
];

/// True if its `Header` takes this value for this member.
fn fits(name: &str, value: &Value) -> bool {
    let texts =
        |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    match name {
        _ if !REGISTERED.contains(&name) || value.is_null() => true,
        "x5c" | "crit" => texts(value),
        "jwk" => serde_json::from_value::<jsonwebtoken::jwk::Jwk>(value.clone()).is_ok(),
        _ => value.is_string(),
    }
}
