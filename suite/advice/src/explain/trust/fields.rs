//! Takes an object apart, noting every mistake instead of stopping at the first.

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
    pub(super) fn parse(
        node: &'a Node,
        known: &[&str],
        problems: &'p mut Vec<Problem>,
    ) -> Option<Self> {
        let Json::Object(members) = &node.value else {
            problems.push(expected("an object", node));
            return None;
        };
        let unknown = members.iter().filter(|member| !known.contains(&member.name.as_str()));
        problems.extend(unknown.map(|it| unknown_name(it.place.clone(), "key", &it.name, known)));
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
        let Json::Text(text) = &node.value else { return self.expect(what, node) };
        let bare = text.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        if text.trim() != text || text.starts_with(['"', '\'']) {
            let message = "the value has quotes or white space inside its quotes";
            return self.refuse(node, message, format!("write \"{bare}\""));
        }
        Some(text)
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Option<&'a str> {
        self.optional(name).and_then(|node| self.text(node, "a string"))
    }

    pub(super) fn list(&mut self, node: &'a Node, what: &str) -> &'a [Node] {
        match &node.value {
            Json::Array(nodes) => nodes,
            _ => self.expect(what, node).unwrap_or_default(),
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        let Some(node) = self.optional(name) else { return Vec::new() };
        let nodes = self.list(node, "an array of strings").iter();
        nodes.filter_map(|value| self.text(value, "a string")).map(str::to_owned).collect()
    }

    pub(super) fn seconds(&mut self, name: &str, default: u64) -> u64 {
        let Some(node) = self.optional(name) else { return default };
        let seconds = match &node.value {
            Json::Number(number) => number.as_u64(),
            _ => None,
        };
        seconds.or_else(|| self.expect("a whole number of seconds", node)).unwrap_or(default)
    }

    /// Notes that the value is not what is expected.
    pub(super) fn expect<T>(&mut self, what: &str, node: &Node) -> Option<T> {
        self.problems.push(expected(what, node));
        None
    }

    /// Notes a mistake in the value.
    pub(super) fn refuse<T>(
        &mut self,
        node: &Node,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        refuse(self.problems, node, message, help)
    }

    pub(super) fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }
}

/// Notes a mistake in a value.
pub(super) fn refuse<T>(
    problems: &mut Vec<Problem>,
    node: &Node,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Option<T> {
    problems.push(Problem::new(node.span.clone(), message).with_help(help));
    None
}

/// The mistake of being something else.
fn expected(what: &str, node: &Node) -> Problem {
    Problem::new(node.span.clone(), format!("expected {what}, found {}", node.kind()))
}

/// The mistake of having a name that is not known here.
pub(super) fn unknown_name(place: Range<usize>, what: &str, name: &str, known: &[&str]) -> Problem {
    let near = nearest(name, known.iter().copied());
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Problem::new(place, format!("unknown {what} `{name}`"))
        .with_help(format!("{near}known here: {}", known.join(", ")))
}
