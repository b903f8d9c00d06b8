//! Issuers whose tokens are wrong.

use jwtspec_advice::lint::TokenSource;
use serde_json::{Value, json};

use super::case::Row;
use super::check;

pub(crate) const CASES: &[Row] = &[
    (&["token-form"], |case| {
        case.options.token = Some(TokenSource::Given("opaque".to_owned()));
    }),
    (&["token-form"], |case| case.token("header-json = '{\"alg\":\"RS256\",\"alg\":\"RS256\"}'")),
    (&["token-limits"], |case| case.token("claims-json = '{@claims,\"x\":1e400}'")),
    (&["token-alg"], |case| case.token("alg = \"none\"")),
    (&["token-alg"], |case| case.token("key = \"hs256-a\"")),
    (&["token-alg-unadvertised", "discovery-alg-unadvertised"], |case| {
        case.issuer.use_keys(&["es256-a", "rs256-a"]);
        case.issuer.set_discovery("id_token_signing_alg_values_supported", json!(["RS256"]));
        case.token("");
    }),
    (&["token-kid"], |case| {
        case.issuer.use_keys(&["rs256-a", "rs256-b"]);
        case.token("header-without = [\"kid\"]");
    }),
    (&["token-kid-absent"], |case| case.token("header-without = [\"kid\"]")),
    (&["token-kid-published"], |case| case.token("key = \"rs256-b\"")),
    (&["token-key", "key-use-absent", "key-ops", "discovery-alg-without-key"], |case| {
        case.token("");
        case.issuer.set_key("use", Value::Null);
        case.issuer.set_key("key_ops", json!(["sign"]));
    }),
    // Registered by RFC 9864, after most libraries were written.
    (&[], |case| {
        case.issuer.use_keys(&["eddsa-a", "rs256-a"]);
        case.token("key = \"eddsa-a\"\nheader.alg = \"Ed25519\"");
    }),
    (&["discovery-alg-unadvertised", "discovery-alg-without-key"], |case| {
        case.issuer.use_keys(&["eddsa-a", "rs256-a"]);
        case.token("key = \"eddsa-a\"");
        case.issuer.set_key("alg", json!("Ed25519"));
    }),
    (&["token-signature"], |case| case.token("signature = \"flip(3)\"")),
    (&["token-signature"], |case| case.token("key = \"rs256-b\"\nheader.kid = \"rs256-a\"")),
    (&["token-iss"], |case| case.token("claims.iss = \"https://other.example\"")),
    (&["token-iss"], |case| case.token("claims.iss = \"@issuer/\"")),
    (&["token-iss"], |case| case.token("without = [\"iss\"]")),
    (&["token-typ"], |case| case.token("header-without = [\"typ\"]")),
    (&["token-typ"], |case| case.token("header.typ = \"Bearer\"")),
    (&[], |case| case.token("header.typ = \"at+jwt\"")),
    (&["token-header-keys"], |case| case.token("header.jku = \"https://a.example\"")),
    (&["token-crit"], |case| case.token("header.crit = [\"x\"]")),
    (&["token-times"], |case| case.token("claims.exp = \"1800000000\"")),
    (&["token-times"], |case| case.token("claims.exp = 1800000000000")),
    (&["token-exp-absent"], |case| case.token("without = [\"exp\"]")),
    (&["token-expired"], |case| {
        case.token("claims.exp = \"@now-60s\"\nclaims.iat = \"@now-600s\"");
    }),
    (&["token-lifetime"], |case| case.token("claims.exp = \"@now+7d\"")),
    (&["token-lifetime"], |case| case.token("claims.exp = \"@now+30s\"")),
    (&["token-iat-absent"], |case| case.token("without = [\"iat\"]")),
    (&["token-future"], |case| case.token("claims.iat = \"@now+60s\"")),
    (&["token-future"], |case| case.token("claims.nbf = \"@now+60s\"")),
    (&["token-aud-absent"], |case| case.token("without = [\"aud\"]")),
    (&["token-aud-form"], |case| case.token("claims.aud = 7")),
    (&["token-aud-form"], |case| case.token("claims.aud = []")),
    (&["token-aud-array"], |case| case.token("claims.aud = [\"@audience\"]")),
    (&["token-aud"], |case| {
        case.token("");
        case.options.audience = Some("https://other.example".to_owned());
    }),
    (&["token-sub"], |case| case.token("without = [\"sub\"]")),
    (&["token-sub"], |case| case.token("claims.sub = 7")),
    (&["token-jti"], |case| case.token("without = [\"jti\"]")),
    (&["token-size"], |case| case.token(&format!("claims.x = \"{}\"", "x".repeat(9000)))),
];

#[tokio::test]
async fn wrong_tokens_are_found() {
    check(CASES).await;
}
