//! The stand-in for templates in a build without the feature `target-file`: none is rendered.

use serde::Serialize;

use jwtspec_types::advised::Advised;

use super::template::TemplateError;

/// What is wrong.
const MESSAGE: &str = "this build reads no templates";
/// What to do about it.
const ADVICE: &str = "build jwtspec with its feature `target-file`";

pub(super) fn render(what: &str, _: &str, _: &impl Serialize) -> Result<String, TemplateError> {
    Err(TemplateError { what: what.to_owned(), error: format!("{MESSAGE}; {ADVICE}") })
}

pub(super) fn check(_: &str, _: &[&str], _: &[impl Serialize]) -> Result<(), Advised> {
    Err(Advised::new(MESSAGE).advise(ADVICE))
}

pub(super) fn mentions(_: &str, _: &str) -> bool {
    false
}
