//! Helpers that the integration tests share.

mod driver;
mod issuer;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jwtspec_advice::lint::Rule;
use jwtspec_engine::event::{CaseResult, Event, Summary};
use jwtspec_engine::run::{Options, RunError, run};
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::Target;
use serde_json::Value;

pub(crate) use driver::{Asked, Failure, driver_failing, driver_failing_at, serve_failing};
pub(crate) use issuer::{Issuer, now, server};

/// The embedded scenarios.
pub(crate) static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::embedded().unwrap_or_else(|error| panic!("{error}")));

/// Runs scenarios and returns every result, by id.
pub(crate) async fn results(
    catalogue: &Catalogue,
    target: Target,
    options: &Options,
) -> Result<(Summary, Vec<CaseResult>), RunError> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let summary = run(catalogue, target, options, &sender).await?;
    drop(sender);
    let mut results = Vec::new();
    while let Some(event) = receiver.recv().await {
        if let Event::CaseFinished(result) = event {
            results.push(*result);
        }
    }
    results.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((summary, results))
}

/// A path in the repository.
pub(crate) fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Settings for snapshots in this folder of `snapshots/`.
pub(crate) fn snapshot_settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(in_repository("snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"127\.0\.0\.1:\d{2,5}", "127.0.0.1:[port]");
    settings.add_filter(r"/issuer/\d+", "/issuer/[n]");
    settings
}

/// Compares a generated file with the committed one; with `JWTSPEC_UPDATE=1` in the environment
/// writes it anew.
pub(crate) fn assert_generated(path: &str, text: &str) {
    let file = in_repository(path);
    if std::env::var_os("JWTSPEC_UPDATE").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap_or_default() == text,
        "{path} is out of date; run JWTSPEC_UPDATE=1 cargo test --test integration"
    );
}

/// Asserts that a page of the docs ends with the table of these rules.
pub(crate) fn assert_rules_listed(path: &str, rules: impl Iterator<Item = &'static Rule>) {
    let text = std::fs::read_to_string(in_repository(path)).unwrap();
    let start = "| id | level | source | what is asked |\n|---|---|---|---|\n";
    let (before, _) = text.split_once(start).unwrap();
    let row = |rule: &Rule| {
        let Rule { id, level, source, holds, .. } = rule;
        format!("| `{id}` | {level} | {source} | {holds} |\n")
    };
    let table: String = rules.map(row).collect();
    assert_generated(path, &format!("{before}{start}{table}"));
}

/// Asserts that a document is as its JSON Schema says.
pub(crate) fn assert_conforms(schema: Value, document: &Value) {
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("schema.json", schema).unwrap();
    let schema = compiler.compile("schema.json", &mut schemas).unwrap();
    schemas.validate(document, schema).unwrap_or_else(|error| panic!("{error:#}"));
}
