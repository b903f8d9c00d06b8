//! Patterns for what a target says: text, or a regular expression between slashes.

use std::hash::{Hash, Hasher};

use regex::Regex;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error};

use super::message::{Facts, KNOWN};
use super::template::{self, TemplateError};
use jwtspec_types::advised::Advised;

/// A pattern for messages: a substring, or a regular expression between slashes.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Option<Regex>,
}

/// A [`Pattern`] that may refer to the token it is about: `/"baseVersion":{{ version }}/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternTemplate {
    text: String,
    /// The pattern itself, where it refers to nothing.
    fixed: Option<Pattern>,
}

impl Pattern {
    fn parse(text: String) -> Result<Self, Advised> {
        let regex = match expression(&text) {
            Some(expression) => Some(Regex::new(expression).map_err(|error| {
                Advised::new(format!("`{text}` is not a regular expression"))
                    .advise(error.to_string())
            })?),
            None => None,
        };
        Ok(Self { text, regex })
    }

    /// Returns true if a message has it in it.
    pub fn matches(&self, message: &str) -> bool {
        match &self.regex {
            Some(regex) => regex.is_match(message),
            None => message.contains(&self.text),
        }
    }
}

/// The text between the slashes.
fn expression(text: &str) -> Option<&str> {
    text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'))
}

impl PatternTemplate {
    fn parse(text: String) -> Result<Self, Advised> {
        if text.is_empty() || text == "//" {
            return Err(Advised::new("an empty pattern matches every message")
                .advise("write what only such a message has in it: '/\"type\":\"AuthError\"/'"));
        }
        let mut pattern = Self { text, fixed: None };
        if pattern.text.contains("{{") || pattern.text.contains("{%") {
            template::check(&pattern.text, &KNOWN)?;
            let example = pattern.rendered(&Facts::example()).map_err(|error| error.advised())?;
            drop(Pattern::parse(example)?);
        } else {
            pattern.fixed = Some(Pattern::parse(pattern.text.clone())?);
        }
        Ok(pattern)
    }

    /// The pattern that is meant for a token.
    ///
    /// # Errors
    ///
    /// If the template fails, or what it comes to is no pattern.
    pub fn render(&self, facts: &Facts) -> Result<Pattern, String> {
        match &self.fixed {
            Some(pattern) => Ok(pattern.clone()),
            None => {
                let text = self.rendered(facts).map_err(|error| error.to_string())?;
                Pattern::parse(text).map_err(|error| error.to_string())
            }
        }
    }

    fn rendered(&self, facts: &Facts) -> Result<String, TemplateError> {
        match expression(&self.text) {
            Some(_) => template::render("a pattern of `[verdict]`", &self.text, &facts.escaped()),
            None => template::render("a pattern of `[verdict]`", &self.text, facts),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for PatternTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for Pattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for PatternTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PatternTemplate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<PatternTemplate, String> {
        PatternTemplate::parse(text.to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn patterns_refer_to_the_token() {
        let facts = Facts { version: 7, subject: "a.b\"c".to_owned(), ..Facts::example() };
        let pattern = |text| template(text).unwrap().render(&facts).unwrap();
        let version = pattern(r#"/"baseVersion":{{ version + 1 }}\b/"#);
        assert!(
            version.matches(r#"{"baseVersion":8}"#) && !version.matches(r#"{"baseVersion":80}"#)
        );
        let subject = pattern(r#"/sub=a\.?b?{{ subject }}$/"#);
        assert!(subject.matches("sub=aa.b\"c") && !subject.matches("sub=aaxb\"c"));
        assert!(pattern("\"sub\":{{ subject | tojson }}").matches(r#"{"sub":"a.b\"c"}"#));
    }

    #[test]
    fn mistakes_are_told() {
        for (text, told) in [
            ("", "empty pattern"),
            ("//", "empty pattern"),
            ("/(/", "not a regular expression"),
            ("/{{ version }}(/", "not a regular expression"),
            ("{{ verson }}", "did you mean `version`"),
            ("{{ version", "not a template"),
        ] {
            let error = template(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
