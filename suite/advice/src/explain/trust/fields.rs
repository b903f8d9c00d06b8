//! Taking an object apart, noting every mistake instead of stopping at the first.

use std::ops::Range;

use jwtspec_format::Problem;
use jwtspec_jose::located::{Json, Member, Node};
use jwtspec_types::nearest::nearest;

/// The members of an object, and the mistakes found in them.
pub(super) struct Fields<'a, 'p> {
    members: &'a [Member],
    place: Range<usize>,
    problems: &'p mut Vec<Problem>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// An object that has these members and no others.
    pub(super) fn of(
        node: &'a Node,
        known: &[&str],
        problems: &'p mut Vec<Problem>,
    ) -> Option<Self> {
        let Json::Object(members) = &node.value else {
            problems.push(expected("an object", node));
            return None;
        };
        for member in members {
            if !known.contains(&member.name.as_str()) {
                let near = nearest(&member.name, known.iter().copied());
                let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
                problems.push(
                    Problem::new(member.place.clone(), format!("unknown key `{}`", member.name))
                        .with_help(format!("{near}known here: {}", known.join(", "))),
                );
            }
        }
        Some(Self { members, place: node.span.clone(), problems })
    }

    pub(super) fn optional(&self, name: &str) -> Option<&'a Node> {
        let member = self.members.iter().find(|member| member.name == name)?;
        (member.value.value != Json::Null).then_some(&member.value)
    }

    pub(super) fn required(&mut self, name: &str, what: &str) -> Option<&'a Node> {
        let found = self.optional(name);
        if found.is_none() {
            let problem = Problem::new(self.place.clone(), format!("missing key `{name}`"));
            self.problems.push(problem.with_help(format!("it is {what}")));
        }
        found
    }

    pub(super) fn text(&mut self, node: &'a Node, what: &str) -> Option<&'a str> {
        let Json::Text(text) = &node.value else {
            self.problems.push(expected(what, node));
            return None;
        };
        if text.trim() != text || text.starts_with(['"', '\'']) {
            let problem = Problem::new(
                node.span.clone(),
                "the value has quotes or white space inside its quotes",
            );
            self.problems.push(problem.with_help(format!(
                "write \"{}\"",
                text.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'')
            )));
            return None;
        }
        Some(text)
    }

    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        let what = "an array of strings";
        let Some(node) = self.optional(name) else { return Vec::new() };
        let Json::Array(values) = &node.value else {
            self.problems.push(expected(what, node));
            return Vec::new();
        };
        values.iter().filter_map(|value| self.text(value, "a string")).map(str::to_owned).collect()
    }

    pub(super) fn seconds(&mut self, name: &str, default: u64) -> u64 {
        let Some(node) = self.optional(name) else { return default };
        match &node.value {
            Json::Number(number) if number.as_u64().is_some() => {
                number.as_u64().unwrap_or_default()
            }
            _ => {
                self.problems.push(expected("a whole number of seconds", node));
                default
            }
        }
    }

    pub(super) fn wrong(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }
}

/// The mistake of being something else.
pub(super) fn expected(what: &str, node: &Node) -> Problem {
    Problem::new(node.span.clone(), format!("expected {what}, found {}", node.kind()))
}
