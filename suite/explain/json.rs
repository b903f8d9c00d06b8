//! JSON with places, so that a mistake in a file of trust can be pointed at.

use std::ops::Range;

use crate::format::Problem;

/// Nothing that people configure is nested deeper.
const DEEPEST: usize = 32;

/// A value and the octets where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) value: Json,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) place: Range<usize>,
    pub(super) value: Node,
}

impl Node {
    /// What kind of value it is.
    pub(super) const fn kind(&self) -> &'static str {
        match self.value {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// The same without places.
    pub(super) fn plain(&self) -> serde_json::Value {
        match &self.value {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number(number) => number.clone().into(),
            Json::Text(text) => text.clone().into(),
            Json::Array(nodes) => nodes.iter().map(Self::plain).collect(),
            Json::Object(members) => members
                .iter()
                .map(|member| (member.name.clone(), member.value.plain()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let mut parser = Parser { text, at: 0 };
    parser.skip_space();
    let node = parser.value(0)?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.expected("the end of the file"));
    }
    Ok(node)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|octet| b" \t\r\n".contains(&octet)) {
            self.at += 1;
        }
    }

    fn expected(&self, what: &str) -> Problem {
        let rest = &self.text[self.at..];
        let length = rest.chars().next().map_or(0, char::len_utf8);
        let found = match rest.chars().next() {
            None => "the end of the file".to_owned(),
            Some('\'') => "a single quote; JSON takes double quotes only".to_owned(),
            Some(character) => format!("`{}`", character.escape_debug()),
        };
        Problem::new(self.at..self.at + length, format!("expected {what}, found {found}"))
    }

    fn take(&mut self, octet: u8) -> bool {
        let there = self.peek() == Some(octet);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: usize) -> Result<Node, Problem> {
        let start = self.at;
        if depth > DEEPEST {
            return Err(Problem::new(start..start, format!("nested deeper than {DEEPEST}")));
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Json::Text(self.string()?),
            _ => self.word()?,
        };
        Ok(Node { span: start..self.at, value })
    }

    fn object(&mut self, depth: usize) -> Result<Json, Problem> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name in double quotes"));
            }
            let name = self.string()?;
            let place = start..self.at;
            if members.iter().any(|member| member.name == name) {
                return Err(Problem::new(place, format!("the key `{name}` is there twice")));
            }
            self.skip_space();
            if !self.take(b':') {
                return Err(self.expected("`:`"));
            }
            self.skip_space();
            let value = self.value(depth + 1)?;
            members.push(Member { name, place, value });
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Problem> {
        self.at += 1;
        let mut values = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::Array(values));
        }
        loop {
            self.skip_space();
            values.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::Array(values));
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Problem> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None | Some(b'\n') => {
                    return Err(Problem::new(start..self.at, "this string has no end")
                        .with_help("close it with a double quote"));
                }
                Some(b'\\') => self.at = (self.at + 2).min(self.text.len()),
                Some(b'"') => break,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let text = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(text)
            .map_err(|_| Problem::new(start..self.at, "this is no JSON string"))
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Json, Problem> {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let value = match word {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "" => return Err(self.expected("a JSON value")),
            word => match serde_json::from_str(word) {
                Ok(number) => Json::Number(number),
                Err(_) => {
                    let place = start..start + length;
                    return Err(Problem::new(place, format!("`{word}` is no JSON value"))
                        .with_help("texts stand in double quotes"));
                }
            },
        };
        self.at += length;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_serde_json_reads() {
        let text =
            r#" { "a": [1, -2.5e3, true, null], "b\u0041": {"c": "\u00e9\n\"x"}, "d": [] } "#;
        let plain: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text).unwrap().plain(), plain);
    }

    #[test]
    fn mistakes_have_places() {
        let cases = [
            ("{'a': 1}", "found a single quote"),
            ("{\"a\" 1}", "expected `:`"),
            ("{\"a\": 1,}", "expected a name in double quotes, found `}`"),
            ("[1 2]", "expected `,` or `]`"),
            ("{\"a\": b}", "`b` is no JSON value"),
            ("{\"a\": \"b", "has no end"),
            ("{} x", "expected the end of the file, found `x`"),
            ("", "expected a JSON value, found the end of the file"),
            ("{\"a\":1,\"a\":2}", "is there twice"),
            ("\"\\", "has no end"),
            ("é", "found `é`"),
        ];
        for (text, message) in cases {
            let problem = parse(text).unwrap_err();
            assert!(problem.message().contains(message), "{text}: {}", problem.message());
        }
        assert!(parse(&"[".repeat(1000)).is_err());
    }
}
