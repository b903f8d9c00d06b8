//! Faults that show under another trust, or by a panic.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::*;
use jwtspec_types::words::{KeyForm, Reason};

/// A change of the trust.
type Change = fn(&mut Trust);

/// A fault, a change of the trust and a token that the fault judges in another way than the
/// reference.
pub(super) const CASES: &[(&str, Change, &str)] = &[
    ("segment-count-unhandled", AS_IT_IS, "text = 'one-segment'"),
    ("base64-unhandled", AS_IT_IS, "base64.claims = 'trailing-bits'"),
    ("json-unhandled", AS_IT_IS, "text = 'empty-claims'"),
    ("depth-unhandled", AS_IT_IS, "header-json = '{@header,\"a\":@nested(1000)}'"),
    ("surrogate-unhandled", AS_IT_IS, "claims-json = '{@claims,\"a\":\"\\ud800\"}'"),
    ("number-unhandled", AS_IT_IS, "claims-json = '{@claims,\"a\":18446744073709551616}'"),
    ("number-unhandled", AS_IT_IS, "claims-json = '{@claims,\"a\":-1e400}'"),
    ("long-token-unhandled", AS_IT_IS, "claims.a = '@filler(8000)'"),
    ("prototype-unhandled", AS_IT_IS, "claims.__proto__ = 'x'"),
    ("jti-unhandled", AS_IT_IS, "claims.jti = '@null'"),
    ("missing-times-unhandled", AS_IT_IS, "without = ['iat']"),
    ("crit-unhandled", AS_IT_IS, "header.crit = []"),
    ("b64-without-crit-unhandled", AS_IT_IS, "header.b64 = true"),
    ("typ-unhandled", AS_IT_IS, "header.typ = 1"),
    ("header-keys-unhandled", AS_IT_IS, "header.jwk = '@jwk(rs256-a)'"),
    ("dates-unhandled", AS_IT_IS, "claims-json = '{@claims,\"nbf\":-1e400}'"),
    ("dates-unhandled", AS_IT_IS, "claims.iat = -1"),
    ("lifetime-without-sign", WITH_LEEWAY, "claims.exp = '@now-60s'"),
    ("age-without-sign", WITH_LEEWAY, "claims.nbf = '@now+60s'"),
    ("age-without-sign", AS_IT_IS, "claims.iat = '@now+1s'"),
    ("leeway-subtracted", WITH_LEEWAY, "claims.exp = '@now+30s'"),
    ("leeway-subtracted", WITH_LEEWAY, "claims.nbf = '@now-30s'"),
    ("rsa-absent-parameters-unhandled", AS_IT_IS, "signature = 'padding(parameters-absent)'"),
    ("es256k-on-p256", WITH_ES256K, "key = 'es256k-a'"),
    ("es256k-high-s-unhandled", WITH_ES256K, "key = 'es256k-a'\nsignature = 'negate-s'"),
    ("typ-required", WITHOUT_TYP, "header.typ = 'jwt'"),
    ("enc-needs-decryption-key", AS_IT_IS, "header.enc = 'A128GCM'"),
    ("jwk-text-unread", WITH_JWK_TEXT, ""),
];

const AS_IT_IS: Change = |_| {};
const WITH_LEEWAY: Change = |trust| trust.leeway_seconds = 60;
const WITHOUT_TYP: Change = |trust| trust.providers[0].typ = None;
const WITH_ES256K: Change = |trust| {
    trust.providers[0].algorithms.push(Algorithm::Es256k);
    trust.providers[0].keys = jwks(&["es256k-a"]);
};
const WITH_JWK_TEXT: Change = |trust| {
    let text = Value::Object(Key::named("rs256-a").unwrap().public_jwk()).to_string();
    trust.providers[0].key_text = Some(KeyText { form: KeyForm::JwkJson, text });
};

/// Returns the reason of a refusal, or that the token is accepted; nothing if the verifier panics.
async fn verdict(
    driver: impl Driver,
    change: Change,
    toml: &str,
) -> Option<Result<(), Option<Reason>>> {
    let mut trust = trust();
    change(&mut trust);
    let source = Source::new("test", toml);
    let (recipe, problems) = Document::parse(&source).read::<Recipe>();
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let token = mint(&recipe, &mint_context()).unwrap().token;
    let verifier = driver.configure(&trust).unwrap();
    let verdict = AssertUnwindSafe(verifier.verify(&token)).catch_unwind().await.ok()?;
    Some(verdict.map(|_| ()).map_err(|refusal| refusal.reason))
}

#[tokio::test]
async fn each_fault_comes_to_another_verdict() {
    let mut wrong = Vec::new();
    for &(name, change, toml) in CASES {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let right = verdict(reference(), change, toml).await;
        let faulty = verdict(fault.changing(reference()), change, toml).await;
        if right.is_none() || right == faulty {
            wrong.push(format!("reference and {name} say {right:?} and {faulty:?} to {toml}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
