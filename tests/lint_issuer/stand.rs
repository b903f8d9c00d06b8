//! An honest issuer, and ways to spoil it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwtspec::lint::{LintError, Options, Report, TokenSource, lint};
use jwtspec::{
    Documents, Ground, IssuerFacts, IssuerServer, Key, PublishedKey, Recipe, Resource, Served,
    Setting, mint,
};
use serde_json::{Map, Value};

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A server with a place for one issuer, and one for what it redirects to.
pub(crate) struct Stand {
    pub(crate) server: IssuerServer,
    number: usize,
    other: usize,
    pub(crate) facts: IssuerFacts,
    other_facts: IssuerFacts,
}

/// An issuer that is honest until it is spoilt, and how it is judged.
pub(crate) struct Case {
    pub(crate) facts: IssuerFacts,
    /// Where the same documents are served a second time.
    pub(crate) other: IssuerFacts,
    pub(crate) documents: Documents,
    pub(crate) options: Options,
}

/// The rules that a case breaks, and how it spoils an honest issuer.
pub(crate) type Row = (&'static [&'static str], fn(&mut Case));

impl Stand {
    pub(crate) async fn new(ground: Ground) -> Self {
        let server = IssuerServer::start().await.unwrap();
        let place = server.place(ground).unwrap();
        let other = server.place(Ground::default()).unwrap();
        let facts = IssuerFacts::on(&place.origin, place.number, "");
        let other_facts = IssuerFacts::on(&other.origin, other.number, "");
        Self { server, number: place.number, other: other.number, facts, other_facts }
    }

    pub(crate) fn case(&self) -> Case {
        let mut documents = Documents::honest(&self.facts);
        documents.down = false;
        let options = Options {
            ca_pem: Some(self.server.ca_pem().to_owned()),
            patience: Duration::from_secs(5),
            ..Options::new(&self.facts.identifier)
        };
        Case { facts: self.facts.clone(), other: self.other_facts.clone(), documents, options }
    }

    pub(crate) fn open(&self, case: &Case) {
        self.server.open(self.number, case.documents.clone()).unwrap();
        self.server.open(self.other, Documents::honest(&case.facts)).unwrap();
    }

    /// How often the key set was asked for.
    pub(crate) fn asked_for_keys(&self) -> usize {
        let ledger = self.server.ledger(self.number);
        ledger.iter().filter(|entry| entry.resource == Resource::Jwks).count()
    }

    pub(crate) async fn lint(&self, case: &Case) -> Result<Report, LintError> {
        self.open(case);
        lint(&case.options).await
    }
}

/// The rules that are broken, each once, but for what an honest issuer leaves out.
pub(crate) fn beyond_honest(report: &Report) -> Vec<String> {
    let honest = ["cache-unstated", "etag-absent", "jwks-single-key"];
    let mut ids: Vec<String> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.why.is_some()) {
        if !honest.contains(&finding.id.as_str()) && !ids.contains(&finding.id) {
            ids.push(finding.id.clone());
        }
    }
    ids
}

fn edit(served: &mut Served, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut document: Map<String, Value> = serde_json::from_slice(&served.body).unwrap();
    change(&mut document);
    served.body = Value::Object(document).to_string().into();
}

fn header(served: &mut Served, name: &str, value: &str) {
    served.headers.retain(|(known, _)| known != name);
    served.headers.push((name.to_owned(), value.to_owned()));
}

impl Case {
    /// Sets a member of the discovery document; null takes it out.
    pub(crate) fn discovery(&mut self, member: &str, value: Value) {
        edit(&mut self.documents.discovery, |document| match value {
            Value::Null => drop(document.shift_remove(member)),
            value => drop(document.insert(member.to_owned(), value)),
        });
    }

    pub(crate) fn discovery_header(&mut self, name: &str, value: &str) {
        header(&mut self.documents.discovery, name, value);
    }

    pub(crate) fn jwks_header(&mut self, name: &str, value: &str) {
        header(&mut self.documents.jwks, name, value);
    }

    /// Sets a member of the first key; null takes it out.
    pub(crate) fn key(&mut self, member: &str, value: Value) {
        self.jwks(|keys| {
            let key = keys[0].as_object_mut().unwrap();
            match value {
                Value::Null => drop(key.shift_remove(member)),
                value => drop(key.insert(member.to_owned(), value)),
            }
        });
    }

    /// Changes the keys.
    pub(crate) fn jwks(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        edit(&mut self.documents.jwks, |document| {
            change(document.get_mut("keys").unwrap().as_array_mut().unwrap());
        });
    }

    /// Publishes these fixtures, and advertises their algorithms next to RS256.
    pub(crate) fn publish(&mut self, names: &[&str]) {
        let keys = names.iter().map(|name| Key::named(name).unwrap());
        self.facts.keys = keys.map(PublishedKey::plain).collect();
        self.documents = Documents::honest(&self.facts);
    }

    /// Judges a token of this recipe, too.
    pub(crate) fn token(&mut self, recipe: &str) {
        let token = self.mint(recipe);
        self.options.token = Some(TokenSource::Given(token));
    }

    pub(crate) fn mint(&self, recipe: &str) -> String {
        let recipe: Recipe = toml::from_str(recipe).unwrap();
        let mut setting = Setting::for_issuers([(Setting::MAIN.to_owned(), self.facts.clone())]);
        setting.now = now();
        mint(&recipe, &setting).unwrap().token
    }
}
