//! `auth.config.json`: the providers of a deployment, checked before anything starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::cache::Policy;
use crate::domain::{self, DomainError, Loopback};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    /// It is not JSON of the form that is expected.
    #[error(
        "InvalidAuthConfig: failed to read {}: {error}\nexpected {{\"providers\": [...]}}, or {{\"deployments\": {{\"name\": {{\"providers\": [...]}}}}}}",
        path.display()
    )]
    Json { path: PathBuf, error: serde_json::Error },
    /// A provider is none.
    #[error("InvalidAuthConfig: {place}: {what}")]
    Provider { place: String, what: String },
    /// A domain, issuer or key set URL that is not taken.
    #[error("InvalidProviderDomainUrl: {place}: `{value}` is not taken: {error}")]
    Domain { place: String, value: String, error: DomainError },
}

/// The content of a configuration file.
#[derive(Debug)]
pub(crate) struct Config {
    /// The deployment that answers below `/`.
    pub(crate) root: Deployment,
    /// Those that answer below a name of their own.
    pub(crate) deployments: BTreeMap<String, Deployment>,
}

/// The configuration of a deployment.
#[derive(Debug)]
pub(crate) struct Deployment {
    /// The issuers of tokens.
    pub(crate) providers: Vec<Provider>,
    /// The cache policy for issuers' keys.
    pub(crate) cache: Policy,
}

/// An issuer of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    /// Its issuer, normalized.
    pub(crate) issuer: String,
    /// The audience that tokens must name; none: `aud` is not looked at.
    pub(crate) application_id: Option<String>,
    /// The verification of its tokens.
    pub(crate) kind: Kind,
}

/// The verification of a provider's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As ID tokens, with keys by discovery.
    Oidc,
    /// As JWTs, with this key set and algorithm.
    CustomJwt { jwks: Url, algorithm: Algorithm },
}

/// The algorithms that a `customJwt` provider can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    providers: Vec<Value>,
    #[serde(default)]
    cache: CacheTable,
    #[serde(default)]
    deployments: BTreeMap<String, DeploymentTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeploymentTable {
    providers: Vec<Value>,
    #[serde(default)]
    cache: CacheTable,
}

/// Beyond what such a backend's configuration has: so that tests need not wait long.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct CacheTable {
    max_age_seconds: u32,
    cooldown_seconds: u32,
}

impl Default for CacheTable {
    fn default() -> Self {
        Self { max_age_seconds: 300, cooldown_seconds: 10 }
    }
}

impl From<CacheTable> for Policy {
    fn from(table: CacheTable) -> Self {
        Self {
            max_age: Duration::from_secs(table.max_age_seconds.into()),
            cooldown: Duration::from_secs(table.cooldown_seconds.into()),
        }
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or one of its providers is not one.
    pub(crate) fn read(path: &Path, loopback: Loopback) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_owned(), error })?;
        let file: File = serde_json::from_str(&text)
            .map_err(|error| ConfigError::Json { path: path.to_owned(), error })?;
        let deployments = file.deployments.iter().map(|(name, table)| {
            let place = format!("deployments.{name}.providers");
            Ok((name.clone(), deployment(&place, &table.providers, table.cache, loopback)?))
        });
        Ok(Self {
            root: deployment("providers", &file.providers, file.cache, loopback)?,
            deployments: deployments.collect::<Result<_, _>>()?,
        })
    }
}

fn deployment(
    place: &str,
    values: &[Value],
    cache: CacheTable,
    loopback: Loopback,
) -> Result<Deployment, ConfigError> {
    let read = |(index, value)| Provider::read(&format!("{place}[{index}]"), value, loopback);
    let providers = values.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(Deployment { providers, cache: cache.into() })
}

impl Provider {
    fn read(place: &str, value: &Value, loopback: Loopback) -> Result<Self, ConfigError> {
        let entry = Entry { place, loopback, members: value.as_object() };
        match entry.optional("type")?.as_deref() {
            None => {
                entry.only(&["domain", "applicationID"])?;
                Ok(Self {
                    issuer: entry.issuer("domain")?,
                    application_id: Some(entry.required("applicationID")?),
                    kind: Kind::Oidc,
                })
            }
            Some("customJwt") => {
                entry.only(&["type", "issuer", "jwks", "algorithm", "applicationID"])?;
                Ok(Self {
                    issuer: entry.issuer("issuer")?,
                    application_id: entry.optional("applicationID")?,
                    kind: Kind::CustomJwt { jwks: entry.jwks()?, algorithm: entry.algorithm()? },
                })
            }
            Some(other) => Err(entry.mistake(format!(
                "`type` is `{other}`, and only `customJwt` is known: write `domain` and \
                 `applicationID` for an OpenID provider. The object that a sign-in library calls a \
                 provider does not belong here"
            ))),
        }
    }
}

/// One entry of `providers`, and its place.
struct Entry<'a> {
    place: &'a str,
    loopback: Loopback,
    members: Option<&'a Map<String, Value>>,
}

impl Entry<'_> {
    fn mistake(&self, what: impl Into<String>) -> ConfigError {
        ConfigError::Provider { place: self.place.to_owned(), what: what.into() }
    }

    fn optional(&self, name: &str) -> Result<Option<String>, ConfigError> {
        let members = self.members.ok_or_else(|| self.mistake("a provider is an object"))?;
        match members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.mistake(format!("`{name}` should be a string"))),
        }
    }

    fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.optional(name)?.ok_or_else(|| self.mistake(format!("`{name}` is missing")))
    }

    fn only(&self, known: &[&str]) -> Result<(), ConfigError> {
        let mut names = self.members.into_iter().flat_map(Map::keys);
        match names.find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(self.mistake(format!(
                "`{name}` is not a member of a provider: there are {}",
                known.join(", ")
            ))),
        }
    }

    fn checked(&self, name: &str, value: &str) -> Result<Url, ConfigError> {
        domain::checked(value, self.loopback).map_err(|error| ConfigError::Domain {
            place: format!("{}.{name}", self.place),
            value: value.to_owned(),
            error,
        })
    }

    fn issuer(&self, name: &str) -> Result<String, ConfigError> {
        let value = self.required(name)?;
        self.checked(name, &value)?;
        Ok(domain::normalized(&value))
    }

    fn jwks(&self) -> Result<Url, ConfigError> {
        let value = self.required("jwks")?;
        match Url::parse(&value) {
            Ok(url) if url.scheme() == "data" => Ok(url),
            _ => self.checked("jwks", &value),
        }
    }

    fn algorithm(&self) -> Result<Algorithm, ConfigError> {
        match self.required("algorithm")?.as_str() {
            "RS256" => Ok(Algorithm::Rs256),
            "ES256" => Ok(Algorithm::Es256),
            other => {
                Err(self.mistake(format!("`algorithm` is `{other}`: RS256 or ES256 is taken")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Provider, ConfigError> {
        Provider::read("providers[0]", value, Loopback::Refused)
    }

    #[test]
    fn both_kinds_are_read() {
        let oidc = read(&json!({ "domain": "a.example/", "applicationID": "app" })).unwrap();
        let expected = Provider {
            issuer: "https://a.example".to_owned(),
            application_id: Some("app".to_owned()),
            kind: Kind::Oidc,
        };
        assert_eq!(oidc, expected);
        for jwks in ["https://a.example/jwks.json", "data:text/plain,{}"] {
            let custom = json!({ "type": "customJwt", "issuer": "https://a.example",
                                 "jwks": jwks, "algorithm": "ES256" });
            let custom = read(&custom).unwrap();
            assert_eq!(custom.application_id, None);
            let jwks = jwks.parse().unwrap();
            assert_eq!(custom.kind, Kind::CustomJwt { jwks, algorithm: Algorithm::Es256 });
        }
    }

    #[test]
    fn what_is_no_provider_is_named_with_its_place() {
        let custom = |name: &str, value: &str| {
            let mut custom = json!({ "type": "customJwt", "issuer": "https://a.example",
                                     "jwks": "https://a.example/k", "algorithm": "RS256" });
            custom[name] = json!(value);
            custom
        };
        for (value, said) in [
            (json!({ "domain": "a.example" }), "InvalidAuthConfig: providers[0]: `applicationID`"),
            (json!({ "domain": "'a.example'", "applicationID": "x" }), "InvalidProviderDomainUrl"),
            (json!({ "domain": "localhost", "applicationID": "x" }), "InvalidProviderDomainUrl"),
            (json!({ "id": "google", "name": "Google", "type": "oidc" }), "sign-in library"),
            (json!({ "id": "x", "domain": "a.example", "applicationID": "x" }), "`id` is not a"),
            (json!({ "domain": 1, "applicationID": "x" }), "`domain` should be a string"),
            (json!("a.example"), "a provider is an object"),
            (custom("issuer", "http://a.example"), "InvalidProviderDomainUrl"),
            (custom("jwks", "http://a.example/k"), "providers[0].jwks: `http://a.example/k`"),
            (custom("algorithm", "EdDSA"), "RS256 or ES256 is taken"),
        ] {
            let error = read(&value).unwrap_err().to_string();
            assert!(error.contains(said), "{value}: {error}");
        }
    }
}
