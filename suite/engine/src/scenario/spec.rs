//! The parts of a scenario: trust, issuers and keys.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::serve::{OriginSpec, ServeSpec, TlsSpec};
use jwtspec_fixtures::Key;
use jwtspec_mint::placeholder::{JsonText, ValueText};
use jwtspec_mint::recipe::ValueTemplate;
use jwtspec_types::advised::Advised;
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::members::{is_default, json_schema_of, sparse, string_format};
#[cfg(feature = "schema")]
use jwtspec_types::timing::PATTERN;
use jwtspec_types::timing::span;
use jwtspec_types::words::{Algorithm, KeyEncryption, KeyForm};

sparse! {
    /// The trust that the verifier is told, as far as a scenario says it.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TrustSpec {
        /// Allowed algorithms.
        pub algorithms: Option<Vec<Algorithm>>,
        /// Expected audiences; empty: not checked.
        pub audiences: Option<Vec<ValueText>>,
        /// Leeway in seconds.
        pub leeway: Option<u64>,
        /// Expected `typ`.
        pub typ: Option<String>,
        /// Claims that must be there.
        pub required_claims: Option<Vec<String>>,
        /// The way in which the verifier gets keys.
        pub keys: Option<KeyDelivery>,
        /// The text in which it is told the issuer's first key, which is given inline.
        pub key_text: Option<KeyTextSpec>,
        /// The algorithm of a key pair of the verifier's own, to which tokens are encrypted.
        pub decrypts: Option<KeyEncryption>,
        /// The time for which it may keep key sets.
        pub cache_age: Option<WholeSeconds>,
        /// The time for which an unknown `kid` causes no further fetch.
        pub cooldown: Option<WholeSeconds>,
    }
}

sparse! {
    /// A second verifier of the same process, and how its trust differs from that of the first.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct BesideSpec {
        /// The issuers that it trusts, by name (default: those of the first).
        pub issuers: Option<Vec<String>>,
        /// Differences of its trust.
        pub trust: TrustSpec,
    }
}

/// A key as the text of a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyTextSpec {
    /// The form.
    pub form: KeyForm,
    /// Text before it, such as a line feed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub before: String,
    /// True if the text ends in a line feed; by default as tools write it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub final_newline: Option<bool>,
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

impl fmt::Display for WholeSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

string_format!(WholeSeconds, { "type": "string", "pattern": format!("^{PATTERN}$") });

impl TrustSpec {
    /// This spec where `special` says nothing.
    #[must_use]
    pub fn overridden_by(&self, special: &Self) -> Self {
        Self {
            algorithms: either(&special.algorithms, &self.algorithms),
            audiences: either(&special.audiences, &self.audiences),
            leeway: special.leeway.or(self.leeway),
            typ: either(&special.typ, &self.typ),
            required_claims: either(&special.required_claims, &self.required_claims),
            keys: special.keys.or(self.keys),
            key_text: either(&special.key_text, &self.key_text),
            decrypts: special.decrypts.or(self.decrypts),
            cache_age: special.cache_age.or(self.cache_age),
            cooldown: special.cooldown.or(self.cooldown),
        }
    }
}

/// The special value, or else the general one.
fn either<T: Clone>(special: &Option<T>, general: &Option<T>) -> Option<T> {
    special.as_ref().or(general.as_ref()).cloned()
}

sparse! {
    /// The issuer, as far as a scenario says it.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct IssuerSpec {
        /// Published keys, in order.
        pub keys: Option<Vec<KeySpec>>,
        /// The JWKS body itself.
        pub jwks_json: Option<JsonText>,
        /// The answer for the key set.
        pub jwks: Option<ServeSpec>,
        /// The answer for the discovery document.
        pub discovery: Option<ServeSpec>,
        /// True if nothing listens on its port.
        pub down: Option<bool>,
        /// Over which scheme it is served, and with which certificate (default: as the run says).
        pub tls: Option<TlsSpec>,
        /// Its port.
        pub origin: Option<OriginSpec>,
        /// Appended to the issuer identifier.
        pub suffix: String,
        /// The issuer identifier itself; its key set is served where it would be without.
        pub identifier: Option<String>,
        /// True if the verifier is told of it.
        pub trusted: Option<bool>,
        /// Differences in the trust for this issuer.
        pub trust: TrustSpec,
    }
}

impl IssuerSpec {
    /// This spec after a step that changes what the issuer serves.
    #[must_use]
    pub fn changed_by(&self, change: &Self) -> Self {
        // New keys replace a body that is given as a whole.
        let jwks_json = if change.keys.is_some() { &None } else { &self.jwks_json };
        Self {
            keys: either(&change.keys, &self.keys),
            jwks_json: either(&change.jwks_json, jwks_json),
            jwks: either(&change.jwks, &self.jwks),
            discovery: either(&change.discovery, &self.discovery),
            down: change.down.or(self.down),
            ..self.clone()
        }
    }

    /// The answers for its documents, as far as they are specified.
    pub(crate) fn responses(&self) -> impl Iterator<Item = &ServeSpec> {
        self.jwks.iter().chain(&self.discovery)
    }

    /// The first member of this spec that a step cannot change, if there is one.
    pub(super) fn unchangeable(&self) -> Option<&'static str> {
        let said = [
            ("tls", self.tls.is_some()),
            ("origin", self.origin.is_some()),
            ("suffix", !self.suffix.is_empty()),
            ("identifier", self.identifier.is_some()),
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

impl KeySpec {
    /// A fixture under its own name.
    pub fn plain(key: Key) -> Self {
        Self { key, kid: None, set: IndexMap::new(), without: Vec::new() }
    }
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
                Key::named(name).map(KeySpec::plain).map_err(E::custom)
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

json_schema_of!(KeySpec, |generator| {
    let name = generator.subschema_for::<Key>();
    let table = generator.subschema_for::<KeyTable>();
    schemars::json_schema!({ "anyOf": [name, table] })
});
