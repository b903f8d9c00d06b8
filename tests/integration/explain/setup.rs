//! An issuer, a verifier that trusts it, and what is pasted: what each case changes a little.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{self, Issuer};
use jwtspec_advice::explain::{Explanation, Question, TrustFile, explain};
use jwtspec_engine::issuer::EndpointSpec;
use jwtspec_engine::issuer::IssuerServer;
use jwtspec_engine::issuer::Response;
use jwtspec_mint::context::MintContext;
use serde_json::{Value, json};

pub(crate) const NOW: u64 = 1_800_000_000;

/// Everything that a case may change, before the token is minted.
pub(crate) struct Setup {
    pub(crate) issuer: Issuer,
    /// The trust, as JSON.
    pub(crate) trust: Value,
    /// The text pasted around the token.
    pub(crate) wrap: fn(&str) -> String,
    /// Seconds after the token was minted.
    pub(crate) later: u64,
}

impl Setup {
    /// A setup whose issuer has a server of its own.
    pub(crate) async fn start() -> Self {
        Self::new(&support::server().await)
    }

    pub(crate) fn new(server: &Arc<IssuerServer>) -> Self {
        Self::on(server, EndpointSpec::default())
    }

    pub(crate) fn on(server: &Arc<IssuerServer>, endpoint_spec: EndpointSpec) -> Self {
        let mut issuer = Issuer::on(server, endpoint_spec);
        issuer.now = Some(NOW);
        let trust = json!({ "providers": [{
            "issuer": issuer.identifier(),
            "audiences": [MintContext::AUDIENCE],
            "keys": { "discovery": true },
            "algorithms": ["RS256"],
            "required_claims": ["sub", "exp"],
        }] });
        Self { issuer, trust, wrap: str::to_owned, later: 0 }
    }

    /// The only provider.
    pub(crate) fn provider(&mut self) -> &mut Value {
        &mut self.trust["providers"][0]
    }

    /// Keys from the issuer's key set, without discovery.
    pub(crate) fn by_jwks_uri(&mut self) {
        let uri = self.issuer.facts.jwks_uri.clone();
        self.provider()["keys"] = json!({ "jwks_uri": uri });
    }

    /// Makes the trust a Convex OIDC provider.
    pub(crate) fn convex(&mut self) {
        let domain = self.issuer.identifier();
        self.trust = json!([{ "domain": domain, "applicationID": MintContext::AUDIENCE }]);
    }

    /// Makes the trust a Convex customJwt provider.
    pub(crate) fn convex_custom(&mut self) {
        self.trust = json!([{
            "type": "customJwt", "issuer": self.issuer.identifier(),
            "jwks": self.issuer.facts.jwks_uri,
            "algorithm": "RS256", "applicationID": MintContext::AUDIENCE,
        }]);
    }

    /// Publishes the issuer's documents; returns the text that is pasted.
    pub(crate) fn open(&self, recipe: &str) -> String {
        self.issuer.publish();
        (self.wrap)(&self.issuer.mint(recipe))
    }

    pub(crate) fn question(&self, recipe: &str) -> Question {
        let paste = self.open(recipe);
        let trust = TrustFile::parse("trust.json", &self.trust.to_string()).unwrap();
        let mut question = Question::new(paste, trust);
        question.now = Duration::from_secs(NOW + self.later);
        question
    }

    pub(crate) async fn explain(&self, recipe: &str) -> Explanation {
        explain(&self.question(recipe)).await.unwrap()
    }
}

/// Serves a web page, as sites do for every path that they do not know.
pub(crate) fn page(served: &mut Response) {
    served.body = "<!doctype html><title>Welcome</title>".into();
    content_type(served, "text/html; charset=utf-8");
}

pub(crate) fn content_type(served: &mut Response, kind: &str) {
    served.headers = vec![("content-type".to_owned(), kind.to_owned())];
}
