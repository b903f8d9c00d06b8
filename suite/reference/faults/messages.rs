//! Faults in what is said when a token is refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::trust::Trust;
use crate::verifier::Refusal;
use crate::words::Reason;

/// The same words, with these behind them.
fn adding(refusal: Refusal, text: &str) -> Refusal {
    Refusal { message: format!("{} {text}", refusal.message), ..refusal }
}

pub(super) fn one_message(_: &str, _: &Trust, _: Refusal) -> Refusal {
    Refusal::saying("Could not verify token claim")
}

/// As a client sees it, a refresh might help each time.
pub(super) fn expired_like_forged(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    match refusal.reason {
        Some(Reason::Expired | Reason::SignatureInvalid) => Refusal::saying("the token is bad"),
        _ => refusal,
    }
}

pub(super) fn with_signature(token: &str, _: &Trust, refusal: Refusal) -> Refusal {
    let signature = token.rsplit('.').next().unwrap_or_default();
    adding(refusal, &format!("(signature {signature})"))
}

pub(super) fn with_stack_trace(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    adding(
        refusal,
        "\n    at verify (/srv/app/src/auth/verify.js:42:17)\n    at handle (node:http:1)",
    )
}

pub(super) fn with_path(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    adding(refusal, "(see /etc/orders/auth.yaml)")
}

pub(super) fn with_address(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    adding(refusal, "(keys from 10.20.0.7:8080)")
}

pub(super) fn with_issuers(_: &str, trust: &Trust, refusal: Refusal) -> Refusal {
    let issuers: Vec<&str> = trust.providers.iter().map(|it| it.issuer.as_str()).collect();
    adding(refusal, &format!("(configured: {})", issuers.join(", ")))
}

pub(super) fn in_a_page(token: &str, _: &Trust, refusal: Refusal) -> Refusal {
    let text = format!("<p>{} {}</p>", refusal.message, said_by(token));
    Refusal { message: text, bare: Some("text/html"), ..refusal }
}

pub(super) fn as_it_came(token: &str, _: &Trust, refusal: Refusal) -> Refusal {
    let text = format!("{} {}", refusal.message, said_by(token));
    Refusal { message: text, bare: Some("text/plain"), ..refusal }
}

/// The texts of a token's header and claims, unescaped.
fn said_by(token: &str) -> String {
    let mut texts = Vec::new();
    for segment in token.split('.').take(2) {
        let octets = URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
        let object: Map<String, Value> = serde_json::from_slice(&octets).unwrap_or_default();
        for value in object.values() {
            match value {
                Value::Array(items) => {
                    texts.extend(items.iter().filter_map(Value::as_str).map(str::to_owned))
                }
                Value::String(text) => texts.push(text.clone()),
                _ => {}
            }
        }
    }
    texts.join(" ")
}
