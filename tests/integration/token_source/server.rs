//! A token source that is asked over HTTP, and a protected resource.

use std::sync::Mutex;
use std::time::Duration;

use crate::support::Issuer;
use jwtspec_advice::token_source::{Options, Report, RequestTemplate, Source, judge_source};
use jwtspec_mint::context::MintContext;
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::{CachePolicy, KeySource, Provider, Trust};
use jwtspec_types::words::Algorithm;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A request to a source, and what the source knows to answer it.
pub(crate) struct Call<'a> {
    issuer: &'a Issuer,
    /// True if a new token is wanted.
    pub(crate) force: bool,
    /// The value of the cookie `session`.
    pub(crate) session: Option<String>,
    pub(crate) path: &'a str,
    /// The state that the source keeps from one request to the next.
    pub(crate) kept: &'a mut Kept,
}

/// The state that a source keeps.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) token: Option<String>,
    /// The number of forced refreshes, this one included.
    pub(crate) forced: usize,
    /// The only session that is good.
    pub(crate) session: usize,
    pub(crate) revoked: bool,
}

impl Call<'_> {
    pub(crate) fn token(&self, recipe: &str) -> String {
        self.issuer.mint(recipe)
    }

    /// The answer of a right source: a new token when it is forced, and the kept one otherwise.
    pub(crate) fn kept(&mut self, recipe: &str) -> ResponseTemplate {
        if self.force || self.kept.token.is_none() {
            self.kept.token = Some(self.token(recipe));
        }
        plain(self.kept.token.as_deref().unwrap())
    }
}

/// An answer with this text.
pub(crate) fn plain(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(text).insert_header("cache-control", "no-store")
}

/// The answer of a source to a request.
pub(crate) type Answering = fn(&mut Call<'_>) -> ResponseTemplate;

/// A right source.
pub(crate) const RIGHT: Answering = |call| call.kept("claims.exp = \"@now+300s\"");

/// Serves a source.
pub(crate) async fn serve(issuer: Issuer, answering: Answering) -> MockServer {
    // One of its own: those of the pool may still have the answers of an earlier test.
    let server = MockServer::builder().start().await;
    let kept = Mutex::new(Kept::default());
    let answer = move |request: &Request| {
        let mut kept = kept.lock().unwrap();
        let force = request.url.query() == Some("force=true");
        kept.forced += usize::from(force);
        let cookies = request.headers.get("cookie").and_then(|line| line.to_str().ok());
        let session = cookies.and_then(|line| line.strip_prefix("session=")).map(str::to_owned);
        let path = request.url.path();
        answering(&mut Call { issuer: &issuer, force, session, path, kept: &mut kept })
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// The usual options for a source that is served there.
pub(crate) fn options(server: &MockServer) -> Options {
    let mut request = RequestTemplate::get(format!("{}/token?force={{{{ force }}}}", server.uri()));
    request.headers.push("cookie: session=0".to_owned());
    Options { patience: Duration::from_secs(20), ..Options::new(Source::Request(request)) }
}

/// Judges a source that answers so.
pub(crate) async fn judged(
    answering: Answering,
    change: impl FnOnce(&mut Options),
) -> (Vec<String>, Report) {
    let server = serve(Issuer::offline(), answering).await;
    let mut options = options(&server);
    change(&mut options);
    let report = judge_source(&options).await.unwrap();
    (broken(&report), report)
}

/// The rules that are broken, each once.
pub(crate) fn broken(report: &Report) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.why.is_some()) {
        if !ids.contains(&finding.id) {
            ids.push(finding.id.clone());
        }
    }
    ids
}

/// An issuer that publishes its keys, and a trust in it.
pub(crate) async fn trusted_issuer() -> (Issuer, Trust) {
    let issuer = Issuer::start().await;
    issuer.publish();
    let trust = Trust {
        providers: vec![Provider {
            issuer: issuer.identifier(),
            audiences: vec![MintContext::AUDIENCE.to_owned()],
            keys: KeySource::JwksUri(issuer.facts.jwks_uri.clone()),
            algorithms: vec![Algorithm::Rs256],
            typ: None,
            required_claims: Vec::new(),
            key_text: None,
        }],
        profile: Profile::default(),
        leeway_seconds: 0,
        cache: CachePolicy::default(),
        decryption_keys: Vec::new(),
        ca_pem: None,
    };
    (issuer, trust)
}

/// A protected resource that takes whatever looks like a token, or refuses that too, saying so.
pub(crate) async fn resource(refusal: Option<&'static str>) -> MockServer {
    let server = MockServer::builder().start().await;
    let answer = move |request: &Request| {
        let line = request.headers.get("authorization").and_then(|line| line.to_str().ok());
        let like_a_token = line.is_some_and(|line| line.starts_with("Bearer eyJ"));
        match refusal {
            None if like_a_token => ResponseTemplate::new(200),
            None => ResponseTemplate::new(401),
            Some(why) => ResponseTemplate::new(401).set_body_string(why),
        }
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}
