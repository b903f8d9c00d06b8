//! Templates, rendered and looked into by minijinja.

use std::ops::Range;

use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior};
use serde::Serialize;

use jwtspec_format::{Problem, Source};
use jwtspec_types::advised::Advised;
use jwtspec_types::nearest::nearest;

use super::template::{TemplateError, VARIABLES_ADVICE};

/// Renders a template; `what` names it in errors. A variable that does not exist is an error.
pub(super) fn render(
    what: &str,
    template: &str,
    variables: &impl Serialize,
) -> Result<String, TemplateError> {
    strict(template, variables)
        .map_err(|error| TemplateError { what: what.to_owned(), error: described(&error) })
}

/// Renders a template that is a file.
pub(super) fn render_file(
    template: &Source,
    variables: &impl Serialize,
) -> Result<String, Problem> {
    strict(template.text(), variables).map_err(|error| {
        let message = format!("failed to render this: {}", described(&error));
        Problem::new(place(template.text(), &error), message).with_help(VARIABLES_ADVICE)
    })
}

fn strict(template: &str, variables: &impl Serialize) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.render_str(template, Serde(variables))
}

/// The mistake, without its place.
fn described(error: &Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

/// The bytes of a template that an error is about, or the start of their line.
fn place(template: &str, error: &Error) -> Range<usize> {
    let lines = error.line().unwrap_or(1).saturating_sub(1);
    let start = template.split_inclusive('\n').take(lines).map(str::len).sum();
    error.range().unwrap_or(start..start)
}

/// Checks that a text is a template for these variables.
pub(super) fn check(text: &str, known: &[&str]) -> Result<(), Advised> {
    check_places(text, known).map_err(|(_, mistake)| mistake)
}

/// Checks the same of a file.
pub(super) fn check_file(template: &Source, known: &[&str]) -> Result<(), Problem> {
    check_places(template.text(), known).map_err(|(place, mistake)| {
        let (message, advice) = mistake.into_parts();
        Problem::new(place, message).with_help(advice.unwrap_or_default())
    })
}

fn check_places(text: &str, known: &[&str]) -> Result<(), (Range<usize>, Advised)> {
    let environment = Environment::new();
    let template = environment.template_from_str(text).map_err(|error| {
        let mistake = Advised::new(format!("not a template: {}", described(&error)))
            .advise(format!("the variables are written `{{{{ {} }}}}`", known[0]));
        (place(text, &error), mistake)
    })?;
    let unknown = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !known.contains(&name.as_str()))
        .filter(|name| !environment.globals().any(|(global, _)| global == name));
    let places = unknown.map(|name| (place_of(text, &name), name));
    let Some((place, name)) = places.min_by_key(|(place, name)| (place.start, name.clone())) else {
        return Ok(());
    };
    let list = known.join(", ");
    let near = nearest(&name, known.iter().copied());
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let mistake = Advised::new(format!("unknown variable `{name}`"));
    Err((place, mistake.advise(format!("{near}known here: {list}"))))
}

/// The first place inside a tag at which a template has this name, as far as can be told without
/// its tokens.
fn place_of(template: &str, name: &str) -> Range<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_variable = |at: usize| {
        let (before, after) = (&template[..at], &template[at + name.len()..]);
        let opened = before.rfind("{{").max(before.rfind("{%"));
        let closed = before.rfind("}}").max(before.rfind("%}"));
        opened > closed
            && !before.ends_with(|c| is_word(c) || c == '.')
            && !after.starts_with(is_word)
    };
    let places = template.match_indices(name).map(|(at, _)| at);
    let start = places.into_iter().find(|at| is_variable(*at)).unwrap_or_default();
    start..start + name.len()
}

/// Returns true if a template refers to this variable.
pub(super) fn mentions(text: &str, variable: &str) -> bool {
    let environment = Environment::new();
    let Ok(template) = environment.template_from_str(text) else { return false };
    template.undeclared_variables(false).contains(variable)
}
