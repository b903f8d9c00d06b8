//! Placeholders: `@issuer`, `@now+60s` and the like, in strings that people write.
//!
//! Parsing happens when a file is read, so that a mistake has a place; the value of a placeholder is
//! looked up when a token is minted, in a [`MintContext`].

mod parse;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::context::MintContext;
use jwtspec_fixtures::Key;
use jwtspec_types::advised::Advised;
use jwtspec_types::members::string_format;

/// A string with placeholders, such as the value of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// The placeholder behind an `@`.
#[derive(Clone, Debug, PartialEq)]
enum Placeholder {
    Name(Name),
    Changed(Name, Change),
    Time(Time, TimeForm),
    Null,
    Count,
    Jwk(Key),
    PrivateJwk(Key),
    Certificate(Key),
    Filler(usize),
    Digits(usize),
    Nested(usize),
    Token,
    Claims,
    Header,
}

/// A text that depends on the issuers and the trust of a scenario.
#[derive(Clone, Debug, PartialEq)]
enum Name {
    Issuer(Option<String>),
    JwksUri(Option<String>),
    DiscoveryUri(Option<String>),
    Audience,
    Kid(Option<Key>),
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Upper,
    Lower,
    Cut(usize),
    Replace(String, String),
    OtherScheme,
    NoScheme,
}

/// `now` and what is added to it.
#[derive(Clone, Debug, PartialEq, Default)]
struct Time {
    seconds: f64,
    leeways: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeForm {
    Number,
    Text,
    Milliseconds,
    Iso,
}

/// The position of a template, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// A claim, a header member.
    Value,
    /// The JSON text of header, claims or a key set.
    Json,
    /// A request header, query or body.
    Request,
}

/// A placeholder that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// No issuer of that name in the scenario.
    #[error("no issuer is called `{0}`\ndeclare it as `issuers.{0} = {{ … }}`")]
    UnknownIssuer(String),
    /// The issuer publishes nothing.
    #[error("`@kid` has no value: the issuer publishes no key")]
    NoKey,
    /// The fixture has no certificate.
    #[error("the fixture key `{0}` has no certificate\nsee fixtures/keys/README.md")]
    NoCertificate(String),
    /// A placeholder of another position.
    #[error("`@{0}` cannot stand here")]
    OutOfPlace(&'static str),
}

/// Texts that exist only while a token is being put together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Locals<'a> {
    pub(crate) claims: Option<&'a str>,
    pub(crate) header: Option<&'a str>,
    pub(crate) token: Option<&'a str>,
}

impl Template {
    /// Parses a string of a file.
    ///
    /// # Errors
    ///
    /// If a placeholder is unknown or its arguments are not as they should be.
    pub fn parse(text: &str, position: Position) -> Result<Self, Advised> {
        let parts = parse::template(text, position)?;
        Ok(Self { source: text.to_owned(), parts })
    }

    /// A text without placeholders.
    fn literal(text: &str) -> Self {
        Self { source: text.replace('@', "@@"), parts: vec![Part::Text(text.to_owned())] }
    }

    /// The kind of value that it gives, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        match self.parts.as_slice() {
            [Part::Placeholder(Placeholder::Null)] => "null",
            [Part::Placeholder(Placeholder::Jwk(_) | Placeholder::PrivateJwk(_))] => "object",
            [
                Part::Placeholder(
                    Placeholder::Time(_, TimeForm::Number | TimeForm::Milliseconds)
                    | Placeholder::Count,
                ),
            ] => "number",
            _ => "text",
        }
    }

    /// The value: of the placeholder's own type if it is the whole string, else text.
    pub(crate) fn value(&self, mint_context: &MintContext) -> Result<Value, ExpandError> {
        match self.parts.as_slice() {
            [Part::Placeholder(alone)] => alone.value(mint_context, Locals::default()),
            _ => self.text(mint_context, Locals::default()).map(Value::String),
        }
    }

    /// The text, placeholders filled in.
    pub fn text(
        &self,
        mint_context: &MintContext,
        locals: Locals<'_>,
    ) -> Result<String, ExpandError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Placeholder(Placeholder::Nested(depth)) => {
                    text.push_str(&"[".repeat(*depth));
                    text.push_str(&"]".repeat(*depth));
                }
                Part::Placeholder(placeholder) => match placeholder.value(mint_context, locals)? {
                    Value::String(string) => text.push_str(&string),
                    other => text.push_str(&other.to_string()),
                },
            }
        }
        Ok(text)
    }
}

impl fmt::Display for Template {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Placeholder {
    fn value(&self, mint_context: &MintContext, locals: Locals<'_>) -> Result<Value, ExpandError> {
        let local =
            |text: Option<&str>, name| text.map(Value::from).ok_or(ExpandError::OutOfPlace(name));
        Ok(match self {
            Self::Name(name) => name.value(mint_context)?,
            Self::Changed(name, change) => {
                let value = name.value(mint_context)?;
                let text =
                    value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
                change.apply(&text).into()
            }
            Self::Time(time, form) => form.value(time.at(mint_context)),
            Self::Null => Value::Null,
            Self::Count => mint_context.count.into(),
            Self::Jwk(key) => key.public_jwk().into(),
            Self::PrivateJwk(key) => key.private_jwk().clone().into(),
            Self::Certificate(key) => {
                let der = key.der("cert.pem");
                let der = der.ok_or_else(|| ExpandError::NoCertificate(key.name().to_owned()))?;
                STANDARD.encode(der).into()
            }
            Self::Filler(count) => "a".repeat(*count).into(),
            Self::Digits(count) => "1".repeat(*count).into(),
            Self::Nested(_) => return Err(ExpandError::OutOfPlace("nested")),
            Self::Token => local(locals.token, "token")?,
            Self::Claims => local(locals.claims, "claims")?,
            Self::Header => local(locals.header, "header")?,
        })
    }
}

impl Name {
    fn value(&self, mint_context: &MintContext) -> Result<Value, ExpandError> {
        let issuer = |name: &Option<String>| {
            let name = name.as_deref().unwrap_or(MintContext::MAIN);
            mint_context.issuer(name).ok_or_else(|| ExpandError::UnknownIssuer(name.to_owned()))
        };
        Ok(match self {
            Self::Issuer(name) => issuer(name)?.identifier.clone().into(),
            Self::JwksUri(name) => issuer(name)?.jwks_uri.clone().into(),
            Self::DiscoveryUri(name) => issuer(name)?.discovery_uri.clone().into(),
            Self::Audience => mint_context.audience.as_str().into(),
            Self::Kid(Some(key)) => key.name().into(),
            Self::Kid(None) => {
                let first = issuer(&None)?.keys.first().ok_or(ExpandError::NoKey)?;
                first.kid.clone().unwrap_or(Value::Null)
            }
        })
    }
}

impl Change {
    fn apply(&self, text: &str) -> String {
        match self {
            Self::Upper => text.to_uppercase(),
            Self::Lower => text.to_lowercase(),
            Self::Cut(count) => {
                let keep = text.chars().count().saturating_sub(*count);
                text.chars().take(keep).collect()
            }
            Self::Replace(from, to) => text.replacen(from, to, 1),
            Self::OtherScheme => match text.strip_prefix("http:") {
                Some(rest) => format!("https:{rest}"),
                None => text.replacen("https:", "http:", 1),
            },
            Self::NoScheme => text.split_once("://").map_or(text, |(_, rest)| rest).to_owned(),
        }
    }
}

impl Time {
    fn at(&self, mint_context: &MintContext) -> f64 {
        // Both are far below 2^53, where f64 is exact.
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit into 53 bits")]
        let whole = mint_context.now as f64 + self.leeways as f64 * mint_context.leeway as f64;
        whole + self.seconds
    }
}

impl TimeForm {
    #[expect(clippy::cast_possible_truncation, reason = "the parser bounds durations")]
    fn value(self, seconds: f64) -> Value {
        let whole = seconds.floor() as i64;
        match self {
            Self::Number if seconds.fract() == 0.0 => whole.into(),
            Self::Number => Number::from_f64(seconds).map_or(Value::Null, Value::Number),
            Self::Text => whole.to_string().into(),
            Self::Milliseconds => ((seconds * 1000.0) as i64).into(),
            Self::Iso => match jiff::Timestamp::from_second(whole) {
                Ok(time) => time.to_string().into(),
                Err(_) => Value::Null,
            },
        }
    }
}

/// Implements reading and schema of a string that is a template in one [`Position`].
macro_rules! template_string {
    ($(#[$meta:meta])* $name:ident, $position:expr, $about:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(pub Template);

        impl $name {
            /// This text as it is: an `@` in it begins no placeholder.
            pub fn literal(text: &str) -> Self {
                Self(Template::literal(text))
            }
        }

        impl FromStr for $name {
            type Err = Advised;

            fn from_str(text: &str) -> Result<Self, Advised> {
                Template::parse(text, $position).map(Self)
            }
        }

        impl fmt::Display for $name {
            /// As it was written.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        string_format!($name, { "type": "string", "description": $about });
    };
}

template_string!(
    /// JSON text with placeholders, which need not be valid JSON.
    JsonText, Position::Json, "JSON text with placeholders; it need not be valid JSON"
);
template_string!(
    /// A part of a request, in which `@token` is the token.
    RequestText, Position::Request, "text in which `@token` is replaced by the token"
);
template_string!(
    /// A string value with placeholders.
    ValueText, Position::Value, "text with placeholders such as `@issuer`"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        let mint_context = MintContext::example();
        Template::parse(text, Position::Value).unwrap().value(&mint_context).unwrap()
    }

    #[test]
    fn a_lone_placeholder_keeps_its_type() {
        assert_eq!(value("@now"), 1_800_000_000);
        assert_eq!(value("@now+60s"), 1_800_000_060);
        assert_eq!(value("@now-1.5m"), 1_799_999_910);
        assert_eq!(value("@now-leeway-5s"), 1_799_999_965);
        assert_eq!(value("@now+0.5s"), 1_800_000_000.5);
        assert_eq!(value("@now+1h30m-500ms"), 1_800_005_399.5);
        assert_eq!(value("@now+60s0e-1"), "18000000600e-1");
        assert_eq!(value("@now+60s or so"), "1800000060 or so");
        assert_eq!(value("@millis(now)"), 1_800_000_000_000_u64);
        assert_eq!(value("@string(now+1h)"), "1800003600");
        assert_eq!(value("@iso(now)"), "2027-01-15T08:00:00Z");
        assert_eq!(value("@null"), Value::Null);
        assert_eq!(value("@jwk(rs256-a)")["kty"], "RSA");
    }

    #[test]
    fn placeholders_are_filled_in_inside_text() {
        assert_eq!(value("@issuer/"), "http://127.0.0.1:1/issuer/0/");
        assert_eq!(value("me@@example.org"), "me@example.org");
        assert_eq!(value("<@audience>"), "<https://api.jwtspec.example/orders>");
        assert_eq!(value("@kid"), "rs256-a");
    }

    #[test]
    fn texts_can_be_changed() {
        assert_eq!(value("@upper(issuer)"), "HTTP://127.0.0.1:1/ISSUER/0");
        assert_eq!(value("@cut(issuer,2)"), "http://127.0.0.1:1/issuer");
        assert_eq!(value("@other-scheme(issuer)"), "https://127.0.0.1:1/issuer/0");
        assert_eq!(value("@other-scheme(audience)"), "http://api.jwtspec.example/orders");
        assert_eq!(value("@no-scheme(issuer)"), "127.0.0.1:1/issuer/0");
        assert_eq!(value("@replace(issuer,/issuer,/./issuer)"), "http://127.0.0.1:1/./issuer/0");
    }

    #[test]
    fn an_undeclared_issuer_is_named() {
        let template = Template::parse("@issuer(second)", Position::Value).unwrap();
        let error = template.value(&MintContext::example()).unwrap_err();
        assert_eq!(error, ExpandError::UnknownIssuer("second".to_owned()));
    }
}
