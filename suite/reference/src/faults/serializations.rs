//! Faults in taking the JSON serialisations of RFC 7515 section 7.2, which are no JWT.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::{Fault, verified, wrapping};
use jwtspec_driver::{Refusal, Verifier};

pub(super) const FAULTS: &[Fault] = &[
    wrapping("takes-json", "takes the JSON serialisations by their first signature", |inner| {
        Arc::new(Serialized { inner, rule: Rule::First })
    })
    .caught_by(&[
        "compact/json-flattened",
        "compact/json-general",
        "compact/json-general-wrong-signature-last",
    ]),
    wrapping("takes-any-signature", "takes JSON with one right signature of several", |inner| {
        Arc::new(Serialized { inner, rule: Rule::Any })
    })
    .caught_by(&["compact/json-general-wrong-signature-first"]),
    wrapping("verifies-every-signature-of-none", "takes JSON without signatures", |inner| {
        Arc::new(Serialized { inner, rule: Rule::All })
    })
    .caught_by(&["compact/json-general-without-signatures"]),
    wrapping("verifies-signature-if-there", "takes JSON that lacks `signature`", |inner| {
        Arc::new(Serialized { inner, rule: Rule::IfThere })
    })
    .caught_by(&["compact/json-flattened-without-signature"]),
    wrapping("reads-json-twice", "verifies JSON, and takes claims from between periods", |inner| {
        Arc::new(Serialized { inner, rule: Rule::BetweenPeriods })
    })
    .caught_by(&[
        "compact/json-flattened-with-other-claims",
        "compact/json-general-with-other-claims",
    ]),
];

/// Which signatures must be right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    First,
    Any,
    All,
    IfThere,
    /// The first, and the claims are those of a compact reading.
    BetweenPeriods,
}

/// A verifier that reads JSON, too.
struct Serialized {
    inner: Arc<dyn Verifier>,
    rule: Rule,
}

impl Serialized {
    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        let inner = async |token: &str| verified(&*self.inner, token, now).await;
        let Ok(json) = serde_json::from_str::<Map<String, Value>>(token) else {
            return inner(token).await;
        };
        let text = |object: &Map<String, Value>, member: &str| {
            object.get(member).and_then(Value::as_str).map(str::to_owned)
        };
        let payload = text(&json, "payload").unwrap_or_default();
        let signatures: Vec<Map<String, Value>> = match json.get("signatures") {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_object).cloned().collect(),
            _ => vec![json.clone()],
        };
        let mut verdicts = Vec::new();
        for one in &signatures {
            let header = text(one, "protected").unwrap_or_default();
            verdicts.push(match text(one, "signature") {
                None if self.rule == Rule::IfThere => Ok(claims(&payload)),
                signature => {
                    let signature = signature.unwrap_or_default();
                    inner(&format!("{header}.{payload}.{signature}")).await
                }
            });
        }
        match self.rule {
            Rule::Any => verdicts.sort_by_key(Result::is_err),
            Rule::All => verdicts.sort_by_key(Result::is_ok),
            _ => {}
        }
        let verdict = match verdicts.into_iter().next() {
            Some(verdict) => verdict,
            None if self.rule == Rule::All => Ok(claims(&payload)),
            None => inner(token).await,
        };
        match (self.rule, token.split('.').nth(1)) {
            (Rule::BetweenPeriods, Some(middle)) => verdict.map(|_| claims(middle)),
            // It finds no claims.
            (Rule::BetweenPeriods, None) => inner(token).await,
            _ => verdict,
        }
    }
}

fn claims(segment: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

verifies!(Serialized);
