//! An issuer, a token source that is asked over HTTP, and a protected resource.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwtspec::token_source::{Options, Report, RequestTemplate, Source, judge};
use jwtspec::trust::{CachePolicy, KeySource, Provider, Trust};
use jwtspec::{
    Algorithm, Documents, Ground, IssuerFacts, IssuerServer, Profile, Recipe, Setting, mint,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Mints tokens of one issuer, no two of them alike.
pub(crate) struct Mint {
    pub(crate) facts: IssuerFacts,
    count: AtomicUsize,
}

impl Mint {
    pub(crate) fn new(facts: IssuerFacts) -> Self {
        Self { facts, count: AtomicUsize::new(0) }
    }

    pub(crate) fn token(&self, recipe: &str) -> String {
        let recipe: Recipe = toml::from_str(recipe).unwrap();
        let mut setting = Setting::for_issuers([(Setting::MAIN.to_owned(), self.facts.clone())]);
        setting.now = now();
        setting.serial = self.count.fetch_add(1, Ordering::Relaxed).to_string();
        mint(&recipe, &setting).unwrap().token
    }
}

/// What a source has at hand to answer a request.
pub(crate) struct Desk<'a> {
    mint: &'a Mint,
    /// Whether a new token is wanted.
    pub(crate) force: bool,
    /// The value of the cookie `session`.
    pub(crate) session: Option<String>,
    pub(crate) path: &'a str,
    /// What the source keeps from one request to the next.
    pub(crate) kept: &'a mut Kept,
}

/// What a source keeps.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) token: Option<String>,
    /// How many forced refreshes there were, this one included.
    pub(crate) forced: usize,
    /// The only session that is good.
    pub(crate) session: usize,
    pub(crate) revoked: bool,
}

impl Desk<'_> {
    pub(crate) fn token(&self, recipe: &str) -> String {
        self.mint.token(recipe)
    }

    /// What a right source does: a new token when it is forced, and the kept one otherwise.
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

/// How a source answers.
pub(crate) type Answering = fn(&mut Desk<'_>) -> ResponseTemplate;

/// A right source.
pub(crate) const RIGHT: Answering = |desk| desk.kept("claims.exp = \"@now+300s\"");

/// Serves a source.
pub(crate) async fn serve(mint: Mint, answering: Answering) -> MockServer {
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
        answering(&mut Desk { mint: &mint, force, session, path, kept: &mut kept })
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

/// An issuer that nobody asks.
pub(crate) fn nowhere() -> Mint {
    Mint::new(IssuerFacts::on("http://127.0.0.1:1", 0, ""))
}

/// Judges a source that answers so.
pub(crate) async fn judged(
    answering: Answering,
    change: impl FnOnce(&mut Options),
) -> (Vec<String>, Report) {
    let server = serve(nowhere(), answering).await;
    let mut options = options(&server);
    change(&mut options);
    let report = judge(&options).await.unwrap();
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

/// An issuer that serves its keys, and a trust in it.
pub(crate) async fn issuer() -> (IssuerServer, Mint, Trust) {
    let server = IssuerServer::start().await.unwrap();
    let place = server.place(Ground::default()).unwrap();
    let facts = IssuerFacts::on(&place.origin, place.number, "");
    server.open(place.number, Documents::honest(&facts)).unwrap();
    let trust = Trust {
        providers: vec![Provider {
            issuer: facts.identifier.clone(),
            audiences: vec![Setting::AUDIENCE.to_owned()],
            keys: KeySource::JwksUri(facts.jwks_uri.clone()),
            algorithms: vec![Algorithm::Rs256],
            typ: None,
            required_claims: Vec::new(),
        }],
        profile: Profile::default(),
        leeway_seconds: 0,
        cache: CachePolicy::default(),
        ca_pem: None,
    };
    (server, Mint::new(facts), trust)
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
