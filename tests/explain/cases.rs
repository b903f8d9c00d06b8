//! The table of broken tokens.

use jwtspec::{Key, Setting};
use serde_json::json;

use crate::world::{World, content_type, page};

/// A small difference from the valid token, and what is said of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The difference in the token.
    pub(crate) recipe: &'static str,
    /// The difference in everything else.
    pub(crate) change: fn(&mut World),
    pub(crate) said: Said,
}

pub(crate) enum Said {
    /// It is refused: reason, near miss, side.
    Cause(&'static str, &'static str, &'static str),
    /// It is refused, and no near miss is to blame: reason, side.
    General(&'static str, &'static str),
    /// It is accepted, with this near miss and side.
    Noticed(&'static str, &'static str),
}

use Said::{Cause, General, Noticed};

const fn case(
    name: &'static str,
    recipe: &'static str,
    change: fn(&mut World),
    said: Said,
) -> Case {
    Case { name, recipe, change, said }
}

fn nothing(_: &mut World) {}

fn literal(world: &mut World, wrap: fn(&str) -> String) {
    world.wrap = wrap;
}

const MALFORMED: &str = "malformed";
const UNKNOWN: &str = "issuer-unknown";
const MISMATCH: &str = "audience-mismatch";
const UNAVAILABLE: &str = "keys-unavailable";

pub(crate) const CASES: &[Case] = &[
    // No JWT at all.
    case("empty", "", |w| literal(w, |_| String::new()), Cause(MALFORMED, "token-absent", "token")),
    case(
        "undefined",
        "",
        |w| literal(w, |_| "Bearer undefined".into()),
        Cause(MALFORMED, "placeholder", "token"),
    ),
    case(
        "variable",
        "",
        |w| literal(w, |_| "curl -H \"Authorization: Bearer $TOKEN\" http://x".into()),
        Cause(MALFORMED, "placeholder", "token"),
    ),
    case(
        "basic",
        "",
        |w| literal(w, |_| "Authorization: Basic dTpw".into()),
        Cause(MALFORMED, "scheme-not-bearer", "token"),
    ),
    case(
        "iron-session",
        "",
        |w| literal(w, |_| "Cookie: session=Fe26.2*1*0b0c*aa*bb**cc*dd~2".into()),
        Cause(MALFORMED, "iron-session", "token"),
    ),
    case(
        "signed-cookie",
        "",
        |w| literal(w, |_| "s:abcdef.abcdefghijklmnop".into()),
        Cause(MALFORMED, "signed-cookie", "token"),
    ),
    case(
        "paseto",
        "",
        |w| literal(w, |_| "v4.public.eyJzdWIiOiJhIn0xyz".into()),
        Cause(MALFORMED, "paseto", "token"),
    ),
    case(
        "google",
        "",
        |w| literal(w, |_| "ya29.a0AfH6SMBx".into()),
        Cause(MALFORMED, "google-opaque", "token"),
    ),
    case(
        "github",
        "",
        |w| literal(w, |_| "ghp_16C7e42F292c6912E7710c838347Ae178B4a".into()),
        Cause(MALFORMED, "github-token", "token"),
    ),
    case(
        "slack",
        "",
        |w| literal(w, |_| "xoxb-123-456-abc".into()),
        Cause(MALFORMED, "slack-token", "token"),
    ),
    case(
        "api-key",
        "",
        |w| literal(w, |_| ["sk", "_live_abc"].concat()),
        Cause(MALFORMED, "api-key", "token"),
    ),
    case(
        "uuid",
        "",
        |w| literal(w, |_| "0b6d1c1e-6c1f-4a8e-9a53-0d2d0e2c7f11".into()),
        Cause(MALFORMED, "session-id", "token"),
    ),
    case(
        "opaque",
        "",
        |w| literal(w, |_| "Zm9vYmFyYmF6cXV4MTIz".into()),
        Cause(MALFORMED, "opaque-token", "token"),
    ),
    // JWTs in another form.
    case(
        "bearer-twice",
        "",
        |w| literal(w, |t| format!("Authorization: Bearer Bearer {t}")),
        Cause(MALFORMED, "bearer-doubled", "token"),
    ),
    case(
        "quotes",
        "",
        |w| literal(w, |t| format!("Authorization: Bearer \"{t}\"")),
        Cause(MALFORMED, "token-in-quotes", "token"),
    ),
    case(
        "url-encoded",
        "",
        |w| literal(w, |t| t.replace('.', "%2E")),
        Cause(MALFORMED, "token-url-encoded", "token"),
    ),
    case(
        "encrypted",
        "text = \"five-segments\"",
        nothing,
        Cause(MALFORMED, "token-encrypted", "issuer"),
    ),
    case(
        "authjs",
        "text = \"five-segments\"\nheader = { alg = \"dir\", enc = \"A256CBC-HS512\" }",
        nothing,
        Cause(MALFORMED, "authjs-session", "token"),
    ),
    case(
        "enc",
        "header.enc = \"A256GCM\"",
        nothing,
        Cause(MALFORMED, "encryption-in-header", "issuer"),
    ),
    case(
        "nested",
        "header.cty = \"JWT\"",
        nothing,
        Cause("type-mismatch", "token-nested", "issuer"),
    ),
    case(
        "nested-payload",
        "claims-json = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'",
        nothing,
        Cause(MALFORMED, "token-nested", "issuer"),
    ),
    case(
        "json",
        "text = \"json-flattened\"",
        nothing,
        Cause(MALFORMED, "json-serialisation", "issuer"),
    ),
    case(
        "padding",
        "base64.claims = \"padded\"",
        nothing,
        Cause(MALFORMED, "base64-padding", "issuer"),
    ),
    case(
        "alphabet",
        "base64.claims = \"standard\"",
        nothing,
        Cause(MALFORMED, "base64-standard-alphabet", "issuer"),
    ),
    case(
        "two-segments",
        "text = \"two-segments\"",
        nothing,
        Cause(MALFORMED, "token-cut-short", "token"),
    ),
    case(
        "elided",
        "",
        |w| literal(w, |t| format!("{}...", &t[..120])),
        Cause(MALFORMED, "token-cut-short", "token"),
    ),
    case(
        "crit",
        "header = { crit = [\"exp2\"], exp2 = 1 }",
        nothing,
        Cause("critical-header", "critical-extension", "issuer"),
    ),
    // Algorithms.
    case(
        "none",
        "alg = \"none\"",
        nothing,
        Cause("algorithm-not-allowed", "algorithm-none", "issuer"),
    ),
    case(
        "no-alg",
        "header-without = [\"alg\"]",
        nothing,
        Cause("algorithm-not-allowed", "algorithm-missing", "issuer"),
    ),
    case(
        "alg-case",
        "header.alg = \"rs256\"",
        nothing,
        Cause("algorithm-not-allowed", "algorithm-case", "issuer"),
    ),
    case(
        "hs256",
        "secret = { text = \"a secret that both sides share, perhaps\" }",
        nothing,
        Cause("algorithm-not-allowed", "algorithm-shared-secret", "issuer"),
    ),
    case(
        "es256-published",
        "",
        |w| w.publish(&["es256-a"]),
        Cause("algorithm-not-allowed", "algorithm-not-configured", "verifier"),
    ),
    case(
        "ps256",
        "alg = \"PS256\"",
        nothing,
        Cause("algorithm-not-allowed", "algorithm-not-allowed", "issuer"),
    ),
    // Issuers.
    case(
        "iss-slash",
        "claims.iss = \"@issuer/\"",
        nothing,
        Cause(UNKNOWN, "issuer-trailing-slash", "issuer"),
    ),
    case(
        "iss-scheme",
        "",
        |w| {
            let https = w.issuer().replace("http://", "https://");
            w.provider()["issuer"] = https.into();
        },
        Cause(UNKNOWN, "issuer-scheme", "issuer"),
    ),
    case(
        "iss-no-scheme",
        "claims.iss = \"@no-scheme(issuer)\"",
        nothing,
        Cause(UNKNOWN, "issuer-scheme-missing", "issuer"),
    ),
    case(
        "iss-case",
        "claims.iss = \"@upper(issuer)\"",
        nothing,
        Cause(UNKNOWN, "issuer-case", "issuer"),
    ),
    case(
        "iss-space",
        "claims.iss = \"@issuer\\n\"",
        nothing,
        Cause(UNKNOWN, "issuer-white-space", "issuer"),
    ),
    case(
        "iss-www",
        "claims.iss = \"https://www.a.example\"",
        |w| {
            w.by_jwks_uri();
            w.provider()["issuer"] = "https://a.example".into();
        },
        Cause(UNKNOWN, "issuer-www", "verifier"),
    ),
    case(
        "iss-port",
        "claims.iss = \"https://a.example:8443\"",
        |w| {
            w.by_jwks_uri();
            w.provider()["issuer"] = "https://a.example".into();
        },
        Cause(UNKNOWN, "issuer-port", "verifier"),
    ),
    case(
        "iss-local",
        "",
        |w| {
            w.by_jwks_uri();
            w.provider()["issuer"] = "https://login.acme.dev".into();
        },
        Cause(UNKNOWN, "issuer-of-test-environment", "token"),
    ),
    case(
        "iss-tenant",
        "claims.iss = \"https://acme-dev.auth0.com/\"",
        |w| {
            w.by_jwks_uri();
            w.provider()["issuer"] = "https://acme-prod.auth0.com/".into();
        },
        Cause(UNKNOWN, "issuer-similar", "verifier"),
    ),
    case(
        "iss-swapped",
        "claims.iss = \"@audience\"",
        nothing,
        Cause(UNKNOWN, "issuer-is-audience", "issuer"),
    ),
    case(
        "iss-missing",
        "without = [\"iss\"]",
        nothing,
        Cause("issuer-missing", "issuer-missing", "issuer"),
    ),
    case("no-providers", "", |w| w.trust = json!([]), Cause(UNKNOWN, "no-providers", "verifier")),
    case(
        "other-provider",
        "claims.aud = \"second-app\"",
        |w| {
            w.trust["providers"].as_array_mut().unwrap().push(json!({
                "issuer": "https://second.example", "audiences": ["second-app"],
                "keys": { "discovery": true }, "algorithms": ["RS256"],
            }));
        },
        Cause(MISMATCH, "issuer-of-another-provider", "issuer"),
    ),
    // Audiences.
    case(
        "aud-slash",
        "claims.aud = \"@audience/\"",
        nothing,
        Cause(MISMATCH, "audience-trailing-slash", "verifier"),
    ),
    case(
        "aud-scheme",
        "claims.aud = \"@other-scheme(audience)\"",
        nothing,
        Cause(MISMATCH, "audience-scheme", "verifier"),
    ),
    case(
        "aud-joined",
        "claims.aud = \"@audience https://other.example\"",
        nothing,
        Cause(MISMATCH, "audience-joined", "issuer"),
    ),
    case(
        "aud-azp",
        "claims = { aud = \"https://b.example\", azp = \"@audience\" }",
        nothing,
        Cause(MISMATCH, "audience-only-in-client-claim", "issuer"),
    ),
    case(
        "aud-issuer",
        "claims.aud = \"@issuer\"",
        nothing,
        Cause(MISMATCH, "audience-is-issuer", "issuer"),
    ),
    case(
        "aud-array-oidc",
        "claims.aud = [\"@audience\", \"https://x.example/userinfo\"]",
        World::convex,
        Cause(MISMATCH, "audience-array", "issuer"),
    ),
    case(
        "aud-number",
        "claims.aud = 7",
        nothing,
        Cause("claim-invalid", "audience-type", "issuer"),
    ),
    case(
        "aud-missing",
        "without = [\"aud\"]\nclaims.scope = \"read\"",
        nothing,
        Cause("audience-missing", "audience-missing", "issuer"),
    ),
    case(
        "convex-aud",
        "claims.aud = \"something-else\"",
        World::convex,
        Cause(MISMATCH, "no-auth-provider", "verifier"),
    ),
    // Times.
    case(
        "expired",
        "claims.exp = \"@now-1h\"\nclaims.iat = \"@now-2h\"",
        nothing,
        Cause("expired", "expired", "token"),
    ),
    case(
        "skew",
        "claims.exp = \"@now-3s\"\nclaims.iat = \"@now-5m\"",
        nothing,
        Cause("expired", "expired-by-skew", "verifier"),
    ),
    case(
        "exp-millis",
        "claims.exp = \"@millis(now+5m)\"",
        nothing,
        Noticed("exp-milliseconds", "issuer"),
    ),
    case(
        "exp-text",
        "claims.exp = \"@string(now+5m)\"",
        nothing,
        Cause("claim-invalid", "exp-text", "issuer"),
    ),
    case(
        "exp-iso",
        "claims.exp = \"@iso(now+5m)\"",
        nothing,
        Cause("claim-invalid", "exp-text", "issuer"),
    ),
    case("exp-span", "claims.exp = 3600", nothing, Cause("expired", "exp-lifetime", "issuer")),
    case(
        "no-lifetime",
        "claims = { iat = \"@now\", exp = \"@now\" }",
        nothing,
        Cause("expired", "lifetime-zero", "issuer"),
    ),
    case(
        "wrong-zone",
        "claims = { iat = \"@now\", exp = \"@now-2h\" }",
        nothing,
        Cause("expired", "expires-before-issued", "issuer"),
    ),
    case(
        "nbf-skew",
        "claims.nbf = \"@now+20s\"",
        nothing,
        Cause("not-yet-valid", "not-before-by-skew", "verifier"),
    ),
    case(
        "nbf-ahead",
        "claims.nbf = \"@now+2h\"",
        nothing,
        Cause("not-yet-valid", "not-before", "issuer"),
    ),
    case(
        "nbf-millis",
        "claims.nbf = \"@millis(now)\"",
        nothing,
        Cause("not-yet-valid", "nbf-milliseconds", "issuer"),
    ),
    case(
        "iat-ahead",
        "claims.iat = \"@now+60s\"",
        nothing,
        Noticed("issued-in-future", "verifier"),
    ),
    // Kinds and claims.
    case(
        "id-token",
        "claims = { nonce = \"n\", aud = \"client-1\" }",
        |w| w.provider()["typ"] = "at+jwt".into(),
        Cause("type-mismatch", "id-token-for-access", "token"),
    ),
    case(
        "id-token-aud",
        "claims = { at_hash = \"h\", aud = \"client-1\" }",
        nothing,
        Cause(MISMATCH, "id-token-for-access", "token"),
    ),
    case(
        "access-token",
        "header.typ = \"at+jwt\"\nclaims = { scope = \"read\", aud = \"https://api.example\" }",
        World::convex,
        Cause(MISMATCH, "access-token-for-id", "token"),
    ),
    case(
        "refresh-token",
        "claims = { typ = \"Refresh\", aud = \"https://x.example\" }",
        nothing,
        Cause(MISMATCH, "refresh-token", "token"),
    ),
    case(
        "sub-missing",
        "without = [\"sub\"]",
        nothing,
        Cause("claim-missing", "subject-missing", "issuer"),
    ),
    case(
        "sub-number",
        "claims.sub = 42",
        nothing,
        Cause("claim-invalid", "claim-not-text", "issuer"),
    ),
    case(
        "exp-missing",
        "without = [\"exp\"]",
        nothing,
        Cause("expiry-missing", "expiry-missing", "issuer"),
    ),
    // Keys and signatures.
    case(
        "kid-unknown",
        "key = \"rs256-b\"",
        nothing,
        Cause("key-not-found", "kid-not-published", "issuer"),
    ),
    case(
        "kid-rotated",
        "key = \"rs256-b\"\nclaims = { iat = \"@now-3h\", exp = \"@now+1h\" }",
        nothing,
        Cause("key-not-found", "kid-rotated", "token"),
    ),
    case(
        "kid-case",
        "header.kid = \"RS256-A\"",
        nothing,
        Cause("key-not-found", "kid-spelling", "issuer"),
    ),
    case(
        "kid-missing",
        "header-without = [\"kid\"]",
        World::convex_custom,
        Cause("key-not-found", "kid-missing", "issuer"),
    ),
    case(
        "kid-missing-two",
        "header-without = [\"kid\"]",
        |w| w.publish(&["rs256-a", "rs256-b"]),
        Noticed("kid-missing", "issuer"),
    ),
    case("kid-number", "header.kid = 7", nothing, Cause(MALFORMED, "kid-not-text", "issuer")),
    case(
        "key-type",
        "header.kid = \"es256-a\"",
        |w| w.publish(&["rs256-a", "es256-a"]),
        Cause("key-unusable", "key-type-mismatch", "issuer"),
    ),
    case(
        "key-use",
        "",
        |w| w.key_set(|set| set["keys"][0]["use"] = "enc".into()),
        Cause("key-unusable", "key-use", "issuer"),
    ),
    case(
        "empty-set",
        "",
        |w| w.key_set(|set| set["keys"] = json!([])),
        Cause("key-not-found", "key-set-empty", "issuer"),
    ),
    case(
        "private-key",
        "",
        |w| {
            let key = Key::named("rs256-a").unwrap();
            w.key_set(|set| set["keys"][0] = key.private_jwk().clone().into());
        },
        Cause("key-unusable", "key-set-private", "issuer"),
    ),
    case(
        "wrong-key",
        "key = \"rs256-b\"\nheader.kid = \"rs256-a\"",
        nothing,
        Cause("signature-invalid", "signature-differs", "issuer"),
    ),
    case(
        "wrong-kid",
        "key = \"rs256-b\"\nheader.kid = \"rs256-a\"",
        |w| w.publish(&["rs256-a", "rs256-b"]),
        Cause("signature-invalid", "signature-of-another-kid", "issuer"),
    ),
    case(
        "signature-cut",
        "signature = \"truncate(200)\"",
        nothing,
        Cause("signature-invalid", "signature-cut", "token"),
    ),
    case(
        "signature-none",
        "signature = \"strip\"",
        nothing,
        Cause("signature-invalid", "signature-absent", "token"),
    ),
    case(
        "signature-der",
        "signature = \"der\"",
        |w| {
            w.publish(&["es256-a"]);
            w.provider()["algorithms"] = json!(["ES256"]);
        },
        Cause("signature-invalid", "signature-der", "issuer"),
    ),
    // Documents.
    case(
        "discovery-slash",
        "",
        |w| w.discovery(|it| it["issuer"] = format!("{}/", it["issuer"].as_str().unwrap()).into()),
        Cause(UNAVAILABLE, "discovery-issuer-differs", "issuer"),
    ),
    case(
        "discovery-missing",
        "",
        |w| w.documents.discovery.status = 404,
        Cause(UNAVAILABLE, "discovery-missing", "issuer"),
    ),
    case(
        "discovery-html",
        "",
        |w| page(&mut w.documents.discovery),
        Cause(UNAVAILABLE, "discovery-html", "issuer"),
    ),
    case(
        "jwks-html",
        "",
        |w| {
            w.by_jwks_uri();
            let wrong = format!("{}/.well-known/openid-configuration", w.issuer());
            w.provider()["keys"] = json!({ "jwks_uri": wrong });
            page(&mut w.documents.discovery);
        },
        Cause(UNAVAILABLE, "key-set-html", "verifier"),
    ),
    case(
        "jwks-path",
        "",
        |w| {
            let wrong = format!("{}/jwks", w.issuer());
            w.provider()["keys"] = json!({ "jwks_uri": wrong });
        },
        Cause(UNAVAILABLE, "key-set-not-found", "verifier"),
    ),
    case(
        "jwks-is-discovery",
        "",
        |w| {
            let wrong = w.facts.discovery_uri.clone();
            w.provider()["keys"] = json!({ "jwks_uri": wrong });
        },
        Cause(UNAVAILABLE, "key-set-is-discovery", "verifier"),
    ),
    case(
        "jwks-single",
        "",
        |w| w.key_set(|set| *set = set["keys"][0].clone()),
        Cause(UNAVAILABLE, "key-set-unwrapped", "issuer"),
    ),
    case(
        "jwks-type",
        "",
        |w| {
            w.convex_custom();
            content_type(&mut w.documents.jwks, "text/plain");
        },
        Cause(UNAVAILABLE, "key-set-content-type", "issuer"),
    ),
    case(
        "jwks-type-elsewhere",
        "",
        |w| content_type(&mut w.documents.jwks, "text/plain"),
        Noticed("key-set-content-type", "issuer"),
    ),
    case(
        "jwks-redirect",
        "",
        |w| w.documents.jwks.status = 302,
        Cause(UNAVAILABLE, "keys-redirected", "verifier"),
    ),
    case(
        "jwks-private",
        "",
        |w| w.documents.jwks.status = 401,
        Cause(UNAVAILABLE, "keys-behind-sign-in", "issuer"),
    ),
    case(
        "jwks-failing",
        "",
        |w| w.documents.jwks.status = 503,
        Cause(UNAVAILABLE, "issuer-failing", "issuer"),
    ),
    case(
        "jwks-uri-unreachable",
        "",
        |w| w.discovery(|it| it["jwks_uri"] = "http://127.0.0.1:1/jwks.json".into()),
        Cause(UNAVAILABLE, "jwks-uri-unreachable", "issuer"),
    ),
    case(
        "down",
        "",
        |w| {
            w.provider()["keys"] = json!({ "jwks_uri": "http://127.0.0.1:1/jwks.json" });
        },
        Cause(UNAVAILABLE, "keys-unreachable", "issuer"),
    ),
    case(
        "jwks-uri-insecure",
        "",
        |w| w.discovery(|it| it["jwks_uri"] = "http://keys.example/jwks.json".into()),
        Cause(UNAVAILABLE, "jwks-uri-insecure", "issuer"),
    ),
    case(
        "leeway",
        "claims.exp = \"@now-10s\"",
        |w| {
            w.trust["leeway_seconds"] = 5.into();
            w.later = 2;
        },
        Cause("expired", "expired-by-skew", "verifier"),
    ),
    case(
        "convex-audience-elsewhere",
        "without = [\"aud\"]\nclaims.azp = \"@audience\"",
        |w| {
            w.trust = json!([{ "domain": w.issuer(), "applicationID": Setting::AUDIENCE }]);
        },
        Cause("audience-missing", "audience-only-in-client-claim", "issuer"),
    ),
    case(
        "iss-slash-in-discovery",
        "claims.iss = \"@issuer/\"",
        |w| w.discovery(|it| it["issuer"] = format!("{}/", it["issuer"].as_str().unwrap()).into()),
        Cause(UNKNOWN, "issuer-trailing-slash", "verifier"),
    ),
    case(
        "iss-slash-without-discovery",
        "claims.iss = \"@issuer/\"",
        |w| w.documents.discovery.status = 404,
        Cause(UNKNOWN, "issuer-trailing-slash", "verifier"),
    ),
    case(
        "convex-iss-without-scheme",
        "claims.iss = \"@no-scheme(issuer)\"",
        World::convex,
        Cause(UNKNOWN, "issuer-scheme-missing", "issuer"),
    ),
    case(
        "iss-unknown",
        "claims.iss = \"https://elsewhere.test/x\"",
        nothing,
        General(UNKNOWN, "verifier"),
    ),
    case("aud-unknown", "claims.aud = \"nobody\"", nothing, General(MISMATCH, "token")),
    case(
        "typ",
        "header.typ = \"other\"",
        |w| w.provider()["typ"] = "JWT".into(),
        Cause("type-mismatch", "type-differs", "issuer"),
    ),
    case("huge", "claims.x = \"@filler(200000)\"", nothing, General(MALFORMED, "token")),
    case("not-json", "claims-json = \"{no}\"", nothing, General(MALFORMED, "token")),
];
