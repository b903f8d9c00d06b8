//! JSON as it is spelled: repeated members, odd numbers and escapes survive reading and writing.

use jwtspec_jose::located::{self, Json, outline};

/// A JSON value, its scalars as they are written. What is no JSON can be said too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A string with its quotes, a number, a literal, or text in place of one of them.
    Scalar(String),
    Array(Vec<Node>),
    /// Names are written with their quotes.
    Object(Vec<Member>),
}

/// A member of an object: the name as it is written, and its value.
pub(super) type Member = (String, Node);

impl Node {
    /// Parses a text; nothing if brackets and commas are not placed as in JSON.
    pub(super) fn parse(text: &str) -> Option<Self> {
        outline(text).ok().map(|node| Self::spelled(text, node))
    }

    fn spelled(text: &str, node: located::Node) -> Self {
        match node.value {
            Json::Array(items) => {
                Self::Array(items.into_iter().map(|item| Self::spelled(text, item)).collect())
            }
            Json::Object(members) => Self::Object(
                members
                    .into_iter()
                    .map(|member| (member.name, Self::spelled(text, member.value)))
                    .collect(),
            ),
            _ => Self::Scalar(text[node.span].to_owned()),
        }
    }

    pub(super) fn text(value: &str) -> Self {
        Self::Scalar(quoted(value))
    }

    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    out.push_str(name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> Option<String> {
        let mut out = String::new();
        Node::parse(text)?.write(&mut out);
        Some(out)
    }

    #[test]
    fn spellings_and_repeated_members_survive() {
        for text in [
            r#"{"a":1e3,"a":-0,"\u0061":[true,null,"x\"y\\"],"":{}}"#,
            "[01,+1,NaN,[],{}]",
            "{x:1}",
            r#""é""#,
        ] {
            assert_eq!(rewritten(text).as_deref(), Some(text));
        }
        assert_eq!(rewritten(" { \"a\" : [ 1 , 2 ] } ").as_deref(), Some(r#"{"a":[1,2]}"#));
    }

    #[test]
    fn what_is_not_bracketed_as_json_is_not_read() {
        for text in ["", "{", "[1", "{\"a\"}", "\"a", "1 2", "{\"a\":1,}", &"[".repeat(100)] {
            assert_eq!(rewritten(text), None, "{text}");
        }
    }
}
