//! Templates, rendered and looked into by minijinja.

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use jwtspec_types::advised::Advised;
use jwtspec_types::nearest::nearest;

use super::template::TemplateError;

pub(super) use minijinja::Error;

/// Renders a template; `what` names it in errors. A variable that does not exist is an error.
pub(super) fn render(
    what: &str,
    template: &str,
    variables: &impl Serialize,
) -> Result<String, TemplateError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .render_str(template, minijinja::value::Serde(variables))
        .map_err(|error| TemplateError { what: what.to_owned(), error })
}

/// Checks that a text is a template for these variables.
pub(super) fn check(text: &str, known: &[&str]) -> Result<(), Advised> {
    let environment = Environment::new();
    let template = environment.template_from_str(text).map_err(|error| {
        Advised::new(format!("not a template: {error}"))
            .advise(format!("the variables are written `{{{{ {} }}}}`", known[0]))
    })?;
    let mut unknown: Vec<String> = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !known.contains(&name.as_str()))
        .filter(|name| !environment.globals().any(|(global, _)| global == name))
        .collect();
    unknown.sort();
    let Some(name) = unknown.first() else { return Ok(()) };
    let list = known.join(", ");
    let near = nearest(name, known.iter().copied());
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Err(Advised::new(format!("unknown variable `{name}`"))
        .advise(format!("{near}known here: {list}")))
}

/// Returns true if a template refers to this variable.
pub(super) fn mentions(text: &str, variable: &str) -> bool {
    let environment = Environment::new();
    let Ok(template) = environment.template_from_str(text) else { return false };
    template.undeclared_variables(false).contains(variable)
}
