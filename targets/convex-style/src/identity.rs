//! The identity of a verified token's bearer.

use serde_json::{Map, Value, json};

/// Claims that are about the token, not about its bearer.
const ABOUT_THE_TOKEN: [&str; 8] = ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce"];

/// A verified identity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity {
    /// The `iss` of the token.
    pub(crate) issuer: String,
    /// The `sub` of the token.
    pub(crate) subject: String,
    /// When it ends, tolerance included, in seconds since 1970.
    pub(crate) until: i64,
    /// All claims.
    pub(crate) claims: Map<String, Value>,
}

impl Identity {
    /// The identity as a function sees it.
    pub(crate) fn value(&self) -> Value {
        let mut value = Map::from_iter([
            ("tokenIdentifier".to_owned(), json!(format!("{}|{}", self.issuer, self.subject))),
            ("issuer".to_owned(), json!(self.issuer)),
            ("subject".to_owned(), json!(self.subject)),
        ]);
        for (name, claim) in &self.claims {
            if !ABOUT_THE_TOKEN.contains(&name.as_str()) && is_field_name(name) {
                value.entry(name.clone()).or_insert_with(|| claim.clone());
            }
        }
        Value::Object(value)
    }
}

/// True if clients take it for the name of a field: they read a leading `$` as an escape.
fn is_field_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('$') && name.chars().all(|c| (' '..='~').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_cannot_pass_for_the_identity() {
        let claims = json!({ "sub": "u", "name": "Ada", "tokenIdentifier": "x", "$int": 1 });
        let identity = Identity {
            issuer: "https://a.example".to_owned(),
            subject: "u".to_owned(),
            until: 0,
            claims: claims.as_object().unwrap().clone(),
        };
        let expected = json!({
            "tokenIdentifier": "https://a.example|u", "issuer": "https://a.example",
            "subject": "u", "name": "Ada",
        });
        assert_eq!(identity.value(), expected);
    }
}
