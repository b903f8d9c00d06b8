//! The claims that a verifier hands to the application × those that were signed.

use serde_json::Value;

use crate::event::ClaimsFault;
use crate::target::Answer;
use jwtspec_jose::{Compact, Part, Tolerance};

/// Returns what differs between the signed claims and those in the body of the answer, if anything.
///
/// A token whose claims cannot be read is judged elsewhere.
pub(crate) fn claims_fault(token: &str, answer: &Answer) -> Option<ClaimsFault> {
    let signed = Compact::new(token).bytes(Part::Claims, Tolerance::NONE)?;
    let signed: Value = serde_json::from_slice(&signed).ok()?;
    let Ok(handed) = serde_json::from_str::<Value>(&answer.body) else {
        return Some(ClaimsFault::NotJson);
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
}
