//! What a scenario says of trust, issuers, requests and the ledger.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::serve::{OriginSpec, ServeSpec, TlsSpec};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::hex::HexBytes;
use jwtspec_mint::placeholder::{ExpandError, JsonText, RequestText, ValueText};
use jwtspec_mint::recipe::ValueTemplate;
use jwtspec_types::advised::Advised;
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::members::is_default;
use jwtspec_types::members::one_or_many;
#[cfg(feature = "schema")]
use jwtspec_types::members::one_or_many_schema;
#[cfg(feature = "schema")]
use jwtspec_types::timing::PATTERN;
use jwtspec_types::timing::{span};
use jwtspec_types::words::Algorithm;

/// What the verifier is told to accept, as far as a scenario says it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct TrustSpec {
    /// Allowed algorithms.
    #[serde(skip_serializing_if = "is_default")]
    pub algorithms: Option<Vec<Algorithm>>,
    /// Expected audiences; empty: not checked.
    #[serde(skip_serializing_if = "is_default")]
    pub audiences: Option<Vec<ValueText>>,
    /// Leeway in seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub leeway: Option<u64>,
    /// Expected `typ`.
    #[serde(skip_serializing_if = "is_default")]
    pub typ: Option<String>,
    /// Claims that must be there.
    #[serde(skip_serializing_if = "is_default")]
    pub required_claims: Option<Vec<String>>,
    /// How the verifier gets keys.
    #[serde(skip_serializing_if = "is_default")]
    pub keys: Option<KeyDelivery>,
    /// How long it may keep key sets.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_age: Option<WholeSeconds>,
    /// How long an unknown `kid` causes no further fetch.
    #[serde(skip_serializing_if = "is_default")]
    pub cooldown: Option<WholeSeconds>,
}

/// A whole number of seconds, written `"60s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeSeconds(pub u64);

impl FromStr for WholeSeconds {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        let whole = span(text).filter(|span| span.subsec_nanos() == 0);
        whole.map(|span| Self(span.as_secs())).ok_or_else(|| {
            Advised::new(format!("`{text}` is not a whole number of seconds"))
                .advise("write it as \"60s\"")
        })
    }
}

impl<'de> Deserialize<'de> for WholeSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for WholeSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}s", self.0))
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for WholeSeconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WholeSeconds".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": format!("^{PATTERN}$") })
    }
}

impl TrustSpec {
    /// These terms where `special` says nothing.
    #[must_use]
    pub fn overridden_by(&self, special: &Self) -> Self {
        Self {
            algorithms: special.algorithms.clone().or_else(|| self.algorithms.clone()),
            audiences: special.audiences.clone().or_else(|| self.audiences.clone()),
            leeway: special.leeway.or(self.leeway),
            typ: special.typ.clone().or_else(|| self.typ.clone()),
            required_claims: special
                .required_claims
                .clone()
                .or_else(|| self.required_claims.clone()),
            keys: special.keys.or(self.keys),
            cache_age: special.cache_age.or(self.cache_age),
            cooldown: special.cooldown.or(self.cooldown),
        }
    }
}

/// What an issuer serves, as far as a scenario says it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct IssuerSpec {
    /// Published keys, in order.
    #[serde(skip_serializing_if = "is_default")]
    pub keys: Option<Vec<KeySpec>>,
    /// The JWKS body itself.
    #[serde(skip_serializing_if = "is_default")]
    pub jwks_json: Option<JsonText>,
    /// How the key set is answered.
    #[serde(skip_serializing_if = "is_default")]
    pub jwks: Option<ServeSpec>,
    /// How the discovery document is answered.
    #[serde(skip_serializing_if = "is_default")]
    pub discovery: Option<ServeSpec>,
    /// Whether nothing listens on its port.
    #[serde(skip_serializing_if = "is_default")]
    pub down: Option<bool>,
    /// Over which scheme it is served, and with which certificate (default: as the run says).
    #[serde(skip_serializing_if = "is_default")]
    pub tls: Option<TlsSpec>,
    /// Which port it has.
    #[serde(skip_serializing_if = "is_default")]
    pub origin: Option<OriginSpec>,
    /// Appended to the issuer identifier.
    #[serde(skip_serializing_if = "is_default")]
    pub suffix: String,
    /// Whether the verifier is told of it.
    #[serde(skip_serializing_if = "is_default")]
    pub trusted: Option<bool>,
    /// What differs in the trust for this issuer.
    #[serde(skip_serializing_if = "is_default")]
    pub trust: TrustSpec,
}

impl IssuerSpec {
    /// These terms after a step that changes what the issuer serves.
    #[must_use]
    pub fn changed_by(&self, change: &Self) -> Self {
        let mut changed = self.clone();
        if change.keys.is_some() {
            changed.keys.clone_from(&change.keys);
            changed.jwks_json = None;
        }
        if change.jwks_json.is_some() {
            changed.jwks_json.clone_from(&change.jwks_json);
        }
        if change.jwks.is_some() {
            changed.jwks.clone_from(&change.jwks);
        }
        if change.discovery.is_some() {
            changed.discovery.clone_from(&change.discovery);
        }
        changed.down = change.down.or(self.down);
        changed
    }

    /// What of these terms a step cannot change, if anything.
    pub(super) fn unchangeable(&self) -> Option<&'static str> {
        let said = [
            ("tls", self.tls.is_some()),
            ("origin", self.origin.is_some()),
            ("suffix", !self.suffix.is_empty()),
            ("trusted", self.trusted.is_some()),
            ("trust", self.trust != TrustSpec::default()),
        ];
        said.iter().find(|(_, said)| *said).map(|(name, _)| *name)
    }
}

/// One published key: the name of a fixture, or a table that changes it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeySpec {
    /// The fixture.
    pub key: Key,
    /// Its `kid`, if another than its name.
    pub kid: Option<ValueTemplate>,
    /// Members that are set.
    pub set: IndexMap<String, ValueTemplate>,
    /// Members that are left out.
    pub without: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct KeyTable {
    key: Key,
    #[serde(skip_serializing_if = "is_default")]
    kid: Option<ValueTemplate>,
    #[serde(default, skip_serializing_if = "is_default")]
    set: IndexMap<String, ValueTemplate>,
    #[serde(default, skip_serializing_if = "is_default")]
    without: Vec<String>,
}

impl<'de> Deserialize<'de> for KeySpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = KeySpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a fixture key, or { key = \"rs256-a\", … }")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<KeySpec, E> {
                let key = Key::named(name).map_err(E::custom)?;
                Ok(KeySpec { key, kid: None, set: IndexMap::new(), without: Vec::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeySpec, A::Error> {
                let table =
                    KeyTable::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                let KeyTable { key, kid, set, without } = table;
                Ok(KeySpec { key, kid, set, without })
            }
        }

        deserializer.deserialize_any(KeyVisitor)
    }
}

impl Serialize for KeySpec {
    /// By its name alone where nothing differs.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { key, kid, set, without } = self.clone();
        if kid.is_none() && set.is_empty() && without.is_empty() {
            return key.serialize(serializer);
        }
        KeyTable { key, kid, set, without }.serialize(serializer)
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for KeySpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeySpec".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let name = generator.subschema_for::<Key>();
        let table = generator.subschema_for::<KeyTable>();
        schemars::json_schema!({ "anyOf": [name, table] })
    }
}

/// How a request differs from the usual.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct RequestSpec {
    /// Values of `Authorization`, one header line each; none if empty.
    #[serde(skip_serializing_if = "is_default")]
    #[serde(deserialize_with = "some_list")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "one_or_many_schema::<RequestText>"))]
    pub authorization: Option<Vec<RequestText>>,
    /// The octets of `Authorization`, whatever they are; the token is not presented.
    #[serde(skip_serializing_if = "is_default")]
    pub authorization_octets: Option<HexBytes>,
    /// The query string.
    #[serde(skip_serializing_if = "is_default")]
    pub query: Option<RequestText>,
    /// A form body, sent by POST.
    #[serde(skip_serializing_if = "is_default")]
    pub form: Option<RequestText>,
    /// The method.
    #[serde(skip_serializing_if = "is_default")]
    pub method: Option<Method>,
}

impl RequestSpec {
    /// Fills the token into every part, for checking.
    pub(crate) fn fill_all(
        &self,
        token: &str,
        mint_context: &MintContext,
    ) -> Result<(), ExpandError> {
        let mut texts = self.authorization.iter().flatten().chain(&self.query).chain(&self.form);
        texts.try_for_each(|text| jwtspec_mint::fill(text, token, mint_context).map(drop))
    }

    /// The differences, on one line.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        match self.authorization.as_deref() {
            None => {}
            Some([]) => parts.push("without `Authorization`".to_owned()),
            Some(values) => {
                parts.extend(values.iter().map(|value| format!("Authorization: {}", value.0)));
            }
        }
        let octets = self.authorization_octets.iter();
        parts.extend(octets.map(|octets| format!("Authorization: the octets {octets}")));
        parts.extend(self.query.iter().map(|query| format!("query {}", query.0)));
        parts.extend(self.form.iter().map(|form| format!("form {}", form.0)));
        parts.extend(self.method.map(|method| format!("by {}", method.as_str())));
        parts.join("; ")
    }
}

fn some_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<RequestText>>, D::Error> {
    one_or_many(deserializer).map(Some)
}

/// A request method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
}

impl Method {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        }
    }
}
