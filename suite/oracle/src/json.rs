//! Strict JSON (RFC 8259) that keeps what other readers hide: repeated names, number spellings.

/// Values nested deeper than this are checked, but not kept: a JSON parser may set a limit.
pub(super) const DEPTH: usize = 32;

/// A JSON value. Numbers keep their spelling, objects each member in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Object),
    /// Something well-formed, too deep to be kept.
    Deep,
}

/// The members of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object(pub(super) Vec<(String, Json)>);

impl Object {
    /// The value under a name: of several the last one, as RFC 7515 and RFC 7519 allow.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

impl Json {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number as a double, infinite if it is too large for one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(spelling) => spelling.parse().ok(),
            _ => None,
        }
    }

    /// Its type for people.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
            Self::Deep => "a deeply nested value",
        }
    }
}

/// Properties of a text that a parser may refuse, though the grammar allows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Doubts {
    /// The first name that an object has twice.
    pub(super) repeated: Option<String>,
    /// Half a surrogate pair, or a noncharacter.
    pub(super) surrogate: bool,
    /// A number that a double, or a signed integer of 64 bits, does not hold.
    pub(super) number: bool,
    /// More than [`DEPTH`] values inside each other.
    pub(super) deep: bool,
    /// `__proto__`, a name that means something to JavaScript.
    pub(super) proto: bool,
}

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Syntax,
    /// One whole JSON text, and more behind it.
    Trailing,
}

/// Reads a text that holds one JSON value.
pub(super) fn parse(text: &str) -> Result<(Json, Doubts), Fault> {
    let mut reader = Reader { text, at: 0, doubts: Doubts::default() };
    let value = reader.value(0).ok_or(Fault::Syntax)?;
    reader.blanks();
    if reader.at == text.len() { Ok((value, reader.doubts)) } else { Err(Fault::Trailing) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    doubts: Doubts,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.blanks();
        match self.peek()? {
            b'{' | b'[' if depth == DEPTH => self.skip(),
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Option<Json> {
        match self.peek()? {
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ => {
                let literals = [
                    ("null", Json::Null),
                    ("true", Json::Bool(true)),
                    ("false", Json::Bool(false)),
                ];
                let rest = &self.text[self.at..];
                let (word, value) =
                    literals.into_iter().find(|(word, _)| rest.starts_with(word))?;
                self.at += word.len();
                Some(value)
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.at += 1;
        let mut members: Vec<(String, Json)> = Vec::new();
        self.blanks();
        if self.takes(b'}') {
            return Some(Json::Object(Object::default()));
        }
        loop {
            let name = self.name()?;
            members.push((name, self.value(depth + 1)?));
            self.blanks();
            if self.takes(b'}') {
                self.doubts.repeated = self.doubts.repeated.take().or_else(|| repeated(&members));
                return Some(Json::Object(Object(members)));
            }
            self.takes(b',').then_some(())?;
        }
    }

    /// A member's name and the colon behind it.
    fn name(&mut self) -> Option<String> {
        self.blanks();
        let name = self.string()?;
        self.doubts.proto |= name == "__proto__";
        self.blanks();
        self.takes(b':').then_some(name)
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        self.at += 1;
        let mut values = Vec::new();
        self.blanks();
        if self.takes(b']') {
            return Some(Json::List(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.blanks();
            if self.takes(b']') {
                return Some(Json::List(values));
            }
            self.takes(b',').then_some(())?;
        }
    }

    /// Checks an object or array without calling itself, so that no depth exhausts the stack.
    fn skip(&mut self) -> Option<Json> {
        self.doubts.deep = true;
        let mut open: Vec<u8> = Vec::new();
        loop {
            // A value, or the end of an empty object or array.
            self.blanks();
            match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    open.push(bracket);
                    self.blanks();
                    if !matches!(self.peek()?, b'}' | b']') {
                        if bracket == b'{' {
                            self.name()?;
                        }
                        continue;
                    }
                }
                _ => drop(self.scalar()?),
            }
            // Behind a value: brackets that end, then a comma and the next value.
            loop {
                self.blanks();
                let Some(&bracket) = open.last() else { return Some(Json::Deep) };
                if self.takes(if bracket == b'{' { b'}' } else { b']' }) {
                    open.pop();
                    if open.is_empty() {
                        return Some(Json::Deep);
                    }
                } else if self.takes(b',') {
                    if bracket == b'{' {
                        self.name()?;
                    }
                    break;
                } else {
                    return None;
                }
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.takes(b'"').then_some(())?;
        let mut string = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ')?;
            let text = &rest[..plain];
            self.doubts.surrogate |= !text.is_ascii() && text.chars().any(is_noncharacter);
            string.push_str(text);
            self.at += plain;
            if self.takes(b'"') {
                return Some(string);
            }
            self.takes(b'\\').then_some(())?;
            string.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => return None,
        })
    }

    /// The character of one `\u` escape, or of two that are a surrogate pair.
    fn code_point(&mut self) -> Option<char> {
        let unit = self.hex()?;
        let mut character = char::from_u32(unit);
        if (0xD800..0xDC00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.hex()?;
            if (0xDC00..0xE000).contains(&low) {
                character = char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            } else {
                self.at = before;
            }
        }
        self.doubts.surrogate |= character.is_none_or(is_noncharacter);
        Some(character.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        u32::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        let mut is_integer = true;
        if self.takes(b'.') {
            is_integer = false;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_integer = false;
            self.at += 1;
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            self.digits()?;
        }
        let spelling = &self.text[start..self.at];
        self.doubts.number |= if is_integer {
            spelling.parse::<i64>().is_err()
        } else {
            !spelling.parse::<f64>().is_ok_and(f64::is_finite)
        };
        Some(Json::Number(spelling.to_owned()))
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

fn repeated(members: &[(String, Json)]) -> Option<String> {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned())
}

/// RFC 7493 section 2.1.
fn is_noncharacter(c: char) -> bool {
    let number = u32::from(c);
    number & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&number)
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
