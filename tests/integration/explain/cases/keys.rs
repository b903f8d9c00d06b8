//! Keys and signatures.

use super::*;

pub(super) const CASES: &[Case] = &[
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
        Setup::convex_custom,
        Cause("key-not-found", "kid-missing", "issuer"),
    ),
    case(
        "kid-missing-two",
        "header-without = [\"kid\"]",
        |w| w.issuer.use_keys(&["rs256-a", "rs256-b"]),
        Noticed("kid-missing", "issuer"),
    ),
    case("kid-number", "header.kid = 7", nothing, Cause(MALFORMED, "kid-not-text", "issuer")),
    case(
        "key-type",
        "header.kid = \"es256-a\"",
        |w| w.issuer.use_keys(&["rs256-a", "es256-a"]),
        Cause("key-unusable", "key-type-mismatch", "issuer"),
    ),
    case(
        "key-use",
        "",
        |w| w.issuer.edit_key_set(|set| set["keys"][0]["use"] = "enc".into()),
        Cause("key-unusable", "key-use", "issuer"),
    ),
    case(
        "empty-set",
        "",
        |w| w.issuer.edit_key_set(|set| set["keys"] = json!([])),
        Cause("key-not-found", "key-set-empty", "issuer"),
    ),
    case(
        "private-key",
        "",
        |w| {
            let key = Key::named("rs256-a").unwrap();
            w.issuer.edit_key_set(|set| set["keys"][0] = key.private_jwk().clone().into());
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
        |w| w.issuer.use_keys(&["rs256-a", "rs256-b"]),
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
            w.issuer.use_keys(&["es256-a"]);
            w.provider()["algorithms"] = json!(["ES256"]);
        },
        Cause("signature-invalid", "signature-der", "issuer"),
    ),
];
