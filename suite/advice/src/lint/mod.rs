//! `lint-issuer`: judges whether an issuer is fit to be verified.
//!
//! Asking and judging are apart: `exchange`, `discovery` and `source` obtain the answers, the
//! checks (`input`, `metadata`, `jwks`, `key`, `serving`, `token`, `refresh`,
//! `rotation`) say what it comes to, each beside its rules. A check never ends the others:
//! every finding is reported, not only the first. Keys and tokens are read by the code of the
//! reference verifier.

mod discovery;
mod document;
pub(crate) mod exchange;
pub(crate) mod findings;
mod input;
mod jwks;
mod key;
mod metadata;
pub(crate) mod refresh;
pub(crate) mod report;
mod resolver;
mod rotation;
pub(crate) mod rule;
mod serving;
mod source;
pub(crate) mod token;

use std::time::Duration;

use reqwest::Url;
use serde_json::{Map, Value};

use discovery::Discovered;
use exchange::{Exchange, HttpClient};
use findings::Findings;
use jwtspec_jose::PublishedKey;
use jwtspec_reference::Clock;
use jwtspec_reference::parts::system_clock;
use metadata::{Metadata, algorithms};
pub use report::{Finding, REPORT_VERSION, Report, Sums};
pub use rule::{Grade, Group, Rule};
pub use source::TokenSource;

/// The issuer to judge, and the settings for that.
#[derive(Clone)]
pub struct Options {
    /// The issuer identifier; a discovery or key set URL is recognised too.
    pub url: String,
    /// The source of tokens, if any are to be judged.
    pub token: Option<TokenSource>,
    /// The audience that tokens should have as `aud`.
    pub audience: Option<String>,
    /// True if servers on other machines may be asked.
    pub allow_remote: bool,
    /// The authority behind the issuer's certificate, PEM; without it those of the system.
    pub ca_pem: Option<String>,
    /// The time for which to watch the key set.
    pub watch: Option<Duration>,
    /// The time that one answer may take.
    pub patience: Duration,
    /// The time that a token command may take.
    pub token_patience: Duration,
    /// The time since 1970.
    pub clock: Clock,
}

impl Options {
    /// The usual options for this URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            audience: None,
            allow_remote: false,
            ca_pem: None,
            watch: None,
            patience: Duration::from_secs(10),
            token_patience: Duration::from_secs(30),
            clock: system_clock(),
        }
    }
}

/// The reason why an issuer could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// The text that was given is not a URL.
    #[error(
        "`{0}` is not an http or https URL\ngive the issuer identifier, such as https://login.example.com/tenant"
    )]
    NotAUrl(String),
    /// It is on another machine.
    #[error(
        "`{0}` is not on this machine, and was not asked\nto judge an issuer elsewhere, say so with --allow-remote"
    )]
    Elsewhere(String),
    /// The authority cannot be read.
    #[error("the certificate authority is not readable PEM\ngive a file of PEM certificates")]
    Authority,
    /// No HTTP client could be made.
    #[error("failed to make an HTTP client: {0}\nare the system's certificates readable?")]
    Client(#[source] reqwest::Error),
    /// Nothing answers.
    #[error("the issuer does not answer: {0}\nis it up, and is the URL right?")]
    Unreachable(String),
}

/// Every rule, in the order of the checks.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let all = [
        input::RULES,
        metadata::RULES,
        jwks::RULES,
        key::RULES,
        serving::RULES,
        token::RULES,
        refresh::RULES,
        rotation::RULES,
    ];
    all.into_iter().flatten().copied()
}

/// Judges an issuer.
///
/// # Errors
///
/// If it cannot be asked, or nothing answers. Wrong answers are in the report.
pub async fn lint(options: &Options) -> Result<Report, LintError> {
    let input = input::Input::parse(&options.url)?;
    let client = HttpClient::new(
        options.ca_pem.as_deref(),
        options.allow_remote,
        options.patience,
        options.clock.clone(),
    )?;
    if let Ok(url) = Url::parse(&options.url) {
        client.permit(&url)?;
    }
    if let Some(TokenSource::Endpoint { url, .. }) = &options.token {
        client.permit(url)?;
    }
    let mut found = Findings::default();
    let discovered = discovery::discover(&mut found, &client, &options.url, input).await?;
    if !client.was_answered() {
        let exchange = discovered.discovery.as_ref().or(discovered.set.as_ref());
        let why = exchange.and_then(|it| it.answer.as_ref().err().cloned());
        return Err(LintError::Unreachable(why.unwrap_or("no answer".to_owned())));
    }
    if let Some(discovery) = &discovered.discovery {
        judge_serving(&mut found, "discovery document", discovery);
    }
    let keys = judge_set(&mut found, &client, &discovered).await;
    let advertised = discovered.metadata.as_ref().filter(|_| discovered.kind == Metadata::OpenId);
    let advertised = advertised.and_then(algorithms);
    if let (Some(advertised), Some(keys)) = (&advertised, &keys) {
        jwks::compare_algorithms(&mut found, advertised, keys);
    }
    let mut held = None;
    if let Some(source) = &options.token {
        held = refresh::judge_refresh(&mut found, &client, source, options.token_patience).await;
    } else {
        found.unseen("tokens: --token, --token-command or --token-endpoint");
    }
    if let Some(token) = &held {
        let against = token::Against {
            issuer: discovered.identifier.as_deref(),
            advertised: advertised.as_deref(),
            keys: keys.as_deref(),
            audience: options.audience.as_deref(),
            now: client.now(),
        };
        token::judge_token(&mut found, token, &against);
    }
    match (options.watch, &discovered.set, &keys) {
        (Some(span), Some(set), Some(keys)) => {
            let now = client.now();
            let signer = held.as_ref().and_then(|token| rotation::Signer::find(token, keys, now));
            let snapshots = rotation::watch(&client, &set.url, keys, span).await;
            let permitted = set.answer.as_ref().ok().and_then(serving::permitted);
            rotation::judge_rotation(&mut found, &snapshots, signer.as_ref(), permitted);
        }
        (Some(_), ..) => found.unseen("how keys rotate: the key set could not be read"),
        (None, ..) => found.unseen(
            "how keys rotate, which one look does not show: --watch with a time that holds a \
             rotation",
        ),
    }
    let uri = |exchange: &Option<Exchange>| exchange.as_ref().map(|it| it.url.to_string());
    let findings = found.findings();
    Ok(Report {
        tool: "jwtspec".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        report: REPORT_VERSION,
        given: options.url.clone(),
        issuer: discovered.identifier.clone(),
        discovery_uri: uri(&discovered.discovery),
        jwks_uri: uri(&discovered.set),
        summary: Sums::count(&findings),
        findings,
        unseen: found.unseen,
    })
}

fn judge_serving(found: &mut Findings, what: &str, exchange: &Exchange) {
    serving::judge_certificate(found, exchange);
    if let Ok(answer) = &exchange.answer {
        serving::judge_answer(found, what, answer);
    }
}

/// Judges the key set, and returns its keys if it is one.
async fn judge_set(
    found: &mut Findings,
    client: &HttpClient,
    discovered: &Discovered,
) -> Option<Vec<PublishedKey>> {
    let exchange = discovered.set.as_ref()?;
    judge_serving(found, "key set", exchange);
    let set = document::judge_document(found, &jwks::DOCUMENT, exchange);
    if let Ok(answer) = &exchange.answer
        && answer.status == 200
    {
        serving::judge_caching(found, answer);
        if let Some(etag) = answer.header("etag") {
            let second = client.get(&exchange.url, Some(etag)).await;
            serving::judge_confirmation(found, &second);
        }
    }
    let set = set?;
    jwks::judge_key_set(found, &set);
    listed(&set).then(|| jwks::parse_keys(&set))
}

/// True if this has the form of a key set.
fn listed(set: &Map<String, Value>) -> bool {
    set.get("keys").is_some_and(Value::is_array)
}

#[cfg(test)]
mod tests;
