//! JSON as it is spelled: repeated members, odd numbers and escapes survive reading and writing.

/// More levels than this are left to the mutation of octets.
const DEEPEST: usize = 24;

/// A JSON value, its scalars as they are written. What is no JSON can be said too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A string with its quotes, a number, a literal, or what stands for one of them.
    Scalar(String),
    Array(Vec<Node>),
    /// Names are written with their quotes.
    Object(Vec<Member>),
}

/// A member of an object: the name as it is written, and its value.
pub(super) type Member = (String, Node);

impl Node {
    /// Reads a text; nothing if brackets and commas do not stand as in JSON.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        let node = reader.value(0)?;
        reader.blanks();
        (reader.at == text.len()).then_some(node)
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

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// Whether this octet comes next; if so it is taken.
    fn take(&mut self, octet: u8) -> bool {
        self.blanks();
        let is_next = self.text.as_bytes().get(self.at) == Some(&octet);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        if self.take(b'[') {
            let mut items = Vec::new();
            if self.take(b']') {
                return Some(Node::Array(items));
            }
            loop {
                items.push(self.value(depth + 1)?);
                if self.take(b']') {
                    return Some(Node::Array(items));
                }
                self.take(b',').then_some(())?;
            }
        }
        if self.take(b'{') {
            let mut members = Vec::new();
            if self.take(b'}') {
                return Some(Node::Object(members));
            }
            loop {
                let name = self.scalar()?;
                self.take(b':').then_some(())?;
                members.push((name, self.value(depth + 1)?));
                if self.take(b'}') {
                    return Some(Node::Object(members));
                }
                self.take(b',').then_some(())?;
            }
        }
        self.scalar().map(Node::Scalar)
    }

    fn scalar(&mut self) -> Option<String> {
        self.blanks();
        let rest = &self.text[self.at..];
        let length = if rest.starts_with('"') {
            let mut escaped = false;
            let end = rest.bytes().skip(1).position(|octet| {
                let ends = octet == b'"' && !escaped;
                escaped = octet == b'\\' && !escaped;
                ends
            });
            end? + 2
        } else {
            rest.find([',', ':', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len())
        };
        self.at += length;
        (length > 0).then(|| rest[..length].to_owned())
    }
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
