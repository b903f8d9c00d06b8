//! Times, kinds and other claims.

use super::*;

pub(super) const CASES: &[Case] = &[
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
        Setup::convex,
        Cause("type-mismatch", "access-token-for-id", "token"),
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
    // What a Convex-style backend does otherwise.
    case(
        "convex-typ",
        "header.typ = \"order-ticket+jwt\"",
        Setup::convex,
        General("type-mismatch", "token"),
    ),
    case(
        "convex-custom-fraction",
        "claims.exp = \"@now+300.5s\"",
        Setup::convex_custom,
        General("claim-invalid", "issuer"),
    ),
];
