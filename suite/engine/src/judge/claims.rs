//! The claims that a verifier hands to the application × those that were signed.

use serde_json::Value;

use crate::event::ClaimsFault;
use crate::target::Answer;
use jwtspec_jose::{Compact, Part, Tolerance, excess};

/// Returns what differs between the signed claims and those in the body of the answer, if anything.
///
/// A token whose claims cannot be read is judged elsewhere. A body that is JSON beyond the limits of
/// the reader here is not judged: that it cannot be compared is no fault of the verifier.
pub(crate) fn claims_fault(token: &str, answer: &Answer) -> Option<ClaimsFault> {
    let signed = Compact::new(token).bytes(Part::Claims, Tolerance::NONE)?;
    let signed: Value = serde_json::from_slice(&signed).ok()?;
    let Ok(handed) = serde_json::from_str::<Value>(&answer.body) else {
        let is_beyond = excess(answer.body.as_bytes()).is_some();
        return if is_beyond { None } else { Some(ClaimsFault::NotJson) };
    };
    difference(&signed, &handed, "claims")
}

fn difference(signed: &Value, handed: &Value, place: &str) -> Option<ClaimsFault> {
    let at = |name: &str| format!("{place}.{name}");
    match (signed, handed) {
        (Value::Object(signed), Value::Object(handed)) => {
            let lost = signed.keys().find(|name| !handed.contains_key(*name));
            if let Some(name) = lost {
                return Some(ClaimsFault::Lost(at(name)));
            }
            let added = handed.keys().find(|name| !signed.contains_key(*name));
            if let Some(name) = added {
                return Some(ClaimsFault::Added(at(name)));
            }
            signed.iter().find_map(|(name, value)| difference(value, handed.get(name)?, &at(name)))
        }
        (Value::Array(signed), Value::Array(handed)) if signed.len() == handed.len() => {
            let mut pairs = signed.iter().zip(handed).enumerate();
            pairs.find_map(|(at, (one, other))| difference(one, other, &format!("{place}[{at}]")))
        }
        // `1.0` and `1` are the same number (RFC 8259 section 6), whatever a language prints.
        (Value::Number(signed), Value::Number(handed)) if signed.as_f64() == handed.as_f64() => {
            None
        }
        _ if signed == handed => None,
        _ => Some(ClaimsFault::Changed {
            place: place.to_owned(),
            signed: signed.clone(),
            handed: handed.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(signed: &str, handed: &str) -> Option<String> {
        let token = format!("e30.{}.", jwtspec_jose::encode(signed));
        let answer = Answer { status: 200, headers: Vec::new(), body: handed.to_owned() };
        claims_fault(&token, &answer).map(|fault| fault.to_string())
    }

    #[test]
    fn claims_are_compared_as_json_values() {
        assert_eq!(fault(r#"{"a":1.0,"b":[{"c":"x"}]}"#, r#"{"b":[{"c":"x"}],"a":1}"#), None);
        let lost = fault(r#"{"a":1,"b":2}"#, r#"{"a":1}"#).unwrap();
        assert_eq!(lost, "`claims.b` was signed and is not handed over");
        let added = fault(r#"{"a":1}"#, r#"{"a":1,"admin":true}"#).unwrap();
        assert_eq!(added, "`claims.admin` is handed over and was not signed");
        let other = fault(r#"{"a":[1,{"b":"x"}]}"#, r#"{"a":[1,{"b":"y"}]}"#).unwrap();
        assert_eq!(other, r#"`claims.a[1].b` was signed as "x" and is handed over as "y""#);
        assert!(fault("{}", "fine").is_some());
        assert_eq!(fault("not JSON", "fine"), None);
    }

    #[test]
    fn claims_that_only_this_reader_cannot_read_are_no_finding() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        let beyond = ["{\"a\":1e400}", "{\"a\":\"\\ud800\"}", &nested(200), &nested(100_000)];
        for text in beyond {
            assert_eq!(fault("{\"a\":1}", text), None, "{text}");
            assert_eq!(fault(text, "{\"a\":1}"), None, "{text}");
            assert_eq!(fault(text, text), None, "{text}");
        }
        let not_json = ClaimsFault::NotJson.to_string();
        for text in ["", "{\"a\":1,}", "{\"a\":1e400", "{\"a\":1e400}}", "\u{feff}{\"a\":1}", "NaN"]
        {
            assert_eq!(fault("{\"a\":1}", text).as_ref(), Some(&not_json), "{text}");
        }
        assert_eq!(fault("{\"a\":1}", "{\"a\":2,\"a\":1}"), None);
    }
}
