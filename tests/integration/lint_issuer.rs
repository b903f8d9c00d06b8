//! `jwtspec lint-issuer`: an honest issuer passes, and each rule catches an issuer that breaks it.

mod bodies;
pub(crate) mod case;
mod command;
mod documents;
mod keys;
mod serving;
mod tokens;

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt};

use crate::support::{assert_rules_listed, server};
use case::{Case, Row, beyond_honest};
use jwtspec_advice::lint::{LintError, Options, lint, rules};
use jwtspec_engine::issuer::Certificate;
use jwtspec_engine::issuer::EndpointSpec;

/// Rules that only a unit test beside them breaks, each with its why.
const ELSEWHERE: [&str; 7] = [
    // Would ask another machine.
    "identifier-https",
    "discovery-jwks-uri-https",
    // The suite's issuers have no such identifiers.
    "identifier-query",
    "identifier-case",
    "identifier-normal-form",
    // Take several changes, which need no issuer to be judged.
    "rotation-early",
    "rotation-flapping",
];

#[test]
fn every_rule_is_broken_by_some_case() {
    let broken: BTreeSet<&str> = documents::CASES
        .iter()
        .chain(keys::CASES)
        .chain(tokens::CASES)
        .chain(serving::CASES)
        .flat_map(|(ids, _)| ids.iter().copied())
        .chain(serving::ALONE.iter().copied())
        .chain(command::ALONE.iter().copied())
        .chain(ELSEWHERE)
        .collect();
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    assert_eq!(broken, known);
}

#[test]
fn the_docs_list_every_rule() {
    assert_rules_listed("docs/lint-issuer.md", rules());
}

/// Runs a table, several cases at the same time; a case breaks these rules and no others beyond
/// what an honest issuer does.
async fn check(cases: &'static [Row]) {
    let server = server().await;
    let judge = async |(ids, change): &'static Row| {
        let mut case = Case::on(&server, EndpointSpec::default());
        change(&mut case);
        let report = case.lint().await.unwrap();
        let expected: Vec<&str> = ids.to_vec();
        let mut found = beyond_honest(&report);
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "\n{report}");
        let fails =
            report.findings.iter().any(|it| ["must", "should"].contains(&it.level.as_str()));
        assert_eq!(report.is_fit(), !fails);
    };
    stream::iter(cases).for_each_concurrent(8, judge).await;
}

#[tokio::test]
async fn an_honest_issuer_is_fit_over_http_and_https() {
    let server = server().await;
    for certificate in [None, Some(Certificate::Valid)] {
        let mut case = Case::on(&server, EndpointSpec { certificate, ..EndpointSpec::default() });
        case.token("");
        let report = case.lint().await.unwrap();
        assert!(report.is_fit(), "{report}");
        assert_eq!(beyond_honest(&report), [""; 0], "{report}");
        assert_eq!(report.issuer.as_deref(), Some(case.issuer.facts.identifier.as_str()));
    }
}

#[tokio::test]
async fn what_was_pasted_by_mistake_is_recognised() {
    let honest = Case::start().await;
    for url in [&honest.issuer.facts.discovery_uri, &honest.issuer.facts.jwks_uri] {
        let mut case = honest.clone();
        case.options.url.clone_from(url);
        let report = case.lint().await.unwrap();
        assert_eq!(beyond_honest(&report), ["identifier-given"], "{report}");
        assert_eq!(report.issuer.as_deref(), Some(case.issuer.facts.identifier.as_str()));
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_an_error() {
    let failed = async |url: &str| lint(&Options::new(url)).await.unwrap_err();
    assert!(matches!(failed("issuer").await, LintError::NotAUrl(_)));
    assert!(matches!(failed("https://192.0.2.1/a").await, LintError::Elsewhere(_)));
    assert!(matches!(failed("http://127.0.0.1:1/a").await, LintError::Unreachable(_)));
    let authority = Options { ca_pem: Some("?".to_owned()), ..Options::new("http://127.0.0.1:1") };
    assert!(matches!(lint(&authority).await.unwrap_err(), LintError::Authority));

    // A key set on another machine is not asked either.
    let mut case = Case::start().await;
    case.issuer.set_discovery("jwks_uri", "https://192.0.2.1/jwks".into());
    assert!(matches!(case.lint().await.unwrap_err(), LintError::Elsewhere(_)));
}
