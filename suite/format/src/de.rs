//! A serde deserializer over TOML with places, whose errors keep the place and the alternatives.
//!
//! The one of the `toml` crate flattens both into text. This one knows the members that a struct
//! takes, so that an unknown one is noted, with the nearest known one, and reading goes on.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::de::value::{MapAccessDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use jwtspec_types::advised::Advised;
use jwtspec_types::nearest::nearest;

/// The state that the nodes of one reading share.
pub(super) struct Pass<'p> {
    left_out: &'p HashSet<Range<usize>>,
    problems: RefCell<Vec<Problem>>,
}

impl<'p> Pass<'p> {
    pub(super) fn new(left_out: &'p HashSet<Range<usize>>) -> Self {
        Self { left_out, problems: RefCell::default() }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// A mistake that stopped a reading.
#[derive(Debug)]
pub(super) struct Error {
    message: String,
    help: Option<String>,
    /// The member that a table lacks.
    missing: Option<&'static str>,
    /// True if it only follows from a member that was left out.
    consequence: bool,
    /// The place to point at.
    span: Option<Range<usize>>,
    /// The value to leave out so that reading can go on.
    culprit: Option<Range<usize>>,
}

impl Error {
    fn new(message: String) -> Self {
        Self { message, help: None, missing: None, consequence: false, span: None, culprit: None }
    }

    fn at(mut self, span: &Range<usize>, culprit: &Range<usize>) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self.culprit.get_or_insert_with(|| culprit.clone());
        self
    }

    pub(super) fn is_consequence(&self) -> bool {
        self.consequence
    }

    pub(super) fn culprit(&self, whole: Range<usize>) -> Range<usize> {
        self.culprit.clone().unwrap_or(whole)
    }

    pub(super) fn into_problem(self, whole: Range<usize>) -> Problem {
        let problem = Problem::new(self.span.unwrap_or(whole), self.message);
        match self.help {
            Some(help) => problem.with_help(help),
            None => problem,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let (message, help) = Advised::recover(&message).into_parts();
        Self { help, ..Self::new(message) }
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", describe(unexpected)))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self { help: Some(suggest(word, known)), ..Self::new(format!("unknown word `{word}`")) }
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self { help: Some(suggest(name, known)), ..Self::new(format!("unknown key `{name}`")) }
    }

    fn missing_field(name: &'static str) -> Self {
        Self { missing: Some(name), ..Self::new(format!("missing key `{name}`")) }
    }
}

fn describe(unexpected: de::Unexpected<'_>) -> String {
    match unexpected {
        de::Unexpected::Map => "a table".to_owned(),
        de::Unexpected::Seq => "an array".to_owned(),
        de::Unexpected::Str(text) => format!("the string {text:?}"),
        de::Unexpected::Signed(number) => format!("the number {number}"),
        de::Unexpected::Unsigned(number) => format!("the number {number}"),
        de::Unexpected::Float(number) => format!("the number {number}"),
        de::Unexpected::Bool(value) => format!("the boolean {value}"),
        other => other.to_string(),
    }
}

/// "did you mean …?" and the whole list.
fn suggest(word: &str, known: &[&str]) -> String {
    let list = known.join(", ");
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? known here: {list}"),
        None => format!("known here: {list}"),
    }
}

/// A value and its place.
///
/// What serde asks for is compiled again for each type that is read, so whatever does not depend on
/// that type is in functions of its own.
#[derive(Clone, Copy)]
pub(super) struct Node<'n, 'a> {
    value: &'n Spanned<DeValue<'a>>,
    pass: &'n Pass<'n>,
}

impl<'n, 'a> Node<'n, 'a> {
    pub(super) fn new(value: &'n Spanned<DeValue<'a>>, pass: &'n Pass<'n>) -> Self {
        Self { value, pass }
    }

    /// Gives an error without a place the place of this value. One of a table may only follow from
    /// what was left out of it.
    fn locate(&self, mut error: Error) -> Error {
        if let (DeValue::Table(table), None) = (self.value.get_ref(), &error.span) {
            let mut left_out = table
                .iter()
                .filter(|(_, value)| self.pass.left_out.contains(&value.span()))
                .map(|(name, _)| name.get_ref().as_ref());
            error.consequence = match error.missing {
                Some(missing) => left_out.any(|name| name == missing),
                None => left_out.next().is_some(),
            };
        }
        let span = self.value.span();
        error.at(&span, &span)
    }

    fn elements(&self, array: &'n [Spanned<DeValue<'a>>]) -> Vec<Self> {
        let left_out = |value: &&Spanned<_>| self.pass.left_out.contains(&value.span());
        array.iter().filter(|value| !left_out(value)).map(|it| Node::new(it, self.pass)).collect()
    }

    fn scalar(&self) -> Result<Scalar<'n>, Error> {
        Ok(match self.value.get_ref() {
            DeValue::String(text) => Scalar::Text(text),
            DeValue::Integer(number) => integer(number.as_str(), number.radix())?,
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => Scalar::Float(number),
                Err(_) => return Err(Error::new(format!("`{number}` is not a number"))),
            },
            DeValue::Boolean(value) => Scalar::Boolean(*value),
            _ => {
                return Err(Error {
                    help: Some("write \"@now+60s\", or the date as a string in quotes".to_owned()),
                    ..Error::new("a TOML date is not a value here".to_owned())
                });
            }
        })
    }

    fn members(
        &self,
        table: &'n DeTable<'a>,
        known: Option<&'static [&'static str]>,
    ) -> Members<'n, 'a> {
        let mut list = Vec::new();
        for (name, value) in table.iter() {
            if self.pass.left_out.contains(&value.span()) {
                continue;
            }
            match known {
                Some(known) if !known.contains(&name.get_ref().as_ref()) => {
                    let word = name.get_ref();
                    self.pass.problems.borrow_mut().push(
                        Problem::new(name.span(), format!("unknown key `{word}`"))
                            .with_help(suggest(word, known)),
                    );
                }
                _ => list.push((name, value)),
            }
        }
        Members { list: list.into_iter(), pending: None, pass: self.pass }
    }
}

/// A value that holds no others.
enum Scalar<'n> {
    Text(&'n str),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Boolean(bool),
}

fn integer(text: &str, radix: u32) -> Result<Scalar<'static>, Error> {
    if let Ok(number) = i64::from_str_radix(text, radix) {
        Ok(Scalar::Signed(number))
    } else if let Ok(number) = u64::from_str_radix(text, radix) {
        Ok(Scalar::Unsigned(number))
    } else {
        Err(Error {
            help: Some("write it in `claims-json` or `header-json`, as JSON text".to_owned()),
            ..Error::new("an integer of more than 64 bits".to_owned())
        })
    }
}

impl<'de> de::Deserializer<'de> for Node<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let result = match self.value.get_ref() {
            DeValue::Array(array) => {
                visitor.visit_seq(SeqDeserializer::new(self.elements(array).into_iter()))
            }
            DeValue::Table(table) => visitor.visit_map(self.members(table, None)),
            _ => self.scalar().and_then(|scalar| match scalar {
                Scalar::Text(text) => visitor.visit_str(text),
                Scalar::Signed(number) => visitor.visit_i64(number),
                Scalar::Unsigned(number) => visitor.visit_u64(number),
                Scalar::Float(number) => visitor.visit_f64(number),
                Scalar::Boolean(value) => visitor.visit_bool(value),
            }),
        };
        result.map_err(|error| self.locate(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value.get_ref() {
            DeValue::Table(table) => {
                let members = self.members(table, Some(fields));
                visitor.visit_map(members).map_err(|error| self.locate(error))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let result = match self.value.get_ref() {
            DeValue::String(text) => {
                let word: StrDeserializer<'_, Error> = text.as_ref().into_deserializer();
                visitor.visit_enum(word)
            }
            DeValue::Table(table) => {
                visitor.visit_enum(MapAccessDeserializer::new(self.members(table, None)))
            }
            _ => return self.deserialize_any(visitor),
        };
        result.map_err(|error| self.locate(error))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Node<'_, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

struct Members<'n, 'a> {
    list: std::vec::IntoIter<(&'n Spanned<std::borrow::Cow<'a, str>>, &'n Spanned<DeValue<'a>>)>,
    pending: Option<&'n Spanned<DeValue<'a>>>,
    pass: &'n Pass<'n>,
}

impl<'de> MapAccess<'de> for Members<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((name, value)) = self.list.next() else { return Ok(None) };
        self.pending = Some(value);
        let word: StrDeserializer<'_, Error> = name.get_ref().as_ref().into_deserializer();
        seed.deserialize(word).map(Some).map_err(|error| error.at(&name.span(), &value.span()))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        match self.pending.take() {
            Some(value) => seed.deserialize(Node::new(value, self.pass)),
            None => Err(Error::new("a value was asked for before its key".to_owned())),
        }
    }
}
