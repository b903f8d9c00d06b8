//! A live issuer, a valid token, and a verifier that trusts it: what each case changes a little.

use std::sync::Arc;
use std::time::Duration;

use jwtspec::explain::{Explanation, Question, TrustFile, explain};
use jwtspec::{
    Documents, Ground, IssuerFacts, IssuerServer, Key, PublishedKey, Recipe, Served, Setting, mint,
};
use serde_json::{Value, json};

pub(crate) const NOW: u64 = 1_800_000_000;

/// Everything that a case may change, before the token is minted.
pub(crate) struct World {
    pub(crate) server: Arc<IssuerServer>,
    pub(crate) number: usize,
    pub(crate) facts: IssuerFacts,
    pub(crate) documents: Documents,
    /// The trust, as JSON.
    pub(crate) trust: Value,
    /// What is pasted around the token.
    pub(crate) wrap: fn(&str) -> String,
    /// Seconds after the token was minted.
    pub(crate) later: u64,
}

impl World {
    pub(crate) fn new(server: &Arc<IssuerServer>) -> Self {
        Self::on(server, Ground::default())
    }

    pub(crate) fn on(server: &Arc<IssuerServer>, ground: Ground) -> Self {
        let place = server.place(ground).unwrap();
        let facts = IssuerFacts::on(&place.origin, place.number, "");
        let documents = Documents::honest(&facts);
        let trust = json!({ "providers": [{
            "issuer": facts.identifier,
            "audiences": [Setting::AUDIENCE],
            "keys": { "discovery": true },
            "algorithms": ["RS256"],
            "required_claims": ["sub", "exp"],
        }] });
        let (server, number) = (Arc::clone(server), place.number);
        Self { server, number, facts, documents, trust, wrap: str::to_owned, later: 0 }
    }

    pub(crate) fn issuer(&self) -> String {
        self.facts.identifier.clone()
    }

    /// The only provider.
    pub(crate) fn provider(&mut self) -> &mut Value {
        &mut self.trust["providers"][0]
    }

    /// Keys from the issuer's key set, without discovery.
    pub(crate) fn by_jwks_uri(&mut self) {
        let uri = self.facts.jwks_uri.clone();
        self.provider()["keys"] = json!({ "jwks_uri": uri });
    }

    /// Makes the trust a Convex OIDC provider.
    pub(crate) fn convex(&mut self) {
        self.trust = json!([{ "domain": self.issuer(), "applicationID": Setting::AUDIENCE }]);
    }

    /// Makes the trust a Convex customJwt provider.
    pub(crate) fn convex_custom(&mut self) {
        self.trust = json!([{
            "type": "customJwt", "issuer": self.issuer(), "jwks": self.facts.jwks_uri,
            "algorithm": "RS256", "applicationID": Setting::AUDIENCE,
        }]);
    }

    /// Publishes these keys; the first one signs.
    pub(crate) fn publish(&mut self, names: &[&str]) {
        let key = |name: &&str| PublishedKey::plain(Key::named(name).unwrap());
        self.facts.keys = names.iter().map(key).collect();
        self.documents = Documents::honest(&self.facts);
    }

    /// Changes the published key set, but not what signs.
    pub(crate) fn key_set(&mut self, change: impl FnOnce(&mut Value)) {
        change_body(&mut self.documents.jwks, change);
    }

    pub(crate) fn discovery(&mut self, change: impl FnOnce(&mut Value)) {
        change_body(&mut self.documents.discovery, change);
    }

    /// Mints the token and serves the issuer.
    pub(crate) fn open(&self, recipe: &str) -> String {
        self.server.open(self.number, self.documents.clone()).unwrap();
        let mut setting = Setting::for_issuers([("main".to_owned(), self.facts.clone())]);
        setting.now = NOW;
        let recipe: Recipe = toml::from_str(recipe).unwrap();
        (self.wrap)(&mint(&recipe, &setting).unwrap().token)
    }

    pub(crate) fn question(&self, recipe: &str) -> Question {
        let paste = self.open(recipe);
        let trust = TrustFile::read("trust.json", &self.trust.to_string()).unwrap();
        let mut question = Question::new(paste, trust);
        question.now = Duration::from_secs(NOW + self.later);
        question
    }

    pub(crate) async fn explain(&self, recipe: &str) -> Explanation {
        explain(&self.question(recipe)).await.unwrap()
    }
}

fn change_body(served: &mut Served, change: impl FnOnce(&mut Value)) {
    let mut body: Value = serde_json::from_slice(&served.body).unwrap();
    change(&mut body);
    served.body = body.to_string().into();
}

/// Serves a web page, as sites do for every path that they do not know.
pub(crate) fn page(served: &mut Served) {
    served.body = "<!doctype html><title>Welcome</title>".into();
    content_type(served, "text/html; charset=utf-8");
}

pub(crate) fn content_type(served: &mut Served, kind: &str) {
    served.headers = vec![("content-type".to_owned(), kind.to_owned())];
}
