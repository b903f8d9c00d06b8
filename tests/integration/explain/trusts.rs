//! Files of trust: both forms, what is assumed, and mistakes with their place.

use crate::support::snapshot_settings;
use jwtspec_advice::explain::{TrustFile, Verdict};
use jwtspec_mint::context::MintContext;
use serde_json::json;

use crate::explain::setup::Setup;

fn refused(text: &str) -> String {
    TrustFile::parse("trust.json", text).unwrap_err().to_lines()
}

#[test]
fn every_mistake_has_its_place_and_what_was_expected() {
    let text = r#"{
  "providers": [
    { "issuer": "https://a.example", "audience": ["x"], "keys": { "discovry": true },
      "algorithms": ["RS265"] },
    { "issuer": 7, "keys": { "jwks_uri": true }, "algorithms": "RS256" }
  ],
  "leeway_seconds": "5"
}"#;
    snapshot_settings("explain")
        .bind(|| insta::assert_snapshot!("mistakes_in_trust", refused(text)));
}

#[test]
fn mistakes_in_a_backends_providers_are_told_too() {
    let cases = [
        ("export default { providers: [] }", "this is a script, and JSON is needed"),
        (
            r#"[{"domain":"\"https://a.example\"","applicationID":"x"}]"#,
            "write \"https://a.example\"",
        ),
        (r#"[{"domain":"ftp://a.example","applicationID":"x"}]"#, "`ftp` is not http or https"),
        (r#"[{"domain":"issuer","applicationID":"x"}]"#, "no top-level domain"),
        (r#"[{"domain":"","applicationID":"x"}]"#, "is a variable unset?"),
        (r#"[{"domain":"https://a.example"}]"#, "missing key `applicationID`"),
        (
            r#"[{"domain":"https://a.example","applicationId":"x"}]"#,
            "did you mean `applicationID`?",
        ),
        (r#"[{"id":"google","type":"oidc","clientId":"x"}]"#, "a sign-in provider of Auth.js"),
        (r#"[{"type":"customJWT","issuer":"https://a.example"}]"#, "or write \"customJwt\""),
        (
            r#"[{"type":"customJwt","issuer":"https://a.example","jwks":"x","algorithm":"HS256"}]"#,
            "unknown algorithm `HS256`",
        ),
        (
            r#"[{"type":"customJwt","issuer":"https://a.example","jwks":"data:,x","algorithm":"RS256"}]"#,
            "a key set in the data: URL",
        ),
        (r#"[null]"#, "expected an object, found null"),
        ("7", "expected an object, found a number"),
    ];
    for (text, message) in cases {
        let lines = refused(text);
        assert!(lines.contains(message), "{text}:\n{lines}");
        assert!(lines.starts_with("trust.json:1:"), "{lines}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backends_leniency_is_said() {
    let mut setup = Setup::start().await;
    setup.convex_custom();
    // The slash does not matter there, and of two providers with one issuer the audience decides.
    let mut second = setup.trust[0].clone();
    second["issuer"] = format!("{}/", setup.issuer.identifier()).into();
    second["applicationID"] = "another".into();
    setup.trust = json!({ "providers": [second, setup.trust[0]] });
    let explanation = setup.explain("claims.iss = \"@issuer/\"").await;
    assert_eq!(explanation.verdict, Verdict::Accepted, "{:?}", explanation.cause);
    let assumed = explanation.trust.assumptions.join("\n");
    assert!(assumed.contains("ignores a trailing slash"), "{assumed}");
    assert_eq!(explanation.trust.providers.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_set_in_a_data_url_needs_no_fetch() {
    let mut setup = Setup::start().await;
    let set = String::from_utf8(setup.issuer.documents.jwks.body.to_vec()).unwrap();
    let encoded = set.replace('%', "%25").replace('"', "%22");
    setup.trust = json!([{
        "type": "customJwt", "issuer": setup.issuer.identifier(), "algorithm": "RS256",
        "jwks": format!("data:application/json,{encoded}"), "applicationID": MintContext::AUDIENCE,
    }]);
    let explanation = setup.explain("").await;
    assert!(explanation.fetched.is_empty());
    assert_eq!(explanation.verdict, Verdict::Accepted, "{:?}", explanation.cause);
}
