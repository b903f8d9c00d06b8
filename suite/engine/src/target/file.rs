//! The target file.

use std::fmt;
use std::path::PathBuf;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::deviations::{Deviation, Deviations, DeviationsError};
use super::pattern::{Pattern, PatternTemplate};
use super::present::Present;
use crate::scenario::Catalogue;
use jwtspec_format::Source;
use jwtspec_types::advised::Advised;
use jwtspec_types::capabilities::{Capabilities, Channel, Number, SessionChannel, TrustSection};
use jwtspec_types::members::json_schema_of;
use jwtspec_types::timing::Span;
use jwtspec_types::words::Reason;

/// The way to start, configure, call and read one verifier. `docs/targets.md` describes each
/// member.
///
/// With `[trust]` the target is configured by a file rendered from the trust. Without, it is a
/// driver, which says what it can do and is configured over HTTP.
#[derive(Clone, Debug, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TargetFile {
    /// Short name, for reports and file names.
    pub name: String,
    /// One line on what it is, for readers of the file (default: empty).
    #[serde(default)]
    pub about: String,
    /// The way in which it is started.
    pub start: Start,
    /// The trust that it can be told. Left out for a driver.
    pub trust: Option<TrustSection>,
    /// The members that a valid token needs here, beyond the usual.
    #[serde(default)]
    pub token: TokenTable,
    /// The way in which a token is presented.
    #[serde(default)]
    pub present: Present,
    /// Which answers mean what.
    #[serde(default)]
    pub verdict: Verdicts,
    /// The meaning of its messages; the first match in the order of the file counts.
    #[serde(default)]
    pub reasons: IndexMap<Pattern, Reason>,
    /// Scenario ids or globs that are known to fail, each with its why.
    #[serde(default)]
    pub deviations: IndexMap<String, Deviation>,
    /// The folder of the file, in which commands run.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The text of the file.
    #[serde(skip)]
    pub(crate) source: Source,
}

/// The way in which a target is started. Strings are templates.
#[derive(Clone, Debug, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Start {
    /// Program and arguments, run in the folder of the target file.
    pub command: Vec<String>,
    /// A configuration template, rendered from the trust before the start.
    pub config: Option<String>,
    /// When it counts as ready; a driver is ready when it answers `GET /`.
    pub ready: Option<Ready>,
    /// Environment variables beyond the inherited ones.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    /// The time that it may take to become ready (default 15 s).
    pub timeout: Option<Span>,
}

/// When a started target counts as ready.
#[derive(Clone, Debug, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Ready {
    /// When this port takes connections.
    Tcp(String),
    /// When this path answers below 500.
    Http(String),
}

/// The members that a valid token needs here.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TokenTable {
    /// Header members.
    pub header: Map<String, Value>,
    /// Claims.
    pub claims: Map<String, Value>,
}

/// Which answers mean what.
#[derive(Clone, Debug, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Verdicts {
    /// The signs of accept.
    pub accept: Signs,
    /// The signs of reject.
    pub reject: Signs,
    /// Where the message is.
    pub message: Message,
    /// `websocket`: a refusal that names the version of the token has this in it.
    pub version: Option<PatternTemplate>,
    /// `websocket`: an acceptance that names the identity of the token has this in it.
    pub identity: Option<PatternTemplate>,
}

/// By what a verdict is known.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Signs {
    /// These statuses of an HTTP answer; on a socket, of one that refuses the opening handshake.
    pub status: Vec<u16>,
    /// `websocket`: a message that matches one of these.
    pub message: Vec<PatternTemplate>,
    /// `websocket`: a connection that the target closes with one of these codes.
    pub close: Vec<u16>,
}

impl Default for Verdicts {
    fn default() -> Self {
        let statuses = |status: &[u16]| Signs { status: status.to_vec(), ..Signs::default() };
        Self {
            accept: statuses(&[200]),
            // 413, 414 and 431 are how HTTP servers refuse what is too large for them.
            reject: statuses(&[400, 401, 403, 413, 414, 431]),
            message: Message::Body,
            version: None,
            identity: None,
        }
    }
}

/// Where an answer's message is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Message {
    /// The whole body.
    #[default]
    Body,
    /// This header field.
    Header(String),
    /// This JSON Pointer into the body.
    Json(String),
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MessageVisitor;

        impl<'de> Visitor<'de> for MessageVisitor {
            type Value = Message;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "\"body\", { header = \"www-authenticate\" } or { json = \"/error/message\" }",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Message, E> {
                match text {
                    "body" => Ok(Message::Body),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Message, A::Error> {
                let Some((place, value)) = map.next_entry::<String, String>()? else {
                    return Err(A::Error::custom("an empty table names no place"));
                };
                if let Some(second) = map.next_key::<String>()? {
                    let both = format!("a message has one place, not `{place}` and `{second}`");
                    return Err(A::Error::custom(Advised::new(both).advise("remove one of them")));
                }
                match place.as_str() {
                    "header" => Ok(Message::Header(value)),
                    "json" => Ok(Message::Json(value)),
                    _ => Err(A::Error::unknown_field(&place, &["header", "json"])),
                }
            }
        }

        deserializer.deserialize_any(MessageVisitor)
    }
}

json_schema_of!(Message, |_| {
    schemars::json_schema!({
        "anyOf": [
            { "const": "body" },
            {
                "type": "object",
                "properties": { "header": { "type": "string" }, "json": { "type": "string" } },
                "additionalProperties": false,
            },
        ]
    })
});

impl TargetFile {
    /// Adds its known deviations to others.
    ///
    /// # Errors
    ///
    /// If a key is no glob, or matches no scenario.
    pub fn add_deviations(
        &self,
        to: &mut Deviations,
        catalogue: &Catalogue,
    ) -> Result<(), DeviationsError> {
        to.add_from(&self.source, &["deviations"], &self.deviations, catalogue)
    }

    /// The template of its configuration file, as far as there is one that can be read.
    pub(crate) fn config_template(&self) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(self.start.config.as_deref()?)).ok()
    }

    /// The capabilities that the file declares; nothing for a driver.
    pub fn capabilities(&self) -> Option<Capabilities> {
        self.trust.clone().map(Capabilities::from)
    }

    /// The channel of its target.
    pub(super) fn channel(&self) -> Channel {
        if self.present.is_socket() {
            return Channel::socket(SessionChannel {
                many_tokens: self.present.tokens() == Number::Many,
                version: self.verdict.version.is_some(),
                identity: self.verdict.identity.is_some(),
                sign_out: !self.present.sign_out.is_empty(),
            });
        }
        match self.trust {
            Some(_) => Channel {
                bearer: self.present.request().is_bearer(),
                claims: false,
                ..Channel::DRIVER
            },
            None => Channel::DRIVER,
        }
    }
}
