//! `jwtspec explain`: each broken token, a small difference from a valid one, and what is said of
//! it.

mod backend;
mod cases;
mod command;
pub(crate) mod setup;
mod story;
mod trusts;

use std::time::Duration;

use crate::support::server;
use jwtspec_advice::explain::{Explanation, Question, TrustFile, Verdict, explain};
use jwtspec_engine::issuer::EndpointSpec;
use proptest::prelude::*;

use cases::{Case, Said};
use setup::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn the_valid_token_is_accepted_in_every_form_of_trust() {
    let server = server().await;
    for change in [|_: &mut Setup| {}, Setup::by_jwks_uri, Setup::convex, Setup::convex_custom] {
        let mut setup = Setup::new(&server);
        change(&mut setup);
        let explanation = setup.explain("").await;
        assert_eq!(explanation.verdict, Verdict::Accepted, "{explanation:#?}");
        assert!(explanation.near_misses.is_empty(), "{:?}", explanation.near_misses);
        assert!(explanation.cause.is_none() && explanation.side.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_broken_token_is_explained() {
    let server = server().await;
    let mut wrong = Vec::new();
    for case in cases::all() {
        let Case { name, recipe, change, said } = case;
        let endpoint_spec =
            EndpointSpec { own_port: *name == "jwks-uri-unreachable", ..EndpointSpec::default() };
        let mut setup = Setup::on(&server, endpoint_spec);
        change(&mut setup);
        let explanation = setup.explain(recipe).await;
        if let Err(why) = agrees(&explanation, said) {
            wrong.push(format!("{name}: {why}\n  cause: {:?}", explanation.cause));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases::all().count(), wrong.join("\n"));
}

/// True if the explanation says what it should.
fn agrees(explanation: &Explanation, said: &Said) -> Result<(), String> {
    let failure = explanation.first_failure.as_ref();
    let reason = failure.and_then(|failure| failure.reason).map(|reason| reason.as_str());
    match *said {
        Said::Cause(expected, id, side) => {
            let found = (reason, explanation.cause_id, explanation.side.map(|it| it.as_str()));
            if found != (Some(expected), Some(id), Some(side)) {
                return Err(format!("expected {:?}, found {found:?}", (expected, id, side)));
            }
            if explanation.advice.is_empty() {
                return Err("there is no advice".to_owned());
            }
        }
        Said::General(expected, side) => {
            let found = (reason, explanation.cause_id, explanation.side.map(|it| it.as_str()));
            if found != (Some(expected), None, Some(side)) || explanation.advice.is_empty() {
                return Err(format!("expected {:?}, found {found:?}", (expected, side)));
            }
        }
        Said::Noticed(id, side) => {
            let miss = explanation.near_misses.iter().find(|miss| miss.id == id);
            if explanation.verdict != Verdict::Accepted {
                return Err(format!("not accepted: {reason:?}"));
            }
            if miss.map(|miss| miss.side.as_str()) != Some(side) {
                return Err(format!("not noticed: {:?}", explanation.near_misses));
            }
        }
    }
    Ok(())
}

#[test]
fn ids_of_near_misses_are_words() {
    for case in cases::all() {
        let (Said::Cause(_, id, _) | Said::Noticed(id, _)) = case.said else { continue };
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_is_told_only_to_who_asks() {
    let setup = Setup::start().await;
    let mut question = setup.question("");
    let signature = question.paste.rsplit('.').next().unwrap().to_owned();
    let explanation = explain(&question).await.unwrap();
    assert!(!serde_json::to_string(&explanation).unwrap().contains(&signature[..20]));
    question.show_signature = true;
    let explanation = explain(&question).await.unwrap();
    assert_eq!(explanation.input.signature.as_deref(), Some(signature.as_str()));
}

/// Asks without any fetching, as a property asks many times.
fn explained(paste: &str) -> Explanation {
    let trust = r#"{"providers":[{"issuer":"https://a.example","audiences":["app"],
        "keys":{"jwks":{"keys":[]}},"algorithms":["RS256"],"required_claims":["sub"]}]}"#;
    let mut question = Question::new(paste, TrustFile::parse("trust.json", trust).unwrap());
    question.now = Duration::from_secs(setup::NOW);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(explain(&question)).unwrap()
}

fn segment(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}|(?s).{0,80}|curl [-'\"$\\\\ a-zA-Z:=.]{0,60}") {
        prop_assert!(explained(&text).verdict != Verdict::Accepted);
    }

    #[test]
    fn no_token_makes_it_panic(
        exp in any::<f64>(),
        text in "(?s).{0,20}",
        name in "iss|aud|sub|exp|nbf|iat|azp|typ|nonce",
        cut in 0_usize..200,
    ) {
        let header = serde_json::json!({ "alg": text, "kid": text, "typ": text, "cty": text });
        let mut claims = serde_json::json!({ "iss": "https://a.example/", "exp": exp, "iat": -exp });
        claims[name.as_str()] = text.clone().into();
        let token = format!("{}.{}.c2ln", segment(&header.to_string()), segment(&claims.to_string()));
        prop_assert!(explained(&token).verdict != Verdict::Accepted);
        let cut: String = token.chars().take(cut).collect();
        prop_assert!(explained(&cut).verdict != Verdict::Accepted);
    }

    #[test]
    fn no_trust_makes_it_panic(text in "(?s).{0,60}|[\\[{\"a-z:,0-9}\\] ]{0,60}") {
        let _ = TrustFile::parse("trust.json", &text);
    }
}
