//! The stand-in for templates in a build without the feature `target-file`: none is rendered.

use serde::Serialize;

use jwtspec_types::advised::Advised;

use super::template::TemplateError;

/// What to do about it.
const ADVICE: &str = "build jwtspec with its feature `target-file`";

/// A template that this build does not render.
#[derive(Debug, thiserror::Error)]
#[error("this build reads no templates; {ADVICE}")]
pub(super) struct Error;

pub(super) fn render(what: &str, _: &str, _: &impl Serialize) -> Result<String, TemplateError> {
    Err(TemplateError { what: what.to_owned(), error: Error })
}

pub(super) fn check(_: &str, _: &[&str]) -> Result<(), Advised> {
    Err(Advised::new("this build reads no templates").advise(ADVICE))
}

pub(super) fn mentions(_: &str, _: &str) -> bool {
    false
}
