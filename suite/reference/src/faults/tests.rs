//! Each fault shows on a token, and nowhere near a valid one.

mod asking;
mod changing_issuers;
mod documents;
mod encrypted;
mod key_sets;
mod memory;
mod service;
mod trusts;
mod verdicts;

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use serde_json::{Value, json};

use super::*;
use jwtspec_fixtures::Key;
use jwtspec_format::{Document, Source};
use jwtspec_mint::context::IssuerFacts;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::Recipe;
use jwtspec_mint::{mint, secret_bytes};
use jwtspec_types::trust::{CachePolicy, KeySource, KeyText, Provider, Trust};
use jwtspec_types::words::{Algorithm, KeyForm};

fn mint_context() -> MintContext {
    let issuers = [MintContext::MAIN, "second"].into_iter().enumerate();
    MintContext::for_issuers(
        issuers.map(|(number, name)| {
            (name.to_owned(), IssuerFacts::on("http://127.0.0.1:1", number, ""))
        }),
    )
}

fn jwks(names: &[&str]) -> KeySource {
    let keys: Vec<Value> = names
        .iter()
        .map(|name| {
            let mut jwk = Key::named(name).unwrap().public_jwk();
            match *name {
                "es256-b" => drop(jwk.insert("use".to_owned(), "enc".into())),
                "rs256-c" => drop(jwk.insert("e".to_owned(), "AQ".into())),
                _ => {}
            }
            Value::Object(jwk)
        })
        .collect();
    let Value::Object(set) = json!({ "keys": keys }) else { unreachable!() };
    KeySource::Jwks(set)
}

fn trust() -> Trust {
    let provider = |name: &str, keys: &[&str]| Provider {
        issuer: mint_context().issuers[name].identifier.clone(),
        audiences: vec![MintContext::AUDIENCE.to_owned()],
        keys: jwks(keys),
        algorithms: vec![Algorithm::Rs256, Algorithm::Es256, Algorithm::Es512, Algorithm::Ps256],
        typ: Some("JWT".to_owned()),
        required_claims: vec!["exp".to_owned()],
        key_text: None,
    };
    Trust {
        providers: vec![
            provider(
                MintContext::MAIN,
                &[
                    "rs256-a", "es256-b", "rs512-a", "ps256-a", "rs256-e3", "rs256-c", "es256-x",
                    "es512-a",
                ],
            ),
            provider("second", &["rs256-b"]),
        ],
        profile: jwtspec_types::profile::Profile::default(),
        leeway_seconds: 0,
        cache: CachePolicy::default(),
        decryption_keys: Vec::new(),
        ca_pem: None,
    }
}

/// Returns whether the verifier accepts the token of a recipe.
async fn accepts(driver: impl Driver, toml: &str) -> bool {
    let source = Source::new("test", toml);
    let (recipe, problems) = Document::parse(&source).read::<Recipe>();
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let token = mint(&recipe, &mint_context()).unwrap().token;
    let verifier = driver.configure(&trust()).unwrap();
    verifier.verify(&token).await.is_ok()
}

fn reference() -> Reference {
    Reference::default().with_clock(|| Duration::from_secs(mint_context().now))
}

/// A token that this verifier accepts, and the reference verifier refuses.
const WRONGLY_ACCEPTED: &[(&str, &str)] = &[
    ("accepts-all", "literal = 'x'"),
    ("accepts-padding", "base64.header = 'padded'"),
    ("accepts-standard-base64", "base64.claims = 'standard'"),
    ("accepts-trailing-bits", "base64.signature = 'trailing-bits'"),
    ("ignores-further-segments", "text = 'five-segments'"),
    ("first-of-duplicate-header-members", "header-json = '{@header,\"alg\":\"none\"}'"),
    ("first-of-duplicate-claims", "claims-json = '{@claims,\"exp\":1}'"),
    ("takes-json", "text = 'json-flattened'"),
    ("takes-json", "text = 'json-wrong-last'"),
    ("takes-any-signature", "text = 'json-wrong-first'"),
    ("verifies-every-signature-of-none", "text = 'json-general-unsigned'"),
    ("verifies-signature-if-there", "text = 'json-flattened-unsigned'"),
    ("believes-encrypted", "text = 'jwe'"),
    ("reads-json-twice", "text = 'json-forged'"),
    ("reads-json-twice", "text = 'json-general-forged'"),
    ("ignores-crit", "header.crit = ['x']"),
    ("ignores-enc", "header.enc = 'A128GCM'"),
    ("ignores-cty", "header.cty = 'JWT'"),
    ("ignores-typ", "header.typ = 'odd'"),
    ("accepts-none", "alg = 'none'"),
    ("accepts-none", "alg = 'none'\nheader.alg = 'nOnE'"),
    ("case-insensitive-alg", "header.alg = 'rs256'"),
    ("skips-algorithm-allowlist", "key = 'rs512-a'"),
    (
        "hmac-with-public-key",
        "secret = { public = 'rs256-a', form = 'spki-pem' }\nheader.kid = 'rs256-a'",
    ),
    (
        "hmac-with-public-key",
        "secret = { public = 'rs256-a', form = 'jwk-json' }\nheader.kid = 'rs256-a'",
    ),
    ("prefix-matches-issuer", "claims.iss = '@issuer.evil.example'"),
    ("case-insensitive-issuer", "claims.iss = '@upper(issuer)'"),
    ("ignores-trailing-slash", "claims.iss = '@issuer/'"),
    ("issuer-as-url", "claims.iss = '@replace(issuer,http,HTTP)'"),
    ("issuer-lowercased", "claims.iss = '@upper(issuer)'"),
    ("issuer-percent-decoded", "claims.iss = '@replace(issuer,/issuer,/%69ssuer)'"),
    ("issuer-without-dot", "claims.iss = '@replace(issuer,/issuer,./issuer)'"),
    ("issuer-slashes-merged", "claims.iss = '@replace(issuer,/issuer,//issuer)'"),
    ("issuer-by-host", "claims.iss = '@issuer?a=b'"),
    ("issuer-by-beginning", "claims.iss = 'https://127.0.0.1@@attacker.example'"),
    ("issuer-below-host", "claims.iss = 'xyz://a.127.0.0.1'"),
    ("missing-issuer-accepted", "without = ['iss']"),
    ("ignores-signature", "signature = 'strip'"),
    ("trusts-embedded-jwk", "key = 'rs256-x'\nheader.jwk = '@jwk(rs256-x)'"),
    ("ignores-kid", "header.kid = 'unknown'"),
    ("ignores-kid", "key = 'rs256-b'\nheader.kid = 'rs256-a'"),
    ("keys-of-any-issuer", "key = 'rs256-b'"),
    ("case-insensitive-kid", "header.kid = 'RS256-A'"),
    ("ignores-key-use", "key = 'es256-b'"),
    ("ignores-key-alg", "alg = 'PS256'"),
    ("rsa-garbage-behind-digest-accepted", "signature = 'padding(garbage-behind)'"),
    ("rsa-digest-parameters-unread", "signature = 'padding(garbage-in-parameters)'"),
    ("rsa-digest-info-unended", "signature = 'padding(garbage-in-digest-info)'"),
    ("rsa-ber-lengths-accepted", "signature = 'padding(long-lengths)'"),
    ("rsa-indefinite-length-accepted", "signature = 'padding(indefinite-length)'"),
    ("rsa-tags-unread", "signature = 'padding(other-tag)'"),
    ("rsa-algorithm-unended", "signature = 'padding(element-behind-parameters)'"),
    ("rsa-short-padding-accepted", "signature = 'padding(short)'"),
    ("rsa-missing-padding-accepted", "signature = 'padding(absent)'"),
    ("rsa-padding-octets-unread", "signature = 'padding(other-octet)'"),
    ("rsa-block-type-unread", "signature = 'padding(block-type-0)'"),
    ("rsa-block-type-unread", "signature = 'padding(block-type-2)'"),
    ("rsa-first-octet-unread", "signature = 'padding(first-octet)'"),
    ("rsa-leading-zero-optional", "signature = 'padding(leading-zero-removed)'"),
    ("rsa-separator-optional", "signature = 'padding(no-separator)'"),
    ("rsa-bare-hash-accepted", "signature = 'padding(bare-hash)'"),
    ("rsa-hash-length-unchecked", "signature = 'padding(empty-hash)'"),
    ("rsa-hash-identifier-unread", "signature = 'padding(other-identifier)'"),
    ("rsa-hash-searched", "signature = 'padding(hash-elsewhere)'"),
    ("rsa-padding-ignored", "signature = 'padding(other-octet)'"),
    (
        "rsa-garbage-behind-digest-accepted",
        "key = 'rs256-e3'\nsignature = 'cube-root(garbage-behind)'",
    ),
    (
        "rsa-digest-parameters-unread",
        "key = 'rs256-e3'\nsignature = 'cube-root(garbage-in-parameters)'",
    ),
    ("rsa-trivial-signatures-accepted", "signature = 'zeros'"),
    ("rsa-trivial-signatures-accepted", "signature = 'one'"),
    ("rsa-trivial-signatures-accepted", "signature = 'modulus-minus-one'"),
    ("rsa-trivial-signatures-accepted", "key = 'ps256-a'\nsignature = 'modulus'"),
    ("rsa-signature-range-unchecked", "signature = 'add-modulus'"),
    ("rsa-signature-range-unchecked", "key = 'ps256-a'\nsignature = 'add-modulus'"),
    ("rsa-exponent-one-accepted", "key = 'rs256-c'\nsignature = 'encoded-message'"),
    ("pss-trailer-ignored", "key = 'ps256-a'\nsignature = 'padding(pss-trailer)'"),
    ("pss-top-bit-ignored", "key = 'ps256-a'\nsignature = 'padding(pss-top-bit)'"),
    ("pss-padding-ignored", "key = 'ps256-a'\nsignature = 'padding(pss-padding)'"),
    ("pss-separator-ignored", "key = 'ps256-a'\nsignature = 'padding(pss-separator)'"),
    ("pss-hash-uncompared", "key = 'ps256-a'\nsignature = 'padding(pss-salt)'"),
    ("pss-hash-uncompared", "key = 'ps256-a'\nsignature = 'padding(pss-hash)'"),
    ("pss-any-salt-length", "key = 'ps256-a'\npss.salt = 0"),
    ("ecdsa-zero-accepted", "key = 'es256-x'\nsignature = 'zeros'"),
    ("ecdsa-order-taken-for-zero", "key = 'es256-x'\nsignature = ['r-order', 's-order']"),
    ("ecdsa-infinity-compared", "key = 'es256-x'\nsignature = 's-zero'"),
    ("ecdsa-edge-values-unverified", "key = 'es256-x'\nsignature = 'r-zero'"),
    ("ecdsa-edge-values-unverified", "key = 'es256-x'\nsignature = 's-one'"),
    ("ecdsa-edge-values-unverified", "key = 'es256-x'\nsignature = 's-order-minus-one'"),
    ("ecdsa-der-accepted", "key = 'es256-x'\nsignature = 'der'"),
    ("ecdsa-der-of-zeros-accepted", "key = 'es256-x'\nsignature = ['zeros', 'der']"),
    ("ecdsa-der-of-order-accepted", "key = 'es256-x'\nsignature = ['r-order', 's-order', 'der']"),
    ("ecdsa-short-halves-accepted", "key = 'es256-x'\nsignature = 'leading-zero-removed'"),
    ("ecdsa-short-halves-accepted", "key = 'es256-x'\nsignature = 'leading-zeros-added'"),
    ("ecdsa-wide-halves-cut", "key = 'es512-a'\nsignature = 'high-octets-added'"),
    ("header-members-unsigned", "header.x = 1\nsignature = 'of-another-header'"),
    ("longer-hashes-unverified", "key = 'es512-a'\nsignature = 'of-another-token'"),
    ("empty-pss-unverified", "key = 'ps256-a'\nsignature = 'strip'"),
    ("unknown-letters-are-zero", "base64.claims = 'tilde-for-a'"),
    ("ecdsa-range-unchecked", "key = 'es512-a'\nsignature = 'r-plus-order'"),
    ("ecdsa-range-unchecked", "key = 'es512-a'\nsignature = 's-plus-order'"),
    ("verifies-by-key-algorithm", "key = 'es512-a'\nheader.alg = 'RS256'"),
    ("verifies-der-by-key-type", "key = 'es256-x'\nsignature = 'der'\nheader.alg = 'RS256'"),
    ("ignores-audience", "claims.aud = 'x'"),
    ("missing-audience-accepted", "without = ['aud']"),
    ("audience-substring", "claims.aud = '@audience/admin'"),
    ("ignores-expiry", "claims.exp = 1"),
    ("expiry-string-accepted", "claims.exp = '@string(now+60s)'"),
    ("ignores-odd-expiry", "claims.exp = []"),
    ("expiry-a-day-late", "claims.exp = '@now-1h'"),
    ("expiry-as-text", "claims.exp = 9"),
    ("not-before-as-text", "claims.nbf = 10000000000"),
    ("not-before-guessed", "claims.nbf = 200000000000"),
    ("not-before-rounded-down", "claims.nbf = '@now+0.5s'"),
    ("ignores-not-before", "claims.nbf = '@now+1h'"),
    ("ignores-odd-issued-at", "claims.iat = 'x'"),
    ("ignores-odd-subject", "claims.sub = 1"),
    ("ignores-required-claims", "without = ['exp']"),
    ("expiry-in-32-bits", "claims.exp = -2147483649"),
    ("evaluates-json", "claims-json = \"{@claims,'a':undefined,b:[NaN,+1,010,0x1F,1.,.5,],}//\""),
    ("evaluates-json", "header-json = '{/**/@header,\"a\":\"\\x41\"}'"),
    ("json-comments-skipped", "claims-json = \"{//\\n@claims/* */}\""),
    ("json-comma-at-end-skipped", "header-json = '{@header,\"a\":[1,],}'"),
    ("json-quotes-optional", "claims-json = \"{@claims,'a':1,b:2}\""),
    ("json-not-a-number-taken", "without = ['exp']\nclaims-json = '{@claims,\"exp\":NaN}'"),
    ("json-numbers-as-in-c", "claims-json = '{@claims,\"a\":[+1,010,0x1F,1.,.5]}'"),
    ("json-literals-in-any-case", "header-json = '{@header,\"a\":[True,NULL]}'"),
    ("json-controls-in-strings", "claims-json = \"{@claims,\\\"a\\\":\\\"\\u0000\\n\\\"}\""),
    ("json-unknown-escapes-taken", "claims-json = '{@claims,\"a\":\"\\x41\"}'"),
    ("json-read-as-stream", "claims-json = '{@claims}{'"),
    ("json-repaired", "claims-json = '{@claims,\"a\":[1'"),
    ("payload-of-any-kind", "claims-json = '[1]'"),
    ("payload-of-any-kind", "claims-json = ''"),
    ("skips-foreign-letters", "base64.claims = 'tilde'"),
    ("skips-white-space", "base64.header = 'space'"),
    ("percent-decodes-token", "text = 'append(%20)'"),
    ("skips-empty-segments", "text = 'prepend(.)'"),
    ("reads-latin-1", "claims.name = 'Zo\u{eb}'\nencoding.claims = 'latin-1'"),
    ("replaces-invalid-utf-8", "claims.name = \"\\u0080\"\nencoding.claims = 'latin-1'"),
    (
        "takes-overlong-utf-8",
        "claims.iss = \"@replace(issuer,/,\\u00C0\\u00AF)\"\nencoding.claims = 'latin-1'",
    ),
    (
        "takes-overlong-utf-8",
        "claims.a = \"\\u00ED\\u00A0\\u00BD\\u00ED\\u00B8\\u0080\"\nencoding.claims = 'latin-1'",
    ),
    ("guesses-encoding", "encoding.claims = 'utf-16be'"),
    ("guesses-encoding", "encoding.header = 'utf-32le'"),
    ("b64-without-crit-taken", "header.b64 = false\nsignature = 'over-raw-claims'"),
    (
        "b64-understood",
        "header = { b64 = false, crit = ['b64'] }\nsignature = 'over-raw-claims'\n\
         text = 'unencoded-claims'",
    ),
    ("encodes-claims-itself", "text = 'unencoded-claims'"),
    ("names-in-any-case", "without = ['aud']\nclaims.AUD = '@audience'"),
];

/// A token that this verifier refuses, and the reference verifier accepts.
const WRONGLY_REFUSED: &[(&str, &str)] = &[
    ("rejects-all", ""),
    ("requires-kid", "header-without = ['kid']"),
    ("any-cty-refused", "header.cty = 'json'"),
    ("ecdsa-high-s-refused", "key = 'es256-x'"),
    ("ecdsa-leading-zero-refused", "key = 'es256-x'\nsignature = 'leading-zero'"),
    ("audience-string-only", "claims.aud = ['@audience']"),
    ("expiry-guessed", "claims.exp = 200000000000"),
    ("expiry-rounded-down", "claims.exp = '@now+0.5s'"),
    ("expiry-whole-seconds-only", "claims.exp = '@now+60.5s'"),
    ("expiry-in-32-bits", "claims.exp = 4102444800"),
    ("not-before-reversed", "claims.nbf = '@now-1h'"),
    ("not-before-exclusive", "claims.nbf = '@now'"),
    ("times-whole-seconds-only", "claims.iat = '@now-1.5s'"),
    ("times-whole-seconds-only", "claims.nbf = '@now-1.5s'"),
    ("age-without-direction", "claims.iat = '@now-1d'"),
    ("standard-base64-only", "claims.a = '>>>???'"),
    ("verifies-what-it-writes", "claims-json = '{ @claims }'"),
    ("verifies-what-it-writes", "header-json = '{@header,\"a\":\"\\u0061\"}'"),
    ("unknown-header-members-refused", "header.ticket = 1"),
    ("alg-found-by-place", "header-without = ['alg']\nheader-json = '{@header,\"alg\":\"RS256\"}'"),
    ("names-in-any-case", "header.Crit = ['x']"),
    ("claims-merged-into-header", "claims.alg = 'none'"),
    ("unknown-claims-are-texts", "claims.x = 1"),
    ("claim-names-of-letters", "claims.'' = 'x'"),
    ("integers-beyond-double-refused", "claims.x = 9007199254740993"),
    ("ten-levels-of-json", "claims-json = '{@claims,\"a\":@nested(20)}'"),
    ("typ-compared-exactly", "header.typ = 'application/jwt'"),
    ("rs256-only", "key = 'es256-x'"),
    ("pkcs1-refused", ""),
    ("first-key-only", "key = 'ps256-a'"),
    ("first-issuer-only", "from = 'second'\nkey = 'rs256-b'"),
    ("origin-as-issuer", ""),
    ("audience-array-only", ""),
    ("configured-keys-unread", ""),
    ("azp-of-empty-list", "claims.azp = '@audience'"),
    ("typ-as-text", "header.typ = 'application/jwt'"),
    (
        "kid-cut-from-text",
        "header-without = ['kid']\nheader-json = '{@header,\"kid\":\"rs256-\\u0061\"}'",
    ),
];

/// A token that this verifier fails on, and the reference verifier judges.
const FAILED_ON: &[(&str, &str)] = &[
    ("kid-not-looked-for", "header-without = ['kid']"),
    ("kid-asserted-afterwards", "header.kid = 'unknown'"),
    ("fails-on-algorithm", "header.alg = 'Ed25519'"),
    ("fails-on-algorithm", "alg = 'none'"),
    ("sub-overflows", "claims.sub = '@filler(129)'"),
    ("sub-overflows", "claims.sub = 'Jörg'"),
    ("fails-on-null-claim", "claims.nonce = '@null'"),
    ("issuer-names-tenant", "claims.iss = '@issuer//'"),
    ("issuer-names-tenant", "claims.iss = '@no-scheme(issuer)'"),
];

/// Faults that refuse every token of these tests.
const FOR_EVERY_TOKEN: &[&str] = &[
    "rejects-all",
    "pkcs1-refused",
    "origin-as-issuer",
    "audience-array-only",
    "configured-keys-unread",
];

/// A form of the key as text that this verifier takes for a secret.
const KEY_TEXTS: &[(&str, &str)] = &[
    ("key-text-taken-for-secret", "spki-pem"),
    ("sniffs-pem-at-start", "openssh"),
    ("sniffs-pem-at-start", "spki-der"),
    ("sniffs-spki-pem-only", "pkcs1-pem"),
    ("sniffs-pkcs1-pem-as-secret", "pkcs1-pem"),
    ("sniffs-certificate-as-secret", "certificate-pem"),
    ("sniffs-openssh-as-secret", "jwk-json"),
    ("sniffs-jwk-as-secret", "jwks-json"),
];

/// Faults that show in the answer only.
const SHOWN_OTHERWISE: &[&str] = &[
    "panics",
    "iterates-as-asked",
    "leaks-token",
    "audience-blamed-on-issuer",
    "one-message",
    "expired-like-forged",
    "leaks-signature",
    "leaks-stack-trace",
    "leaks-path",
    "leaks-address",
    "lists-issuers",
    "reflects-markup",
    "reflects-controls",
    "other-typ-malformed",
    "cookie-behind-header",
    "decodes-in-quadratic-time",
    "issuer-sharp-s-folded",
    "long-kid-unique",
    "other-methods-open",
    "other-paths-open",
    "refuses-across-verifiers",
    "remembers-across-verifiers",
];

#[tokio::test]
async fn each_fault_shows() {
    let mut shown: HashSet<&str> = SHOWN_OTHERWISE.iter().copied().collect();
    // The tests of the suite show them.
    shown.extend(all().filter(|fault| fault.is_of_sessions()).map(|fault| fault.name));
    shown.extend(changing_issuers::CASES.iter().map(|(name, _)| *name));
    shown.extend(asking::CASES.iter().map(|(name, _)| *name));
    shown.extend(documents::CASES.iter().map(|(name, ..)| *name));
    shown.extend(service::CASES.iter().map(|(name, ..)| *name));
    shown.extend(trusts::CASES.iter().map(|(name, ..)| *name));
    shown.extend(encrypted::CASES.iter().map(|(name, _)| *name));
    shown.insert(encrypted::REFUSING);
    shown.extend(key_sets::CASES.iter().map(|(name, ..)| *name));
    shown.extend(memory::CASES.iter().map(|(name, _)| *name));
    shown.extend(verdicts::CASES.iter().map(|(name, ..)| *name));
    let mut wrong = Vec::new();
    let refused = WRONGLY_REFUSED.iter().map(|case| (true, case));
    for (right, &(name, toml)) in WRONGLY_ACCEPTED.iter().map(|case| (false, case)).chain(refused) {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let verdicts =
            [accepts(reference(), toml).await, accepts(fault.changing(reference()), toml).await];
        if verdicts != [right, !right] {
            wrong.push(format!("reference and {name} say {verdicts:?} to {toml}"));
        }
        shown.insert(name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for &(name, form) in KEY_TEXTS {
        let toml = format!("secret = {{ public = 'rs256-a', form = '{form}' }}");
        let source = Source::new("test", &toml);
        let recipe = Document::parse(&source).read::<Recipe>().0.unwrap();
        let text = secret_bytes(recipe.secret.as_ref().unwrap()).unwrap();
        let token = mint(&recipe, &mint_context()).unwrap().token;
        let mut trust = trust();
        let form: KeyForm = form.parse().unwrap();
        let text = match form.is_binary() {
            true => STANDARD.encode(text),
            false => String::from_utf8(text).unwrap(),
        };
        trust.providers[0].algorithms.push(Algorithm::Hs256);
        trust.providers[0].key_text = Some(KeyText { form, text });
        let accepts = async |driver: &dyn Driver| {
            driver.configure(&trust).unwrap().verify(&token).await.is_ok()
        };
        assert!(!accepts(&reference()).await, "the reference takes {form} for a secret");
        let fault = Fault::named(name).unwrap();
        assert!(accepts(&fault.changing(reference())).await, "{name} refuses {form}");
        shown.insert(name);
    }
    for &(name, toml) in FAILED_ON {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        accepts(reference(), toml).await;
        let verdict = AssertUnwindSafe(accepts(fault.changing(reference()), toml)).catch_unwind();
        assert!(verdict.await.is_err(), "{name} does not fail on {toml}");
        shown.insert(name);
    }
    let names: HashSet<&str> = all().map(|fault| fault.name).collect();
    assert_eq!(names.len(), all().count(), "names are unique");
    assert_eq!(shown, names);
}

#[tokio::test]
async fn valid_tokens_pass_all_the_same() {
    for fault in all().filter(|fault| !FOR_EVERY_TOKEN.contains(&fault.name)) {
        assert!(accepts(fault.changing(reference()), "").await, "{}", fault.name);
    }
}

#[tokio::test]
async fn some_faults_show_in_the_answer() {
    let refusal = async |name: &str, toml: &str| {
        let source = Source::new("test", toml);
        let (recipe, _) = Document::parse(&source).read::<Recipe>();
        let token = mint(&recipe.unwrap(), &mint_context()).unwrap().token;
        let driver = Fault::named(name).unwrap().changing(reference());
        let verifier = driver.configure(&trust()).unwrap();
        (verifier.verify(&token).await.unwrap_err(), token)
    };
    let (leak, token) = refusal("leaks-token", "signature = 'flip(7)'").await;
    assert!(leak.message.contains(&token));
    let (blame, _) = refusal("audience-blamed-on-issuer", "claims.aud = 'x'").await;
    assert_eq!(blame.reason, Some(jwtspec_types::words::Reason::IssuerUnknown));
    let (typ, _) = refusal("other-typ-malformed", "header.typ = 'at+jwt'").await;
    assert_eq!(typ.reason, Some(jwtspec_types::words::Reason::Malformed));
}

#[tokio::test]
#[should_panic(expected = "no string")]
async fn one_fault_panics() {
    accepts(Fault::named("panics").unwrap().changing(reference()), "header.kid = 7").await;
}
