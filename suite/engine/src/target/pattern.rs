//! Patterns for what a target says: text, or a regular expression between slashes.

use std::hash::{Hash, Hasher};
use std::str::FromStr;

use regex::Regex;

use super::facts::{Facts, KNOWN};
use super::render;
use super::template::TemplateError;
use jwtspec_types::advised::Advised;
use jwtspec_types::read_from_str;

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

impl FromStr for Pattern {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        if text.is_empty() || text == "//" {
            return Err(Advised::new("an empty pattern matches every message")
                .advise("write what only such a message has in it: '/\"type\":\"AuthError\"/'"));
        }
        let regex = match expression(text) {
            Some(expression) => Some(Regex::new(expression).map_err(|error| {
                Advised::new(format!("`{text}` is not a regular expression"))
                    .advise(error.to_string())
            })?),
            None => None,
        };
        Ok(Self { text: text.to_owned(), regex })
    }
}

impl Pattern {
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

impl FromStr for PatternTemplate {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        let mut pattern = Self { text: text.to_owned(), fixed: None };
        if text.contains("{{") || text.contains("{%") {
            render::check(text, &KNOWN, &[Facts::example()])?;
            let example = pattern.rendered(&Facts::example()).map_err(|error| error.advised())?;
            drop(Pattern::from_str(&example)?);
        } else {
            pattern.fixed = Some(text.parse()?);
        }
        Ok(pattern)
    }
}

impl PatternTemplate {
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
                text.parse().map_err(|error: Advised| error.to_string())
            }
        }
    }

    fn rendered(&self, facts: &Facts) -> Result<String, TemplateError> {
        match expression(&self.text) {
            Some(_) => render::render("a pattern of `[verdict]`", &self.text, &facts.escaped()),
            None => render::render("a pattern of `[verdict]`", &self.text, facts),
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

read_from_str!(Pattern, inline: false, { "type": "string" });
read_from_str!(PatternTemplate, inline: false, { "type": "string", "minLength": 1 });

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<PatternTemplate, String> {
        text.parse().map_err(|error: Advised| error.to_string())
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
