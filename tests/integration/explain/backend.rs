//! Mistakes that users of a Convex-style backend make: each with its `auth.config.json`, and the
//! sentences that answer it.

use crate::support::server;
use jwtspec_advice::explain::{Explanation, Question, TrustFile, Verdict, explain};
use serde_json::json;

use crate::explain::setup::{NOW, Setup, content_type};

/// Explains a token by the trust of a setup, in a file of that name.
async fn explained(setup: &Setup, recipe: &str) -> Explanation {
    let paste = setup.open(recipe);
    let file = TrustFile::parse("auth.config.json", &setup.trust.to_string());
    let file = file.unwrap_or_else(|problems| panic!("{}", problems.to_lines()));
    let mut question = Question::new(paste, file);
    question.now = std::time::Duration::from_secs(NOW);
    explain(&question).await.unwrap()
}

/// The cause and the first advice, with the issuer's address as `ISSUER`.
fn said(setup: &Setup, explanation: &Explanation) -> (String, String) {
    let plain = |text: &str| text.replace(&setup.issuer.identifier(), "ISSUER");
    let cause = explanation.cause.as_deref().unwrap_or_default();
    let advice = explanation.advice.first().map(String::as_str).unwrap_or_default();
    (plain(cause), plain(advice))
}

/// Name, difference in the token, difference in everything else, cause, first advice.
type Complaint = (&'static str, &'static str, fn(&mut Setup), &'static str, &'static str);

const COMPLAINTS: [Complaint; 12] = [
    (
        "a slash at the end of `iss`, and none in the discovery document",
        "claims.iss = \"@issuer/\"",
        Setup::convex,
        "The discovery document states the issuer \"ISSUER\", but it was found under \"ISSUER/\". \
         They differ only in the slash at the end. Both, and `iss`, must be the same, character for \
         character. This backend looks for the document at the `iss` of the token, and then answers \
         AuthProviderDiscoveryFailed.",
        "Have the issuer write \"issuer\": \"ISSUER/\" into its discovery document.",
    ),
    (
        "an `iss` without https://",
        "claims.iss = \"@no-scheme(issuer)\"",
        Setup::convex,
        "",
        "Have the issuer write \"iss\": \"ISSUER\" into its tokens.",
    ),
    (
        "an application id that is not in `aud`",
        "claims.aud = \"https://api.example\"",
        Setup::convex,
        "`iss` is right, and `aud` is \"https://api.example\" where the applicationID is \
         \"https://api.jwtspec.example/orders\". This backend then answers \"No auth provider found \
         matching the given token\", the same as for a wrong issuer.",
        "Configure the provider with \"applicationID\": \"https://api.example\".",
    ),
    (
        "a wrong issuer",
        "claims.iss = \"https://id.example\"",
        Setup::convex,
        "The verifier trusts no issuer that is called \"https://id.example\". It trusts \"ISSUER\". \
         This backend then answers \"No auth provider found matching the given token\", the same as \
         for a wrong audience.",
        "If you trust that issuer, add a provider with \"domain\": \"https://id.example\".",
    ),
    (
        "an `aud` array of two URLs",
        "claims.aud = [\"@audience\", \"https://acme.auth0.com/userinfo\"]",
        Setup::convex,
        "`aud` is an array of 2 audiences, \"https://api.jwtspec.example/orders\" and \
         \"https://acme.auth0.com/userinfo\". The expected one is among them, but this backend takes \
         ID tokens for one audience only. It then answers \"Could not verify OIDC token claim\".",
        "Have the issuer mint a token with \"aud\": \"https://api.jwtspec.example/orders\" alone.",
    ),
    (
        "an OAuth access token without `aud`",
        "without = [\"aud\"]\nclaims.scope = \"openid profile\"",
        Setup::convex,
        "This is an access token (it has `scope`), and an ID token belongs here. An access token is \
         made for an API, and need not say what an ID token must. It has no `aud`, and this backend \
         then answers \"No auth provider found matching the given token\", the same as for a wrong \
         issuer.",
        "Send `id_token` of the issuer's answer instead of `access_token`.",
    ),
    (
        "the same for a customJwt provider",
        "without = [\"aud\"]\nclaims.scope = \"openid profile\"",
        Setup::convex_custom,
        "The token has no `aud`, as access tokens of some issuers (it has `scope`). It does not say \
         which service it is for, so any service to which a user gave it could use it here. This \
         backend then answers \"No auth provider found matching the given token\", the same as for a wrong issuer.",
        "Have the issuer write \"aud\": \"https://api.jwtspec.example/orders\".",
    ),
    (
        "a customJwt without `kid`",
        "header-without = [\"kid\"]",
        Setup::convex_custom,
        "The header has no `kid`, so it does not say which key signed. This backend chooses the key \
         by it and refuses the token. The issuer publishes \"rs256-a\".",
        "Have the issuer write the `kid` of its key into the header, such as \"kid\": \"rs256-a\".",
    ),
    (
        "a key set with the wrong content type",
        "",
        |setup| {
            setup.convex_custom();
            content_type(&mut setup.issuer.documents.jwks, "text/plain");
        },
        "The key set at \"ISSUER/.well-known/jwks.json\" is served with the content type \
         \"text/plain\". This backend refuses it for that.",
        "Have the issuer serve it as `application/json` or `application/jwk-set+json`.",
    ),
    (
        "the sealed cookie of iron-session",
        "",
        |setup| {
            setup.convex();
            setup.wrap = |_| "Fe26.2*1*0b0c*aa*bb**cc*dd~2".to_owned();
        },
        "This is a sealed cookie session, as iron-session makes it (`Fe26.2*…`). Only the program \
         that sealed it can open it; it is not a JWT, and no other service can verify it.",
        "Mint a JWT for this verifier on the server that has the session, sign it with a key that it \
         publishes, and send that.",
    ),
    (
        "the encrypted session cookie of Auth.js",
        "text = \"five-segments\"\nheader = { alg = \"dir\", enc = \"A256CBC-HS512\" }",
        Setup::convex,
        "This token is encrypted (five segments, `alg` of `dir`), as the session cookie of Auth.js \
         (NextAuth) is. Only the program that made it can open it.",
        "Do not send the session cookie to another service. Send the provider's ID token \
         (`account.id_token` in the `jwt` callback), or mint a signed JWT for this verifier.",
    ),
    (
        "a configuration that was not deployed",
        "",
        |setup| setup.trust = json!({ "providers": [] }),
        "The configuration names no provider at all, so no token can be accepted.",
        "Add the issuer of the token to `providers`.",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_complaint_is_answered() {
    let server = server().await;
    let mut wrong = Vec::new();
    for (name, recipe, change, cause, advice) in COMPLAINTS {
        let mut setup = Setup::new(&server);
        change(&mut setup);
        let explanation = explained(&setup, recipe).await;
        assert_ne!(explanation.verdict, Verdict::Accepted, "{name}");
        let (found, first) = said(&setup, &explanation);
        let bare = setup.issuer.identifier().replace("http://", "");
        let found = found.replace(&bare, "BARE");
        let cause = match cause {
            "" => {
                "`iss` is \"BARE\" and the configured issuer is \"ISSUER\". They differ only in that \
                 the token's has no `https://`, and a verifier compares them character for \
                 character. The issuer's discovery document spells it like the configuration."
            }
            cause => cause,
        };
        if (found.as_str(), first.as_str()) != (cause, advice) {
            wrong.push(format!("{name}:\n  {found}\n  {first}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_was_not_deployed_is_deployed_again() {
    let mut setup = Setup::start().await;
    setup.trust = json!({ "providers": [] });
    let explanation = explained(&setup, "").await;
    assert_eq!(
        explanation.advice[1],
        "If `auth.config` has a provider, it was not deployed: run `npx convex dev` or `npx convex \
         deploy` again."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_without_https_is_read_as_https() {
    let mut setup = Setup::start().await;
    setup.trust = json!([{
        "type": "customJwt", "issuer": "id.example", "jwks": setup.issuer.facts.jwks_uri,
        "algorithm": "RS256",
    }]);
    let explanation = explained(&setup, "claims.iss = \"https://id.example/\"").await;
    assert_eq!(explanation.verdict, Verdict::Accepted, "{:?}", explanation.cause);
    let assumed = explanation.trust.assumptions.join("\n");
    for sentence in [
        "`issuer` is `id.example` without a scheme, which this backend reads as `https://id.example`",
        "this backend ignores a trailing slash and a missing scheme, so `https://id.example/` counts \
         as `https://id.example`; other verifiers would refuse it",
    ] {
        assert!(assumed.contains(sentence), "{assumed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_instance_is_told_from_a_wrong_audience() {
    let server = server().await;
    for (iss, domain, kinds) in [
        (
            "https://clerk.acme.example",
            "https://brave-lion-7.clerk.accounts.dev",
            "the token comes from a production instance, and the configured one is a development \
             instance",
        ),
        (
            "https://sunny-dog-33.clerk.accounts.dev",
            "https://brave-lion-7.clerk.accounts.dev",
            "the token comes from another one than the configured one",
        ),
    ] {
        let mut setup = Setup::new(&server);
        setup.trust = json!([{ "domain": domain, "applicationID": "convex" }]);
        let recipe = format!("key = \"rs256-b\"\nclaims = {{ iss = \"{iss}\", aud = \"convex\" }}");
        let explanation = explained(&setup, &recipe).await;
        let (cause, advice) = said(&setup, &explanation);
        assert_eq!(
            cause,
            format!(
                "`iss` is \"{iss}\", and the configured issuer is \"{domain}\": two instances of \
                 Clerk. Each has users and keys of its own; {kinds}. This backend then answers \"No \
                 auth provider found matching the given token\", the same as for a wrong audience."
            )
        );
        assert_eq!(
            advice,
            format!(
                "Give the client the key, or the client id, of the instance whose issuer is \"{domain}\"."
            )
        );
    }
    // One issuer for both, and other keys.
    let mut setup = Setup::new(&server);
    setup.convex();
    let explanation = explained(&setup, "key = \"rs256-b\"").await;
    assert_eq!(
        said(&setup, &explanation).0,
        "The header's `kid` is \"rs256-b\", and the issuer publishes \"rs256-a\". The token is \
         fresh, so either the issuer does not publish the key with which it signs, or the token \
         comes from another environment that has other keys."
    );
}

#[test]
fn a_provider_of_authjs_is_none_of_this_configuration() {
    for provider in [
        r#"{"id":"google","name":"Google","type":"oidc","issuer":"https://accounts.google.com","options":{"clientId":"x"}}"#,
        r#"{"id":"github","name":"GitHub","type":"oauth","authorization":"https://github.com/login"}"#,
        r#"{"id":"acme","clientId":"x","wellKnown":"https://id.example/.well-known/openid-configuration"}"#,
    ] {
        let text = format!("{{\"providers\":[{provider}]}}");
        let lines = TrustFile::parse("auth.config.json", &text).unwrap_err().to_lines();
        assert_eq!(
            lines,
            "auth.config.json:1:15: this is a sign-in provider of Auth.js, not one of `auth.config` \
             (`auth.config` says whose tokens are trusted: {\"domain\": \"https://…\", \
             \"applicationID\": \"…\"}, where `domain` is the `iss` of the tokens that the backend \
             gets)\n"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_count_there_is_no_cause() {
    let server = server().await;
    let verdict = async |change: fn(&mut Setup), recipe: &str| {
        let mut setup = Setup::new(&server);
        change(&mut setup);
        explained(&setup, recipe).await.verdict
    };
    let (nbf, crit) = ("claims.nbf = \"@now+2h\"", "header = { crit = [\"x\"], x = 1 }");
    assert_eq!(verdict(Setup::convex, nbf).await, Verdict::Accepted);
    assert_eq!(verdict(Setup::convex_custom, nbf).await, Verdict::Refused);
    assert_eq!(verdict(Setup::convex_custom, crit).await, Verdict::Accepted);
    assert_eq!(verdict(Setup::convex, crit).await, Verdict::Refused);
}
