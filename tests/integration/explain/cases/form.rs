//! Credentials that are no JWT, or not in its form.

use super::*;

pub(super) const CASES: &[Case] = &[
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
        "number-beyond-a-double",
        "claims-json = '{@claims,\"exp\":1e400}'",
        nothing,
        Cause(MALFORMED, "json-limits", "issuer"),
    ),
    case(
        "lone-surrogate",
        "header-json = '{@header,\"x\":\"\\ud800\"}'",
        nothing,
        Cause(MALFORMED, "json-limits", "issuer"),
    ),
    case(
        "crit",
        "header = { crit = [\"exp2\"], exp2 = 1 }",
        nothing,
        Cause("critical-header", "critical-extension", "issuer"),
    ),
];
