//! The filters and tests that a template calls: minijinja looks for them only when it renders.

use std::ops::Range;

use minijinja::{Environment, Error, ErrorKind};

use jwtspec_types::advised::Advised;
use jwtspec_types::nearest::nearest;

/// Filters, and tests, that a template may be meant to call.
const FILTERS: [&str; 24] = [
    "abs",
    "bool",
    "capitalize",
    "default",
    "escape",
    "first",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "replace",
    "reverse",
    "sort",
    "split",
    "string",
    "tojson",
    "trim",
    "unique",
    "upper",
];
const TESTS: [&str; 14] = [
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "in",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "undefined",
];

/// The calls of filters and tests that there are not, each with its place in a template without
/// mistakes of syntax.
pub(super) fn unknown_calls(
    environment: &Environment<'_>,
    template: &str,
) -> Vec<(Range<usize>, Advised)> {
    let mut state = environment.empty_state();
    let is = |result: Option<Error>, kind| result.is_some_and(|error| error.kind() == kind);
    let unknown = calls(template).into_iter().filter_map(|(is_filter, place)| {
        let name = &template[place.clone()];
        let (what, known, is_unknown) = match is_filter {
            true => {
                let tried = state.apply_filter(name, &[]).err();
                ("filter", &FILTERS[..], is(tried, ErrorKind::UnknownFilter))
            }
            false => {
                let tried = state.perform_test(name, &[]).err();
                ("test", &TESTS[..], is(tried, ErrorKind::UnknownTest))
            }
        };
        let near = nearest(name, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let advice = format!("{near}known here: those of minijinja");
        is_unknown.then(|| {
            (place.clone(), Advised::new(format!("unknown {what} `{name}`")).advise(advice))
        })
    });
    unknown.collect()
}

/// The names of filters (true) and tests in the tags of a template, each with its place.
fn calls(template: &str) -> Vec<(bool, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = template[at..].find('{').map(|open| at + open) {
        let rest = &template[open..];
        at = open + 1;
        if rest.starts_with("{#") {
            at = open + rest.find("#}").unwrap_or(rest.len());
        } else if rest.starts_with("{{") || rest.starts_with("{%") {
            let end = if rest.starts_with("{{") { "}}" } else { "%}" };
            let words = tag_words(template, open + 2, end);
            at = words.last().map_or(open + 2, |word| word.end);
            let text = |back: usize, to: usize| {
                to.checked_sub(back).and_then(|it| words.get(it)).map(|it| &template[it.clone()])
            };
            let block = words.iter().position(|it| !matches!(&template[it.clone()], "-" | "+"));
            if end == "%}" && block.is_some_and(|first| text(0, first) == Some("raw")) {
                at += template[at..].find("endraw").unwrap_or_default();
            }
            for (index, place) in words.iter().enumerate() {
                if !template[place.clone()].starts_with(is_start_of_name) {
                    continue;
                }
                let of_block = end == "%}" && block.is_some_and(|first| first + 1 == index);
                let is_filter =
                    text(1, index) == Some("|") || of_block && text(1, index) == Some("filter");
                let is_test = match text(1, index) {
                    Some("is") => &template[place.clone()] != "not",
                    Some("not") => text(2, index) == Some("is"),
                    _ => false,
                };
                if is_filter || is_test {
                    found.push((is_filter, place.clone()));
                }
            }
        }
    }
    found
}

/// The words, strings and signs of a tag, from `start` to its end.
fn tag_words(template: &str, start: usize, end: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = start;
    while let Some(first) = template[at..].chars().next() {
        let rest = &template[at..];
        if rest.starts_with(end) {
            break;
        }
        let length = match first {
            '"' | '\'' => string_length(rest, first),
            _ if is_start_of_name(first) => {
                let is_name = |c: char| c.is_alphanumeric() || c == '_';
                rest.find(|c| !is_name(c)).unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        if !first.is_whitespace() {
            words.push(at..at + length);
        }
        at += length;
    }
    words
}

fn is_start_of_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// The length of the string at the start of a text, its quotes included.
fn string_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let closing = text.char_indices().skip(1).find(|(_, c)| {
        let closes = *c == quote && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        closes
    });
    closing.map_or(text.len(), |(at, quote)| at + quote.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(template: &str) -> Vec<(usize, String)> {
        let environment = Environment::new();
        assert!(environment.template_from_str(template).is_ok(), "{template}");
        let unknown = unknown_calls(&environment, template);
        unknown.into_iter().map(|(place, it)| (place.start, it.to_string())).collect()
    }

    #[test]
    fn the_names_that_are_proposed_exist() {
        for name in FILTERS {
            assert_eq!(told(&format!("{{{{ 1|{name} }}}}")), []);
        }
        for name in TESTS {
            assert_eq!(told(&format!("{{{{ 1 is {name} and 1 is not {name}(1) }}}}")), []);
        }
    }

    #[test]
    fn unknown_filters_and_tests_have_their_places() {
        for (template, name, near) in [
            ("é{{ x | tojsn }}", "tojsn", "did you mean `tojson`"),
            ("{% if false %}{{ x|upper|uper(1) }}{% endif %}", "uper(", "did you mean `upper`"),
            ("{%- filter uper %}{% endfilter %}", "uper", ""),
            ("{% if x is definde %}{% endif %}", "definde", "did you mean `defined`"),
            ("{% if x is not definde %}{% endif %}", "definde", ""),
            ("{{ '}}' | uper }}", "uper", ""),
            ("{% raw %}{{ x | a }}{% endraw %}{{ x | uper }}", "uper", ""),
        ] {
            let told = told(template);
            assert!(told.len() == 1, "{template}: {told:?}");
            assert_eq!(Some(told[0].0), template.rfind(name), "{template}");
            assert!(told[0].1.starts_with("unknown ") && told[0].1.contains(near), "{told:?}");
        }
    }

    #[test]
    fn what_is_no_call_is_left_alone() {
        for template in [
            "{ x | a } | b is c",
            "{# {{ x | a }} #}",
            "{{ ' | a' ~ \"\\\" is b\" }}",
            "{% raw %}{{ x | a }} {% if x is b %}{% endraw %}",
            "{{ x.filter }}{% set filter = x %}{{ {'a': x | upper} }}",
            "{% for x in y if x is not none %}{{ x is not in [1] }}{% endfor %}",
        ] {
            assert_eq!(told(template), [], "{template}");
        }
    }
}
