//! Faults in the words of a refusal.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::{Fault, as_before, changed, message_fault, wrong_check};
use crate::{Check, Objection};
use jwtspec_driver::{Refusal, Verifier};
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Reason;

/// The topics of scenarios that are about messages.
const MESSAGES: &[&str] = &["message", "bearer"];

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("leaks-token", "repeats the token in its refusal", LEAKING)
        .caught_by(&["message/changed-claims", "message/signature-of-attacker"])
        .proving_only(MESSAGES),
    message_fault("one-message", "refuses every token with the same words", one_message)
        .uncaught("that causes are not told apart is graded, not failed: see its figures"),
    message_fault(
        "expired-like-forged",
        "says the same of an expired token and of a forged one",
        expired_like_forged,
    )
    .uncaught("graded too"),
    message_fault("leaks-signature", "repeats the signature in its refusal", with_signature)
        .caught_by(&["message/changed-claims", "message/expired-a-year-ago"])
        .proving_only(MESSAGES),
    message_fault("leaks-stack-trace", "shows where in its code it refuses", with_stack_trace)
        .caught_by(&["message/a-word", "message/expired-a-year-ago"])
        .proving_only(MESSAGES),
    message_fault("leaks-path", "names a file of its machine", with_path)
        .caught_by(&["message/a-word", "message/expired-a-year-ago"])
        .proving_only(MESSAGES),
    message_fault("leaks-address", "names an address behind the firewall", with_address)
        .caught_by(&["message/a-word", "message/expired-a-year-ago"])
        .proving_only(MESSAGES),
    message_fault("lists-issuers", "names every configured issuer when it refuses", with_issuers)
        .caught_by(&["message/unknown-issuer"])
        .proving_only(MESSAGES),
    message_fault("reflects-markup", "puts the token's texts into a page as they are", in_a_page)
        .unescaped("text/html")
        .caught_by(&["message/markup-in-kid"])
        .proving_only(MESSAGES),
    message_fault("reflects-controls", "hands the token's texts back as they are", as_it_came)
        .unescaped("text/plain")
        .caught_by(&["message/terminal-escapes-in-kid"])
        .proving_only(MESSAGES),
];

/// A change of a refusal to this token under this trust.
pub(super) type Rephrase = fn(&str, &Trust, Refusal) -> Refusal;

/// A verifier whose refusals have other words.
pub(super) struct Rephrased {
    pub(super) verifier: Arc<dyn Verifier>,
    pub(super) trust: Trust,
    pub(super) rephrase: Rephrase,
}

impl Verifier for Rephrased {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        let rephrase = move |refusal| (self.rephrase)(token, &self.trust, refusal);
        self.verifier.verify(token).map(move |verdict| verdict.map_err(rephrase)).boxed()
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        let rephrase = move |refusal| (self.rephrase)(token, &self.trust, refusal);
        self.verifier.verify_at(token, now).map(move |verdict| verdict.map_err(rephrase)).boxed()
    }
}

const LEAKING: Check = changed("signature", |examination| {
    as_before("signature", examination).map_err(|_| {
        Objection::because(
            Reason::SignatureInvalid,
            format!("the signature of {} is wrong", examination.token),
        )
    })
});

/// The same words, with these behind them.
fn adding(mut refusal: Refusal, text: &str) -> Refusal {
    refusal.message = format!("{} {text}", refusal.message);
    refusal
}

fn one_message(_: &str, _: &Trust, _: Refusal) -> Refusal {
    Refusal::saying("Could not verify token claim")
}

/// As a client sees it, a refresh might help each time.
fn expired_like_forged(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    match refusal.reason {
        Some(Reason::Expired | Reason::SignatureInvalid) => Refusal::saying("the token is bad"),
        _ => refusal,
    }
}

fn with_signature(token: &str, _: &Trust, refusal: Refusal) -> Refusal {
    let signature = token.rsplit('.').next().unwrap_or_default();
    adding(refusal, &format!("(signature {signature})"))
}

fn with_stack_trace(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    adding(
        refusal,
        "\n    at verify (/srv/app/src/auth/verify.js:42:17)\n    at handle (node:http:1)",
    )
}

fn with_path(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    adding(refusal, "(see /etc/orders/auth.yaml)")
}

fn with_address(_: &str, _: &Trust, refusal: Refusal) -> Refusal {
    adding(refusal, "(keys from 10.20.0.7:8080)")
}

fn with_issuers(_: &str, trust: &Trust, refusal: Refusal) -> Refusal {
    let issuers: Vec<&str> = trust.providers.iter().map(|it| it.issuer.as_str()).collect();
    adding(refusal, &format!("(configured: {})", issuers.join(", ")))
}

fn in_a_page(token: &str, _: &Trust, mut refusal: Refusal) -> Refusal {
    refusal.message = format!("<p>{} {}</p>", refusal.message, texts_of(token));
    refusal
}

fn as_it_came(token: &str, _: &Trust, refusal: Refusal) -> Refusal {
    adding(refusal, &texts_of(token))
}

/// The texts of a token's header and claims, unescaped.
fn texts_of(token: &str) -> String {
    let mut texts = Vec::new();
    for segment in token.split('.').take(2) {
        let bytes = URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
        let object: Map<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
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
