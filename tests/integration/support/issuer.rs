//! One issuer with a discovery document and a key set, as an honest issuer has them until a test
//! changes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jwtspec_engine::issuer::Documents;
use jwtspec_engine::issuer::EndpointSpec;
use jwtspec_engine::issuer::IssuerServer;
use jwtspec_engine::issuer::Resource;
use jwtspec_engine::issuer::Response;
use jwtspec_fixtures::Key;
use jwtspec_mint::context::IssuerFacts;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::context::PublishedKey;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::Recipe;
use serde_json::Value;

/// An issuer, and the place where it publishes. A clone publishes in the same place.
#[derive(Clone)]
pub(crate) struct Issuer {
    endpoint: Option<(Arc<IssuerServer>, usize)>,
    pub(crate) facts: IssuerFacts,
    pub(crate) documents: Documents,
    /// When tokens are minted, in seconds since 1970; the system's time if there is none.
    pub(crate) now: Option<u64>,
    minted: Arc<AtomicUsize>,
}

impl Issuer {
    /// An issuer on a server of its own, over plain HTTP.
    pub(crate) async fn start() -> Self {
        Self::on(&server().await, EndpointSpec::default())
    }

    pub(crate) fn on(server: &Arc<IssuerServer>, endpoint_spec: EndpointSpec) -> Self {
        let place = server.reserve(endpoint_spec).unwrap();
        let facts = IssuerFacts::on(&place.origin, place.number, "");
        Self { endpoint: Some((Arc::clone(server), place.number)), ..Self::described_by(facts) }
    }

    /// An issuer that mints tokens and publishes nothing.
    pub(crate) fn offline() -> Self {
        Self::described_by(IssuerFacts::on("http://127.0.0.1:1", 0, ""))
    }

    fn described_by(facts: IssuerFacts) -> Self {
        let documents = Documents::honest(&facts);
        Self { endpoint: None, facts, documents, now: None, minted: Arc::default() }
    }

    pub(crate) fn identifier(&self) -> String {
        self.facts.identifier.clone()
    }

    fn endpoint(&self) -> (&IssuerServer, usize) {
        let (server, number) = self.endpoint.as_ref().unwrap();
        (server, *number)
    }

    /// Publishes the documents as they are now.
    pub(crate) fn publish(&self) {
        let (server, number) = self.endpoint();
        server.open(number, self.documents.clone()).unwrap();
    }

    /// Publishes nothing any more.
    pub(crate) fn withdraw(&self) {
        let (server, number) = self.endpoint();
        server.close(number);
    }

    /// The number of requests for the key set.
    pub(crate) fn key_set_requests(&self) -> usize {
        let (server, number) = self.endpoint();
        server.ledger(number).iter().filter(|entry| entry.resource == Resource::Jwks).count()
    }

    /// The authority behind the certificates of the server.
    pub(crate) fn ca_pem(&self) -> String {
        self.endpoint().0.ca_pem().to_owned()
    }

    /// Replaces the keys by these fixtures, the first of which signs, and the documents by honest
    /// ones.
    pub(crate) fn use_keys(&mut self, names: &[&str]) {
        let keys = names.iter().map(|name| Key::named(name).unwrap());
        self.facts.keys = keys.map(PublishedKey::plain).collect();
        self.documents = Documents::honest(&self.facts);
    }

    /// Changes the discovery document.
    pub(crate) fn edit_discovery(&mut self, change: impl FnOnce(&mut Value)) {
        edit(&mut self.documents.discovery, change);
    }

    /// Changes the key set, but not the keys that sign.
    pub(crate) fn edit_key_set(&mut self, change: impl FnOnce(&mut Value)) {
        edit(&mut self.documents.jwks, change);
    }

    /// Sets a member of the discovery document; null removes it.
    pub(crate) fn set_discovery(&mut self, member: &str, value: Value) {
        self.edit_discovery(|document| set(document, member, value));
    }

    /// Sets a member of the first key; null removes it.
    pub(crate) fn set_key(&mut self, member: &str, value: Value) {
        self.edit_key_set(|document| set(&mut document["keys"][0], member, value));
    }

    /// Changes the published keys.
    pub(crate) fn edit_keys(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        self.edit_key_set(|document| change(document["keys"].as_array_mut().unwrap()));
    }

    pub(crate) fn set_discovery_header(&mut self, name: &str, value: &str) {
        set_header(&mut self.documents.discovery, name, value);
    }

    pub(crate) fn set_key_set_header(&mut self, name: &str, value: &str) {
        set_header(&mut self.documents.jwks, name, value);
    }

    /// Mints a token of this recipe; no two tokens have one `jti`.
    pub(crate) fn mint(&self, recipe: &str) -> String {
        let recipe: Recipe = toml::from_str(recipe).unwrap();
        let mut mint_context =
            MintContext::for_issuers([(MintContext::MAIN.to_owned(), self.facts.clone())]);
        mint_context.now = self.now.unwrap_or_else(now);
        match self.minted.fetch_add(1, Ordering::Relaxed) {
            0 => {}
            count => mint_context.serial = count.to_string(),
        }
        mint(&recipe, &mint_context).unwrap().token
    }
}

/// A server for several issuers.
pub(crate) async fn server() -> Arc<IssuerServer> {
    Arc::new(IssuerServer::start().unwrap())
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Sets a member of an object; null removes it.
fn set(object: &mut Value, member: &str, value: Value) {
    match value {
        Value::Null => drop(object.as_object_mut().unwrap().shift_remove(member)),
        value => object[member] = value,
    }
}

fn edit(served: &mut Response, change: impl FnOnce(&mut Value)) {
    let mut document: Value = serde_json::from_slice(&served.body).unwrap();
    change(&mut document);
    served.body = document.to_string().into();
}

fn set_header(served: &mut Response, name: &str, value: &str) {
    served.headers.retain(|(known, _)| known != name);
    served.headers.push((name.to_owned(), value.to_owned()));
}
