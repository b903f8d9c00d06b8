//! Discovery documents and key sets, and what came up later.

use super::*;

pub(super) const CASES: &[Case] = &[
    // Documents.
    case(
        "discovery-slash",
        "",
        |w| {
            w.issuer.edit_discovery(|it| {
                it["issuer"] = format!("{}/", it["issuer"].as_str().unwrap()).into()
            })
        },
        Cause(UNAVAILABLE, "discovery-issuer-differs", "issuer"),
    ),
    case(
        "discovery-missing",
        "",
        |w| w.issuer.documents.discovery.status = 404,
        Cause(UNAVAILABLE, "discovery-missing", "issuer"),
    ),
    case(
        "discovery-html",
        "",
        |w| page(&mut w.issuer.documents.discovery),
        Cause(UNAVAILABLE, "discovery-html", "issuer"),
    ),
    case(
        "jwks-html",
        "",
        |w| {
            w.by_jwks_uri();
            let wrong = format!("{}/.well-known/openid-configuration", w.issuer.identifier());
            w.provider()["keys"] = json!({ "jwks_uri": wrong });
            page(&mut w.issuer.documents.discovery);
        },
        Cause(UNAVAILABLE, "key-set-html", "verifier"),
    ),
    case(
        "jwks-path",
        "",
        |w| {
            let wrong = format!("{}/jwks", w.issuer.identifier());
            w.provider()["keys"] = json!({ "jwks_uri": wrong });
        },
        Cause(UNAVAILABLE, "key-set-not-found", "verifier"),
    ),
    case(
        "jwks-is-discovery",
        "",
        |w| {
            let wrong = w.issuer.facts.discovery_uri.clone();
            w.provider()["keys"] = json!({ "jwks_uri": wrong });
        },
        Cause(UNAVAILABLE, "key-set-is-discovery", "verifier"),
    ),
    case(
        "jwks-single",
        "",
        |w| w.issuer.edit_key_set(|set| *set = set["keys"][0].clone()),
        Cause(UNAVAILABLE, "key-set-unwrapped", "issuer"),
    ),
    case(
        "jwks-type",
        "",
        |w| {
            w.convex_custom();
            content_type(&mut w.issuer.documents.jwks, "text/plain");
        },
        Cause(UNAVAILABLE, "key-set-content-type", "issuer"),
    ),
    case(
        "jwks-type-elsewhere",
        "",
        |w| content_type(&mut w.issuer.documents.jwks, "text/plain"),
        Noticed("key-set-content-type", "issuer"),
    ),
    case(
        "jwks-redirect",
        "",
        |w| w.issuer.documents.jwks.status = 302,
        Cause(UNAVAILABLE, "keys-redirected", "verifier"),
    ),
    case(
        "jwks-private",
        "",
        |w| w.issuer.documents.jwks.status = 401,
        Cause(UNAVAILABLE, "keys-behind-sign-in", "issuer"),
    ),
    case(
        "jwks-failing",
        "",
        |w| w.issuer.documents.jwks.status = 503,
        Cause(UNAVAILABLE, "issuer-failing", "issuer"),
    ),
    case(
        "jwks-uri-unreachable",
        "",
        |w| w.issuer.edit_discovery(|it| it["jwks_uri"] = "http://127.0.0.1:1/jwks.json".into()),
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
        |w| w.issuer.edit_discovery(|it| it["jwks_uri"] = "http://keys.example/jwks.json".into()),
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
            w.trust = json!([{ "domain": w.issuer.identifier(), "applicationID": MintContext::AUDIENCE }]);
        },
        Cause("audience-missing", "audience-only-in-client-claim", "issuer"),
    ),
    case(
        "iss-slash-in-discovery",
        "claims.iss = \"@issuer/\"",
        |w| {
            w.issuer.edit_discovery(|it| {
                it["issuer"] = format!("{}/", it["issuer"].as_str().unwrap()).into()
            })
        },
        Cause(UNKNOWN, "issuer-trailing-slash", "verifier"),
    ),
    case(
        "iss-slash-without-discovery",
        "claims.iss = \"@issuer/\"",
        |w| w.issuer.documents.discovery.status = 404,
        Cause(UNKNOWN, "issuer-trailing-slash", "verifier"),
    ),
    case(
        "convex-iss-without-scheme",
        "claims.iss = \"@no-scheme(issuer)\"",
        Setup::convex,
        Cause(UNKNOWN, "issuer-scheme-missing", "issuer"),
    ),
    case(
        "iss-unknown",
        "claims.iss = \"https://elsewhere.test/x\"",
        nothing,
        General(UNKNOWN, "verifier"),
    ),
    case("aud-unknown", "claims.aud = \"unknown\"", nothing, General(MISMATCH, "token")),
    case(
        "typ",
        "header.typ = \"other\"",
        |w| w.provider()["typ"] = "JWT".into(),
        Cause("type-mismatch", "type-differs", "issuer"),
    ),
    case("huge", "claims.x = \"@filler(200000)\"", nothing, General(MALFORMED, "token")),
    case("not-json", "claims-json = \"{no}\"", nothing, General(MALFORMED, "token")),
];
