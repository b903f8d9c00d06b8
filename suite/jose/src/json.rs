//! Strict JSON objects: no trailing data, bounded depth, a policy for repeated names (RFC 8259,
//! RFC 7519 section 4).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::grammar::{Excess, Scan};
use super::text::quoted;

/// The policy for a name that an object has twice. RFC 7515 section 4 also permits to take the last
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// The only choice that leaves no room for two readings.
    Refuse,
    /// The choice of most parsers: for documents of issuers, where one slip must not lock all users out
    /// (RFC 7517 sections 4 and 5).
    TakeLast,
    /// Never permitted: for faulty verifiers.
    TakeFirst,
}

/// Why bytes are no JSON object: a clause that reads after "the header".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectFault {
    /// There are none.
    #[error("is empty, but should be a JSON object")]
    Empty,
    /// They start with U+FEFF.
    #[error("starts with a byte order mark; leave it out")]
    ByteOrderMark,
    /// They are not UTF-8 at this byte, counted from 1.
    #[error("is not UTF-8 (octet {0} of its decoded form), but must be")]
    NotUtf8(usize),
    /// They are another JSON value.
    #[error("is not a JSON object, but must be")]
    NotAnObject,
    /// They are not JSON; the text names line and column, and repeats nothing of the input.
    #[error("is not JSON, but must be: {0}")]
    NotJson(String),
    /// They are JSON that is not read, for it goes beyond a limit.
    #[error("is JSON, but {} ({})", .0.limit, .0.place)]
    Beyond(Excess),
    /// This name is there twice, and that was to be refused.
    #[error("has the member {} twice", quoted(.0))]
    Repeated(String),
}

/// Reads bytes as one JSON object. The policy is for its own members: of repeated ones further
/// inside the last counts.
///
/// # Errors
///
/// If they are anything else.
pub fn object(bytes: &[u8], duplicates: Duplicates) -> Result<Map<String, Value>, ObjectFault> {
    let mut repeats =
        Repeats { take_first: duplicates == Duplicates::TakeFirst, ..Repeats::default() };
    let object = parse_object(bytes, &mut repeats)?;
    match repeats.outermost {
        Some(name) if duplicates == Duplicates::Refuse => Err(ObjectFault::Repeated(name)),
        _ => Ok(object),
    }
}

/// The names that some object inside of one has more than once, each told once; nothing if the
/// bytes are no JSON object that is read.
pub fn repeated_names(bytes: &[u8]) -> Vec<String> {
    let mut repeats = Repeats::default();
    match parse_object(bytes, &mut repeats) {
        Ok(_) => repeats.names,
        Err(_) => Vec::new(),
    }
}

fn parse_object(bytes: &[u8], repeats: &mut Repeats) -> Result<Map<String, Value>, ObjectFault> {
    if bytes.is_empty() {
        return Err(ObjectFault::Empty);
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(ObjectFault::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ObjectFault::NotUtf8(error.valid_up_to() + 1))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outer = Reading { repeats, is_outermost: true };
    let read = deserializer.deserialize_map(outer).and_then(|read| {
        deserializer.end()?;
        Ok(read)
    });
    match read {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ObjectFault::NotAnObject),
        Err(error) => Err(unread(text, &error)),
    }
}

/// Returns why a text is not read. The parser ends at the first limit; whether the text is JSON
/// depends on all of it.
fn unread(text: &str, error: &serde_json::Error) -> ObjectFault {
    let scan = Scan::new(text);
    match (scan.fault(), scan.excess()) {
        (Some(fault), _) if error.is_data() || scan.is_beyond() => {
            ObjectFault::NotJson(fault.to_string())
        }
        (Some(_), _) => ObjectFault::NotJson(error.to_string()),
        (None, _) if !text.trim_ascii_start().starts_with('{') => ObjectFault::NotAnObject,
        (None, Some(excess)) => ObjectFault::Beyond(excess),
        (None, None) => ObjectFault::NotAnObject,
    }
}

/// Repeated names, noted while a text is read. Escapes in names have been resolved by then, so
/// equal names are equal (RFC 7493 section 2.3).
#[derive(Default)]
struct Repeats {
    /// True if the outermost object keeps the first of them.
    take_first: bool,
    /// The first in the outermost object.
    outermost: Option<String>,
    /// All of them, at any depth.
    names: Vec<String>,
}

/// Reads a value, and notes repeated names.
struct Reading<'a> {
    repeats: &'a mut Repeats,
    is_outermost: bool,
}

impl Reading<'_> {
    fn inner(&mut self) -> Reading<'_> {
        Reading { repeats: self.repeats, is_outermost: false }
    }

    fn note(&mut self, name: &str) {
        if self.is_outermost && self.repeats.outermost.is_none() {
            self.repeats.outermost = Some(name.to_owned());
        }
        if !self.repeats.names.iter().any(|known| known == name) {
            self.repeats.names.push(name.to_owned());
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(self.inner())?;
            let is_repeated = object.contains_key(&name);
            if is_repeated {
                self.note(&name);
            }
            if !(is_repeated && self.is_outermost && self.repeats.take_first) {
                object.insert(name, value);
            }
        }
        Ok(Value::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self.inner())? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_objects_are_read() {
        let told = |bytes: &[u8]| object(bytes, Duplicates::Refuse).unwrap_err().to_string();
        let refused = |text: &str| told(text.as_bytes());
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
        assert!(refused(&deep).contains("nested deeper than 127 levels"));
        assert!(told(b"{\"a\":\"\xff\"}").contains("UTF-8"));
    }

    #[test]
    fn values_and_errors_are_those_of_serde_json() {
        let text = r#"{"a":[1,-2,1.5e3,18446744073709551616,true,null,"é\n"],"b":{"c":{},"c":[]}}"#;
        let read: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            object(text.as_bytes(), Duplicates::Refuse).unwrap(),
            *read.as_object().unwrap()
        );
        for wrong in ["{\"a\":[1,}", "{\"a\":{\"b\"}}", "{\"a\":NaN}", "{"] {
            let error = serde_json::from_str::<Map<String, Value>>(wrong).unwrap_err().to_string();
            let fault = object(wrong.as_bytes(), Duplicates::Refuse).unwrap_err();
            assert_eq!(fault, ObjectFault::NotJson(error), "{wrong}");
        }
    }

    #[test]
    fn json_beyond_a_limit_is_never_called_not_json() {
        let told =
            |text: &str| object(text.as_bytes(), Duplicates::Refuse).unwrap_err().to_string();
        for (text, fault) in [
            (
                "{\"a\":1e400}",
                "is JSON, but holds the number 1e400, which is beyond what a double can hold (line 1 \
                 column 6)",
            ),
            (
                "{\n\"a\":\"\\ud800\"}",
                "is JSON, but holds the lone surrogate U+D800, which is no character (line 2 column 6)",
            ),
            ("1e400", "is not a JSON object, but must be"),
            ("\"\\ud800\"", "is not a JSON object, but must be"),
            ("[1e400]", "is not a JSON object, but must be"),
            // What is beyond a limit does not make the rest JSON.
            ("{\"a\":1e400,}", "is not JSON, but must be: unexpected text at line 1 column 12"),
            ("{\"a\":1e400} x", "is not JSON, but must be: unexpected text at line 1 column 13"),
            ("[1,]", "is not JSON, but must be: unexpected text at line 1 column 4"),
        ] {
            assert_eq!(told(text), fault, "{text}");
        }
        let deep =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(object(deep(126).as_bytes(), Duplicates::Refuse).is_ok());
        for levels in [127, 200, 100_000] {
            let fault =
                "is JSON, but is nested deeper than 127 levels, the most that are read (line";
            assert!(told(&deep(levels)).starts_with(fault), "{levels}");
        }
        assert!(
            told(&"{\"a\":".repeat(1000)).starts_with("is not JSON, but must be: the text ends")
        );
    }

    #[test]
    fn the_first_or_the_last_can_be_taken() {
        let text = br#"{"a":1,"b":{"c":1,"c":2},"a":3}"#;
        let last = object(text, Duplicates::TakeLast).unwrap();
        assert_eq!((&last["a"], &last["b"]["c"]), (&3.into(), &2.into()));
        let first = object(text, Duplicates::TakeFirst).unwrap();
        assert_eq!((&first["a"], &first["b"]["c"]), (&1.into(), &2.into()));
    }

    #[test]
    fn repeated_names_are_found_at_any_depth() {
        let found = |text: &str| repeated_names(text.as_bytes());
        assert_eq!(found(r#"{"a":1,"b":{"a":2}}"#), [""; 0]);
        assert_eq!(found(r#"{"a":1,"\u0061":2,"a":null}"#), ["a"]);
        assert_eq!(found(r#"{"keys":[{"n":"x","n":"y"},true,1.5,-1]}"#), ["n"]);
        assert_eq!(found("[[["), [""; 0]);
    }
}
