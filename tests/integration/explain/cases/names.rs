//! Algorithms, issuers and audiences.

use super::*;

pub(super) const CASES: &[Case] = &[
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
        |w| w.issuer.use_keys(&["es256-a"]),
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
            let https = w.issuer.identifier().replace("http://", "https://");
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
        Setup::convex,
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
        Setup::convex,
        Cause(MISMATCH, "no-auth-provider", "verifier"),
    ),
];
