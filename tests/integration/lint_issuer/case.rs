//! An issuer that is honest until a case changes it, and the options under which it is judged.

use std::sync::Arc;
use std::time::Duration;

use jwtspec_advice::lint::{LintError, Options, Report, TokenSource, lint};
use jwtspec_engine::issuer::Documents;
use jwtspec_engine::issuer::EndpointSpec;
use jwtspec_engine::issuer::IssuerServer;

use crate::support::{Issuer, server};

#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) issuer: Issuer,
    /// Where the same documents are served a second time.
    pub(crate) mirror: Issuer,
    pub(crate) options: Options,
}

/// The rules that a case breaks, and how it changes an honest issuer.
pub(crate) type Row = (&'static [&'static str], fn(&mut Case));

impl Case {
    /// An honest issuer over plain HTTP.
    pub(crate) async fn start() -> Self {
        Self::on(&server().await, EndpointSpec::default())
    }

    pub(crate) fn on(server: &Arc<IssuerServer>, endpoint_spec: EndpointSpec) -> Self {
        let issuer = Issuer::on(server, endpoint_spec);
        let mirror = Issuer::on(server, EndpointSpec::default());
        let options = Options {
            ca_pem: Some(issuer.ca_pem()),
            patience: Duration::from_secs(5),
            ..Options::new(&issuer.facts.identifier)
        };
        Self { issuer, mirror, options }
    }

    pub(crate) fn publish(&self) {
        self.issuer.publish();
        let mut mirror = self.mirror.clone();
        mirror.documents = Documents::honest(&self.issuer.facts);
        mirror.publish();
    }

    pub(crate) async fn lint(&self) -> Result<Report, LintError> {
        self.publish();
        lint(&self.options).await
    }

    /// Judges a token of this recipe, too.
    pub(crate) fn token(&mut self, recipe: &str) {
        self.options.token = Some(TokenSource::Given(self.issuer.mint(recipe)));
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
