//! The fixture keys: committed, public, and the same in every run.

use std::fmt;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use include_dir::{Dir, include_dir};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::advised::Advised;
use crate::jose::{PRIVATE_MEMBERS, decode};
use crate::nearest::nearest;
use crate::words::Algorithm;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/keys");

static KEYS: LazyLock<IndexMap<String, Fixture>> = LazyLock::new(|| {
    let mut keys: Vec<Fixture> = FILES.files().filter_map(Fixture::load).collect();
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    keys.into_iter().map(|key| (key.name.clone(), key)).collect()
});

/// One key pair, or shared secret, of `fixtures/keys`.
#[derive(Debug)]
pub struct Fixture {
    name: String,
    algorithm: Algorithm,
    jwk: Map<String, Value>,
}

impl Fixture {
    fn load(file: &'static include_dir::File<'static>) -> Option<Self> {
        let name = file.path().file_name()?.to_str()?.strip_suffix(".jwk.json")?;
        if name.ends_with(".public") {
            return None;
        }
        let jwk: Map<String, Value> = serde_json::from_slice(file.contents()).ok()?;
        let algorithm = jwk.get("alg")?.as_str()?.parse().ok()?;
        Some(Self { name: name.to_owned(), algorithm, jwk })
    }

    /// Its name, which is also its `kid`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The algorithm it is meant for.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether it is a shared secret, which cannot be published.
    pub fn is_symmetric(&self) -> bool {
        self.text("kty") == Some("oct")
    }

    /// The JWK with its private members.
    pub fn private_jwk(&self) -> &Map<String, Value> {
        &self.jwk
    }

    /// The JWK as an issuer publishes it. A shared secret keeps its `k`: it has no other form.
    pub fn public_jwk(&self) -> Map<String, Value> {
        self.jwk
            .iter()
            .filter(|(name, _)| self.is_symmetric() || !PRIVATE_MEMBERS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// A text member of the JWK.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.jwk.get(member)?.as_str()
    }

    /// A base64url member of the JWK, decoded.
    pub(crate) fn octets(&self, member: &str) -> Option<Vec<u8>> {
        decode(self.text(member)?).ok()
    }

    /// One of its other files, such as `spki.pem`.
    pub(crate) fn file(&self, kind: &str) -> Option<&'static [u8]> {
        FILES.get_file(format!("{}.{kind}", self.name)).map(|file| file.contents())
    }

    /// The octets inside one of its PEM files.
    pub(crate) fn der(&self, kind: &str) -> Option<Vec<u8>> {
        let pem = std::str::from_utf8(self.file(kind)?).ok()?;
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        STANDARD.decode(body).ok()
    }
}

/// A fixture key that is known to exist.
#[derive(Clone, Copy)]
pub struct Key(&'static Fixture);

impl Key {
    /// Finds a fixture by name.
    ///
    /// # Errors
    ///
    /// If there is none, with the nearest name.
    pub fn named(name: &str) -> Result<Self, Advised> {
        KEYS.get(name).map(Self).ok_or_else(|| {
            let near = nearest(name, KEYS.keys().map(String::as_str));
            let advice = near.map(|near| format!("did you mean `{near}`?"));
            Advised::new(format!("unknown fixture key `{name}`")).advise(
                advice.unwrap_or("the keys are listed in fixtures/keys/README.md".to_owned()),
            )
        })
    }

    /// Its name, for as long as the program runs.
    pub(crate) fn static_name(self) -> &'static str {
        &self.0.name
    }

    /// Every fixture, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        KEYS.values().map(Self)
    }
}

impl std::ops::Deref for Key {
    type Target = Fixture;

    fn deref(&self) -> &'static Fixture {
        self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.name)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Key {}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Key {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Key".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = KEYS.keys().map(String::as_str).collect();
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_file_is_loaded() {
        let files = FILES
            .files()
            .filter(|file| {
                let name = file.path().to_string_lossy();
                name.ends_with(".jwk.json") && !name.ends_with(".public.jwk.json")
            })
            .count();
        assert_eq!(KEYS.len(), files);
        assert!(files >= 25, "only {files} fixture keys");
    }

    #[test]
    fn public_keys_hold_nothing_private() {
        for key in Key::all().filter(|key| !key.is_symmetric()) {
            let public = key.public_jwk();
            assert!(PRIVATE_MEMBERS.iter().all(|member| !public.contains_key(*member)));
            let committed: Map<String, Value> =
                serde_json::from_slice(key.file("public.jwk.json").unwrap()).unwrap();
            assert_eq!(public, committed, "{}", key.name());
        }
    }
}
