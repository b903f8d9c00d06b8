//! Strict JSON objects: no repeated names, no trailing data, bounded depth (RFC 8259, RFC 7519
//! section 4).

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// What to do when a name occurs twice. RFC 7515 section 4 also permits to take the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// The only choice that leaves no room for two readings.
    Refuse,
    /// What most parsers do: for documents of issuers, where one slip must not lock everybody
    /// out (RFC 7517 sections 4 and 5).
    TakeLast,
    /// Never permitted: for faulty verifiers.
    TakeFirst,
}

/// Reads octets as one JSON object; the error is a clause that says what they are instead.
pub(crate) fn object(octets: &[u8], duplicates: Duplicates) -> Result<Map<String, Value>, String> {
    if octets.is_empty() {
        return Err("is empty, but should be a JSON object".to_owned());
    }
    if octets.starts_with(b"\xef\xbb\xbf") {
        return Err("starts with a byte order mark; leave it out".to_owned());
    }
    let text = std::str::from_utf8(octets).map_err(|error| {
        format!("is not UTF-8 (octet {} of its decoded form), but must be", error.valid_up_to() + 1)
    })?;
    let Members(members) = match serde_json::from_str(text) {
        Ok(members) => members,
        Err(error) if error.is_data() => return Err("is not a JSON object, but must be".to_owned()),
        // Syntax errors of serde_json repeat nothing of their input.
        Err(error) => return Err(format!("is not JSON, but must be: {error}")),
    };
    let mut object = Map::new();
    for (name, value) in members {
        match (duplicates, object.contains_key(&name)) {
            (Duplicates::Refuse, true) => {
                return Err(format!("has the member {} twice", super::text::quoted(&name)));
            }
            (Duplicates::TakeFirst, true) => {}
            _ => {
                object.insert(name, value);
            }
        }
    }
    Ok(object)
}

/// The members of an object in their order, repeated ones included. Escapes in names have been
/// resolved, so equal names are equal here (RFC 7493 section 2.3).
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_objects_are_read() {
        let refused = |text: &str| object(text.as_bytes(), Duplicates::Refuse).unwrap_err();
        assert!(refused("").starts_with("is empty"));
        assert!(refused("[1]").starts_with("is not a JSON object"));
        assert!(refused("\"a\"").starts_with("is not a JSON object"));
        assert!(refused("{} {}").contains("trailing characters"));
        assert!(refused("{\"a\":01}").starts_with("is not JSON"));
        assert!(refused("{\"a\":NaN}").starts_with("is not JSON"));
        assert!(refused("{\"a\":\"\t\"}").starts_with("is not JSON"));
        assert!(refused("\u{feff}{}").contains("byte order mark"));
        assert_eq!(refused(r#"{"exp":1,"\u0065xp":2}"#), "has the member `exp` twice");
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(refused(&deep).contains("recursion limit"));
        assert!(object(b"{\"a\":\"\xff\"}", Duplicates::Refuse).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn the_first_or_the_last_can_be_taken() {
        let text = br#"{"a":1,"b":2,"a":3}"#;
        assert_eq!(object(text, Duplicates::TakeLast).unwrap()["a"], 3);
        assert_eq!(object(text, Duplicates::TakeFirst).unwrap()["a"], 1);
    }
}
