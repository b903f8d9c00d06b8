//! `jwtspec lint-issuer`: an honest issuer passes, and each rule catches an issuer that breaks it.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod bodies;
mod command;
mod documents;
mod keys;
mod serving;
mod stand;
mod tokens;

use std::collections::BTreeSet;

use jwtspec::lint::{LintError, Options, Rule, lint, rules};
use jwtspec::{Certificate, Ground};
use stand::{Row, Stand};

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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lint-issuer.md");
    let text = std::fs::read_to_string(path).unwrap();
    let start = "| id | level | source | what is asked |\n|---|---|---|---|\n";
    let (before, _) = text.split_once(start).unwrap();
    let row = |rule: &Rule| {
        let Rule { id, level, source, holds, .. } = rule;
        format!("| `{id}` | {level} | {source} | {holds} |\n")
    };
    let table: String = rules().map(row).collect();
    let whole = format!("{before}{start}{table}");
    if std::env::var_os("JWTSPEC_UPDATE").is_some() {
        std::fs::write(path, &whole).unwrap();
    }
    assert!(
        text == whole || std::env::var_os("JWTSPEC_UPDATE").is_some(),
        "docs/lint-issuer.md is out of date; run JWTSPEC_UPDATE=1 cargo test --test lint_issuer"
    );
}

/// Runs a table; a case breaks these rules and no others beyond what an honest issuer does.
async fn check(cases: &[Row]) {
    for (ids, change) in cases {
        let stand = Stand::new(Ground::default()).await;
        let mut case = stand.case();
        change(&mut case);
        let report = stand.lint(&case).await.unwrap();
        let expected: Vec<&str> = ids.to_vec();
        let mut found = stand::beyond_honest(&report);
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "\n{report}");
        let fails =
            report.findings.iter().any(|it| ["must", "should"].contains(&it.level.as_str()));
        assert_eq!(report.is_fit(), !fails);
    }
}

#[tokio::test]
async fn an_honest_issuer_is_fit_over_http_and_https() {
    for certificate in [None, Some(Certificate::Valid)] {
        let stand = Stand::new(Ground { certificate, ..Ground::default() }).await;
        let mut case = stand.case();
        case.token("");
        let report = stand.lint(&case).await.unwrap();
        assert!(report.is_fit(), "{report}");
        assert_eq!(stand::beyond_honest(&report), [""; 0], "{report}");
        assert_eq!(report.issuer.as_deref(), Some(case.facts.identifier.as_str()));
        assert!(report.summary.pass > 60);
    }
}

#[tokio::test]
async fn what_was_pasted_by_mistake_is_recognised() {
    let stand = Stand::new(Ground::default()).await;
    for url in [&stand.facts.discovery_uri, &stand.facts.jwks_uri] {
        let mut case = stand.case();
        case.options.url.clone_from(url);
        let report = stand.lint(&case).await.unwrap();
        assert_eq!(stand::beyond_honest(&report), ["identifier-given"], "{report}");
        assert_eq!(report.issuer.as_deref(), Some(case.facts.identifier.as_str()));
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
    let stand = Stand::new(Ground::default()).await;
    let mut case = stand.case();
    case.discovery("jwks_uri", "https://192.0.2.1/jwks".into());
    assert!(matches!(stand.lint(&case).await.unwrap_err(), LintError::Elsewhere(_)));
}
