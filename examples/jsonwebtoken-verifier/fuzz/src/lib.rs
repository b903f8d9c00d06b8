//! The parts that the fuzz targets plug in: a parser, and the verifier with its known properties.

#[path = "../../tests/driver/mod.rs"]
mod driver;

use jwtspec::fuzz::{Known, Parsed, Parser, Part};
use serde_json::{Map, Value};

pub use driver::Ours;

/// Reads a token as the verifier does before it knows the key.
pub struct Header;

impl Parser for Header {
    fn name(&self) -> &str {
        "jsonwebtoken-verifier"
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let read = jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(token);
        let read = read.map_err(|error| error.to_string())?;
        match serde_json::to_value(read.header) {
            Ok(Value::Object(header)) => Ok(Parsed { header, claims: read.claims, signature: None }),
            _ => Err("the header cannot be written".to_owned()),
        }
    }

    fn known(&self) -> &[Known] {
        // Those that jwtspec knows of the library.
        jwtspec::fuzz::JsonWebToken.known()
    }
}

/// Where the verifier departs from the specifications, as `tests/deviations.toml` says too.
pub const KNOWN: [Known; 8] = [
    Known {
        name: "audience-optional",
        reason: "jsonwebtoken judges `aud` only if it is there and has the expected type",
        explains: |it| it.takes().is_some() && !is_text_or_texts(it.claim("aud")),
    },
    Known {
        name: "issuer-optional",
        reason: "jsonwebtoken judges `iss` only if it is there and has the expected type",
        explains: |it| it.takes().is_some() && !it.claim("iss").is_some_and(|iss| iss.is_string()),
    },
    Known {
        name: "not-before",
        reason: "`validate_nbf` is off by default",
        explains: |it| it.takes().is_some() && it.claim("nbf").is_some(),
    },
    Known {
        name: "untyped-claims",
        reason: "claims are read into `serde_json::Value`: `sub`, `jti` and `iat` may be anything",
        explains: |it| {
            let odd = |name| it.claim(name).is_some_and(|value| !value.is_string());
            it.takes().is_some() && (odd("sub") || odd("jti") || it.claim("iat").is_some())
        },
    },
    Known {
        name: "header-unread",
        reason: "`crit`, `b64`, `cty`, `enc` and `typ` are not looked at",
        explains: |it| {
            let names = ["crit", "b64", "cty", "enc", "typ"];
            it.takes().is_some() && names.iter().any(|name| it.header(name).is_some())
        },
    },
    Known {
        name: "last-of-repeated",
        reason: "of a name that is repeated the last counts",
        explains: |it| it.takes().is_some() && (it.repeats(Part::Header) || it.repeats(Part::Claims)),
    },
    Known {
        name: "kid-required",
        reason: "the key is looked up by `kid`",
        explains: |it| it.refuses().is_some() && it.header("kid").is_none(),
    },
    Known {
        name: "typed-header",
        reason: "registered header members of another type spoil the header",
        explains: |it| {
            let names = ["typ", "cty", "jku", "jwk", "x5u", "x5c", "x5t", "enc", "zip", "url", "nonce"];
            it.refuses().is_some() && names.iter().any(|name| it.header(name).is_some())
        },
    },
];

fn is_text_or_texts(aud: Option<Value>) -> bool {
    match aud {
        Some(Value::String(_)) => true,
        Some(Value::Array(items)) => !items.is_empty() && items.iter().all(Value::is_string),
        _ => false,
    }
}
