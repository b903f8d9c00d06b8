//! A claim or header value as it is written in a file.

use std::fmt;

use indexmap::IndexMap;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::context::MintContext;
use crate::placeholder::{ExpandError, Position, Template};
use jwtspec_types::advised::Advised;
use jwtspec_types::members::json_schema_of;

/// A value of any type, with placeholders in its strings.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueTemplate {
    /// A number or a boolean.
    Plain(Value),
    /// A string.
    Text(Template),
    /// An array.
    Array(Vec<ValueTemplate>),
    /// An object.
    Table(IndexMap<String, ValueTemplate>),
}

impl ValueTemplate {
    /// The kind of the value, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Plain(Value::Bool(_)) => "boolean",
            Self::Plain(Value::String(_)) => "text",
            Self::Plain(_) => "number",
            Self::Array(_) => "array",
            Self::Table(_) => "object",
            Self::Text(template) => template.kind(),
        }
    }

    /// The JSON value, placeholders filled in.
    ///
    /// # Errors
    ///
    /// If a placeholder names an issuer that the setting does not have.
    pub fn expand(&self, mint_context: &MintContext) -> Result<Value, ExpandError> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Text(template) => template.value(mint_context),
            Self::Array(items) => items
                .iter()
                .map(|item| item.expand(mint_context))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Self::Table(members) => members
                .iter()
                .map(|(name, value)| Ok((name.clone(), value.expand(mint_context)?)))
                .collect::<Result<_, _>>()
                .map(Value::Object),
        }
    }
}

impl From<&str> for ValueTemplate {
    /// Text as it is, without placeholders.
    fn from(text: &str) -> Self {
        Self::Plain(text.into())
    }
}

impl<'de> Deserialize<'de> for ValueTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = ValueTemplate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<ValueTemplate, E> {
        Ok(ValueTemplate::Plain(value.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<ValueTemplate, E> {
        Ok(ValueTemplate::Plain(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<ValueTemplate, E> {
        Ok(ValueTemplate::Plain(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<ValueTemplate, E> {
        let number = Number::from_f64(number).ok_or_else(|| {
            E::custom(
                Advised::new("JSON has no infinity and no NaN")
                    .advise("write them in `claims-json` or `header-json`"),
            )
        })?;
        Ok(ValueTemplate::Plain(Value::Number(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ValueTemplate, E> {
        Template::parse(text, Position::Value).map(ValueTemplate::Text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ValueTemplate, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(ValueTemplate::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ValueTemplate, A::Error> {
        IndexMap::deserialize(MapAccessDeserializer::new(map)).map(ValueTemplate::Table)
    }
}

impl Serialize for ValueTemplate {
    /// As in a file: placeholders as they were written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Plain text has no placeholders, but may look as if it had.
            Self::Plain(Value::String(text)) => serializer.serialize_str(&text.replace('@', "@@")),
            Self::Plain(value) => value.serialize(serializer),
            Self::Text(template) => serializer.collect_str(template),
            Self::Array(items) => items.serialize(serializer),
            Self::Table(members) => members.serialize(serializer),
        }
    }
}

json_schema_of!(ValueTemplate, "Value", inline: true, |_| {
    schemars::json_schema!({
        "description": "a value of any type; strings may hold placeholders such as `@now+60s`"
    })
});
