//! Templates in target files: what a target is told about issuers, keys and ports.

use std::path::Path;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};

use super::examples::example_starts;
use super::url::HttpUrl;
use jwtspec_fixtures::Key;
use jwtspec_types::advised::Advised;
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::trust::{KeySource, Provider, Trust};

/// The variables of `[start]` and the configuration template.
pub(super) const OF_START: [&str; 8] =
    ["port", "config", "folder", "scratch", "ca_file", "trusts", "origins", "pems"];
/// What to do about a template that cannot be rendered.
pub(super) const VARIABLES_ADVICE: &str = "the variables are listed in docs/targets.md";

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.advised())]
pub struct TemplateError {
    pub(super) what: String,
    pub(super) error: String,
}

impl TemplateError {
    /// The mistake in the template.
    pub(super) fn advised(&self) -> Advised {
        let Self { what, error } = self;
        Advised::new(format!("failed to render {what}: {error}")).advise(VARIABLES_ADVICE)
    }
}

/// The variables of templates in a target file.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Variables {
    /// The port to listen on.
    pub(super) port: u16,
    /// The folder of the target file.
    pub(super) folder: String,
    /// The rendered configuration file.
    pub(super) config: String,
    /// A private folder that is removed afterwards.
    pub(super) scratch: String,
    /// The authority behind the certificates of issuers, a PEM file.
    pub(super) ca_file: String,
    trusts: Vec<Value>,
    /// The addresses of issuers: `id`, `host`, `port`, `tls`.
    origins: Vec<Value>,
    /// A PEM of the public half of each asymmetric fixture key, by name.
    pems: IndexMap<String, String>,
}

/// The id of the trust with this index in templates.
pub(super) fn trust_id(index: usize) -> String {
    format!("t{index}")
}

impl Variables {
    pub(super) fn new(folder: &Path, trusts: &[Trust]) -> Self {
        let mut origins = Vec::new();
        let mut numbers = 0..;
        let trusts = trusts.iter().enumerate().map(|(index, trust)| {
            let providers = trust.providers.iter().zip(&mut numbers);
            json!({
                "id": trust_id(index),
                "providers": providers
                    .map(|(provider, number)| provider_variables(provider, number, &mut origins))
                    .collect::<Vec<_>>(),
                "leeway_seconds": trust.leeway_seconds,
                "cache": trust.cache,
                "decryption_keys": json!(trust.decryption_keys).to_string(),
            })
        });
        let trusts = trusts.collect();
        let pems = Key::all().filter_map(|key| {
            let pem = std::str::from_utf8(key.file("spki.pem")?).ok()?;
            Some((key.name().to_owned(), pem.to_owned()))
        });
        Self {
            port: 0,
            folder: folder.display().to_string(),
            config: String::new(),
            scratch: String::new(),
            ca_file: String::new(),
            trusts,
            origins,
            pems: pems.collect(),
        }
    }

    /// The variables of some starts of a target with these capabilities, none for a driver.
    pub(super) fn examples(folder: &Path, capabilities: Option<&Capabilities>) -> Vec<Self> {
        let example = |trusts: Vec<Trust>| Self {
            port: 4000,
            config: "/scratch/config".to_owned(),
            scratch: "/scratch".to_owned(),
            ca_file: "/scratch/ca.pem".to_owned(),
            ..Self::new(folder, &trusts)
        };
        example_starts(capabilities).into_iter().map(example).collect()
    }
}

fn provider_variables(provider: &Provider, number: usize, origins: &mut Vec<Value>) -> Value {
    let base = provider.issuer.trim_end_matches('/');
    let jwks_uri = match &provider.keys {
        KeySource::JwksUri(uri) => uri.clone(),
        _ => format!("{base}/.well-known/jwks.json"),
    };
    let jwks = match &provider.keys {
        KeySource::Jwks(jwks) => Some(Value::Object(jwks.clone()).to_string()),
        _ => None,
    };
    let url: Option<HttpUrl> = jwks_uri.parse().ok();
    // An issuer may have any name where its keys are not fetched, also one that no client resolves.
    let written = jwks_uri.split_once("://").map_or("", |(_, rest)| rest);
    let written = written.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let host = url.as_ref().map_or(written, |url| &url.host);
    let port = url.as_ref().map_or(80, |url| url.port);
    let tls = url.as_ref().is_some_and(|url| url.https);
    let known = origins.iter().position(|it| it["host"] == host && it["port"] == port);
    let origin = known.unwrap_or(origins.len());
    if known.is_none() {
        let id = format!("o{origin}");
        origins.push(json!({ "id": id, "host": host, "port": port, "tls": tls }));
    }
    json!({
        "id": format!("p{number}"),
        "origin": format!("o{origin}"),
        "issuer": provider.issuer,
        "issuer_host": host,
        "issuer_port": port,
        "audiences": provider.audiences,
        "discovery": matches!(provider.keys, KeySource::Discovery(_)),
        "discovery_uri": format!("{base}/.well-known/openid-configuration"),
        "jwks_uri": jwks_uri,
        "jwks": jwks,
        "key_text": provider.key_text.as_ref().map(|key| &key.text),
        "algorithms": provider.algorithms,
        "typ": provider.typ,
        "required_claims": provider.required_claims,
    })
}
