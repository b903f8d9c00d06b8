//! Templates, rendered and looked into by minijinja.

use std::ops::Range;

use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value;

use jwtspec_format::{Problem, Problems, Source};
use jwtspec_types::advised::Advised;
use jwtspec_types::nearest::nearest;

use super::calls::unknown_calls;
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
    environment.add_filter("tojson", to_json);
    environment.render_str(template, Serde(variables))
}

/// The filter `tojson`, which writes `null` for what does not exist, even where that is an error.
fn to_json(
    value: &minijinja::Value,
    indent: Option<minijinja::Value>,
    options: Kwargs,
) -> Result<minijinja::Value, Error> {
    match value.is_undefined() {
        true => Err(Error::new(ErrorKind::UndefinedError, "there is no such member")),
        false => minijinja::filters::tojson(value, indent, options),
    }
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

/// Checks that a text is a template for these variables, and can be rendered for the examples.
pub(super) fn check(
    text: &str,
    known: &[&str],
    examples: &[impl Serialize],
) -> Result<(), Advised> {
    let first = find_mistakes(text, known, examples).into_iter().next();
    first.map_or(Ok(()), |(_, mistake)| Err(mistake))
}

/// Checks the same of a file. Returns every mistake.
pub(super) fn check_file(
    template: &Source,
    known: &[&str],
    examples: &[impl Serialize],
) -> Vec<Problem> {
    let mistakes = find_mistakes(template.text(), known, examples).into_iter();
    let problems = mistakes.map(|(place, mistake)| {
        let (message, advice) = mistake.into_parts();
        Problem::new(place, message).with_help(advice.unwrap_or_default())
    });
    problems.collect()
}

type Mistakes = Vec<(Range<usize>, Advised)>;

fn find_mistakes(text: &str, known: &[&str], examples: &[impl Serialize]) -> Mistakes {
    let environment = Environment::new();
    let template = match environment.template_from_str(text) {
        Ok(template) => template,
        Err(error) => {
            let mistake = Advised::new(format!("not a template: {}", described(&error)))
                .advise(format!("the variables are written `{{{{ {} }}}}`", known[0]));
            return vec![(place(text, &error), mistake)];
        }
    };
    let unknown = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !known.contains(&name.as_str()))
        .filter(|name| !environment.globals().any(|(global, _)| global == name));
    let mut mistakes: Mistakes = unknown
        .map(|name| {
            let near = did_you_mean(&name, known.iter().copied());
            let advice = format!("{near}known here: {}", known.join(", "));
            let mistake = Advised::new(format!("unknown variable `{name}`")).advise(advice);
            (place_of(text, &name), mistake)
        })
        .chain(unknown_calls(&environment, text))
        .collect();
    for example in examples {
        render_on(text, example, &mut mistakes);
    }
    mistakes.sort_by_key(|(place, _)| place.start);
    mistakes
}

fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(name, known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default()
}

/// Renders a template, each time without the tags that are known to fail, and adds what fails.
fn render_on(template: &str, variables: &impl Serialize, mistakes: &mut Mistakes) {
    let mut text = template.to_owned();
    for (place, _) in mistakes.iter() {
        blank_tag(&mut text, place);
    }
    while let Err(error) = strict(&text, variables) {
        let place = place(&text, &error);
        let is_known = |(known, _): &(Range<usize>, Advised)| {
            known.start < place.end.max(place.start + 1) && place.start < known.end
        };
        // A tag that cannot be left out, such as that of a loop, was perhaps told already.
        if !mistakes.iter().any(is_known) {
            let advice =
                format!("{}{VARIABLES_ADVICE}", near_member(&template[place.clone()], variables));
            let message = format!("failed to render this: {}", described(&error));
            mistakes.push((place.clone(), Advised::new(message).advise(advice)));
        }
        if !blank_tag(&mut text, &place) || mistakes.len() >= Problems::MOST_SHOWN {
            return;
        }
    }
}

/// Leaves a tag `{{ … }}` out of a template, each other place in which stays where it is. Returns
/// false if the place is in none.
fn blank_tag(text: &mut String, place: &Range<usize>) -> bool {
    let (Some(before), Some(behind)) = (text.get(..place.start), text.get(place.end..)) else {
        return false;
    };
    let (Some(start), Some(end)) = (before.rfind("{{"), behind.find("}}")) else { return false };
    if before[start..].contains("}}") {
        return false;
    }
    let tag = start..place.end + end + "}}".len();
    let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
    let blank: String = text[tag.clone()].bytes().map(blank).collect();
    text.replace_range(tag, &blank);
    true
}

/// The member that an expression may be meant to name.
fn near_member(expression: &str, variables: &impl Serialize) -> String {
    let mut members = Vec::new();
    add_members(&serde_json::to_value(variables).unwrap_or_default(), &mut members);
    let mut names = expression.split(|c: char| !c.is_alphanumeric() && c != '_');
    let known = |name: &&str| name.is_empty() || members.iter().any(|it| it == name);
    let unknown = names.rfind(|name| !known(name)).unwrap_or_default();
    did_you_mean(unknown, members.iter().map(String::as_str))
}

/// Adds the names of all members of a value.
fn add_members(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| add_members(item, names)),
        Value::Object(members) => {
            for (name, member) in members {
                names.push(name.clone());
                add_members(member, names);
            }
        }
        _ => {}
    }
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
