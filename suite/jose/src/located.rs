//! JSON with places: to point at a mistake, and to keep the spelling of values.

use std::ops::Range;

use super::grammar::{Limit, excess};

/// The deepest nesting that is read. Configurations and tokens stay far below.
const DEEPEST: usize = 32;

/// A value and its bytes in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes that it takes up.
    pub span: Range<usize>,
    /// The value.
    pub value: Json,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string, its escapes resolved.
    Text(String),
    /// An array.
    Array(Vec<Node>),
    /// An object.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The bytes of the name.
    pub place: Range<usize>,
    /// Its value.
    pub value: Node,
}

/// A mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes that it is about.
    pub span: Range<usize>,
    /// A description of it.
    pub message: String,
    /// Advice on how to mend it.
    pub help: Option<&'static str>,
}

impl Node {
    /// The type of the value, with its article.
    pub const fn kind(&self) -> &'static str {
        match self.value {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// The value without places.
    pub fn plain(&self) -> serde_json::Value {
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

/// Reads a whole text strictly.
///
/// # Errors
///
/// If it is not JSON, is beyond a limit, or has a name twice in an object.
pub fn parse(text: &str) -> Result<Node, Mistake> {
    Parser { text, at: 0 }.whole()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn whole(mut self) -> Result<Node, Mistake> {
        self.skip_space();
        let node = self.value(0)?;
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.expected("the end of the file"));
        }
        Ok(node)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
    }

    fn expected(&self, what: &str) -> Mistake {
        let rest = &self.text[self.at..];
        let length = rest.chars().next().map_or(0, char::len_utf8);
        let found = match rest.chars().next() {
            None => "the end of the file".to_owned(),
            Some('\'') => "a single quote; JSON takes double quotes only".to_owned(),
            Some(character) => format!("`{}`", character.escape_debug()),
        };
        mistake(self.at..self.at + length, format!("expected {what}, found {found}"))
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: usize) -> Result<Node, Mistake> {
        let start = self.at;
        if depth > DEEPEST {
            return Err(beyond(start..start, &Limit::Depth(DEEPEST)));
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Json::Text(self.string()?),
            _ => self.word()?,
        };
        Ok(Node { span: start..self.at, value })
    }

    fn object(&mut self, depth: usize) -> Result<Json, Mistake> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            let start = self.at;
            let name = self.name()?;
            let place = start..self.at;
            if members.iter().any(|member| member.name == name) {
                return Err(mistake(place, format!("the key `{name}` is there twice")));
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

    fn array(&mut self, depth: usize) -> Result<Json, Mistake> {
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

    fn name(&mut self) -> Result<String, Mistake> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a name in double quotes"));
        }
        self.string()
    }

    fn string(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None | Some(b'\n') => {
                    let help = Some("close it with a double quote");
                    return Err(Mistake {
                        help,
                        ..mistake(start..self.at, "this string has no end")
                    });
                }
                Some(b'\\') => self.at = (self.at + 2).min(self.text.len()),
                Some(b'"') => break,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let text = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(text).map_err(|_| match excess(text.as_bytes()) {
            Some(excess) => beyond(start..self.at, &excess.limit),
            None => mistake(start..self.at, "this is no JSON string"),
        })
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Json, Mistake> {
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
                    if let Some(excess) = excess(word.as_bytes()) {
                        return Err(beyond(start..start + length, &excess.limit));
                    }
                    let help = Some("write texts in double quotes");
                    let message = format!("`{word}` is no JSON value");
                    return Err(Mistake { help, ..mistake(start..start + length, message) });
                }
            },
        };
        self.at += length;
        Ok(value)
    }
}

/// The mistake of a text that is JSON, and is not read.
fn beyond(span: Range<usize>, limit: &Limit) -> Mistake {
    let help = Some(match limit {
        Limit::Number(_) => "write a number that a double holds, or a text in double quotes",
        Limit::LoneSurrogate(_) => {
            "write the other half of the pair as well, or leave this one out"
        }
        Limit::Depth(_) => "write it with fewer objects and arrays inside each other",
    });
    Mistake { help, ..mistake(span, format!("this {limit}")) }
}

fn mistake(span: Range<usize>, message: impl Into<String>) -> Mistake {
    Mistake { span, message: message.into(), help: None }
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
    fn json_beyond_a_limit_is_never_called_no_json() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        for (text, span, message) in [
            ("{\"a\": 1e400}", 6..11, "this holds the number 1e400, which is beyond what a double"),
            ("{\"a\": \"\\ud800\"}", 6..14, "this holds the lone surrogate U+D800"),
            (&deep, 33..33, "this is nested deeper than 32 levels, the most that are read"),
        ] {
            let mistake = parse(text).unwrap_err();
            assert!(mistake.message.starts_with(message), "{text}: {mistake:?}");
            assert_eq!((mistake.span, mistake.help.is_some()), (span, true), "{text}");
        }
        assert!(parse("[01]").unwrap_err().message.contains("is no JSON value"));
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
            let mistake = parse(text).unwrap_err();
            assert!(mistake.message.contains(message), "{text}: {mistake:?}");
        }
        assert!(parse(&"[".repeat(1000)).is_err());
    }
}
