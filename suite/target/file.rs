//! The target file.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::deviations::Deviation;
use super::reading::Pattern;
use crate::format::{Document, Problem, Problems, Source};
use crate::plan::Abilities;
use crate::scenario::Method;
use crate::timing::{Span, Timing};
use crate::trust::KeyDelivery;
use crate::verifier::Number;
use crate::words::Reason;

/// How to start, configure, call and read one verifier. `docs/targets.md` describes each member.
///
/// With `[trust]` the target is configured by a file rendered from the trust. Without, it is a
/// driver, which says what it can do and is configured over HTTP.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TargetFile {
    /// Short name, for reports and file names.
    pub name: String,
    /// One line on what it is.
    pub about: String,
    /// How it is started.
    pub start: Start,
    /// What it can be told. Left out for a driver.
    pub trust: Option<AbilitiesTable>,
    /// What a valid token needs here, beyond the usual.
    #[serde(default)]
    pub token: TokenTable,
    /// How a token is presented.
    #[serde(default)]
    pub present: Present,
    /// Which answers mean what.
    #[serde(default)]
    pub verdict: Verdicts,
    /// What its messages mean; the first match in the order of the file counts.
    #[serde(default)]
    pub reasons: IndexMap<Pattern, Reason>,
    /// Scenario ids or globs that are known to fail, each with its why.
    #[serde(default)]
    pub deviations: IndexMap<String, Deviation>,
    /// The folder of the file, in which commands run.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// How a target is started. Strings are templates.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
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
    /// How long it may take to become ready (default 15 s).
    pub timeout: Option<Span>,
}

/// When a started target counts as ready.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ready {
    /// When this port takes connections.
    Tcp(String),
    /// When this path answers below 500.
    Http(String),
}

/// What a target can be told.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AbilitiesTable {
    /// Whether one start can hold many providers, so that it serves every scenario.
    pub providers: Number,
    /// How keys can be given, in order of preference.
    pub keys: Vec<KeyDelivery>,
    /// The algorithms that it verifies.
    pub algorithms: Vec<String>,
    /// `"60s"`: it has this leeway; `"configurable"`; `"from 1s"`: configurable, from this on.
    pub leeway: Timing,
    /// How long it keeps key sets, written like `leeway` (default: unknown).
    pub cache_age: Option<Timing>,
    /// How long an unknown `kid` causes no further fetch, written like `leeway` (default:
    /// unknown).
    pub cooldown: Option<Timing>,
    /// Whether it keeps key sets by the rules of HTTP caching (RFC 9111).
    #[serde(default)]
    pub http_cache: bool,
    /// Whether it tells strangers which issuers it trusts, and may.
    #[serde(default)]
    pub tells_issuers: bool,
    /// Whether it can be told the authority behind the certificates of issuers.
    #[serde(default)]
    pub tls: bool,
    /// Whether it can be told an expected `typ`.
    #[serde(default)]
    pub typ: bool,
    /// Whether it can be told claims that must be there.
    #[serde(default)]
    pub required_claims: bool,
}

/// What a valid token needs here.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenTable {
    /// Header members.
    pub header: Map<String, Value>,
    /// Claims.
    pub claims: Map<String, Value>,
}

/// How a token is presented.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Present {
    /// The request that carries it.
    pub request: RequestTable,
    /// How long an answer may take (default 10 s).
    pub timeout: Option<Span>,
}

/// The request that carries a token. Strings are templates.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RequestTable {
    /// The method.
    pub method: Method,
    /// The path, for targets that are not drivers.
    pub path: String,
    /// Header fields.
    pub header: IndexMap<String, String>,
    /// The body.
    pub body: Option<String>,
}

impl RequestTable {
    /// The only form of `Authorization` that `request` of a scenario can bend.
    pub const BEARER: &'static str = "Bearer {{ token }}";

    /// Whether the token is taken in `Authorization: Bearer`.
    pub fn is_bearer(&self) -> bool {
        self.header.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("authorization") && value == Self::BEARER
        })
    }
}

impl Default for RequestTable {
    fn default() -> Self {
        let header = [("authorization".to_owned(), Self::BEARER.to_owned())];
        Self {
            method: Method::Get,
            path: "/".to_owned(),
            header: header.into_iter().collect(),
            body: None,
        }
    }
}

/// Which answers mean what.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Verdicts {
    /// Statuses that mean accept.
    pub accept: Statuses,
    /// Statuses that mean reject.
    pub reject: Statuses,
    /// Where the message is.
    pub message: Message,
}

/// A set of statuses.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statuses {
    /// The statuses.
    pub status: Vec<u16>,
}

impl Default for Verdicts {
    fn default() -> Self {
        Self {
            accept: Statuses { status: vec![200] },
            // 413, 414 and 431 are how HTTP servers refuse what is too large for them.
            reject: Statuses { status: vec![400, 401, 403, 413, 414, 431] },
            message: Message::Body,
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

impl JsonSchema for Message {
    fn schema_name() -> Cow<'static, str> {
        "Message".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
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
    }
}

impl TargetFile {
    /// Reads a target file.
    ///
    /// # Errors
    ///
    /// Every mistake in it, each with its place.
    pub fn parse(source: &Source, folder: &Path) -> Result<Self, Problems> {
        let document = Document::parse(source);
        let (file, mut problems) = document.read::<Self>();
        problems.extend(document.into_problems());
        if let Some(file) = &file {
            problems.extend(file.mistakes());
        }
        match (file, Problems::of(source, problems)) {
            (Some(file), None) => Ok(Self { folder: folder.to_owned(), ..file }),
            (_, Some(problems)) => Err(problems),
            (None, None) => {
                Err(Problems::of(source, vec![Problem::new(0..0, "not a target file")])
                    .unwrap_or_else(|| unreachable!("one problem was given")))
            }
        }
    }

    fn mistakes(&self) -> Vec<Problem> {
        let mut mistakes = Vec::new();
        let mut add = |message: &str, help: &str| {
            mistakes.push(Problem::new(0..0, message).with_help(help));
        };
        if self.start.command.is_empty() {
            add("`start.command` is empty", "write the program and its arguments");
        }
        if self.trust.is_some() && self.start.config.is_none() {
            add(
                "`[trust]` without `start.config`",
                "say how the trust reaches the target, or leave `[trust]` out for a driver",
            );
        }
        if self.trust.is_none() && self.start.config.is_some() {
            add("`start.config` without `[trust]`", "say what the target can be told");
        }
        if self.name.is_empty() || !self.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            add("`name` becomes part of file names", "use letters, digits and hyphens");
        }
        mistakes
    }

    /// What the file says that the target can be told; nothing for a driver.
    pub fn abilities(&self) -> Option<Abilities> {
        self.trust.as_ref().map(|table| Abilities {
            keys: table.keys.clone(),
            algorithms: table.algorithms.clone(),
            many_providers: table.providers == Number::Many,
            leeway: table.leeway,
            cache_age: table.cache_age,
            cooldown: table.cooldown,
            clock: false,
            http_cache: table.http_cache,
            tells_issuers: table.tells_issuers,
            tls: table.tls,
            typ: table.typ,
            required_claims: table.required_claims,
            bearer: self.present.request.is_bearer(),
            claims: false,
        })
    }
}
