//! `lint-issuer`: whether an issuer is fit to be verified.
//!
//! Asking and judging are apart: `exchange` and `source` obtain what there is to see, the
//! checks (`given`, `discovery`, `jwks`, `key`, `serving`, `token`, `refresh`,
//! `rotation`) say what it comes to, each beside its rules. A check never ends the others:
//! every finding is reported, not only the first. Keys and tokens are read by the code of the
//! reference verifier.

mod discovery;
mod document;
pub(crate) mod exchange;
mod given;
mod jwks;
mod key;
mod locate;
pub(crate) mod notebook;
mod refresh;
pub(crate) mod report;
mod rotation;
pub(crate) mod rule;
mod serving;
mod source;
pub(crate) mod token;

use std::time::Duration;

use reqwest::Url;
use serde_json::{Map, Value};

use discovery::{Metadata, algorithms};
use exchange::{Asker, Exchange};
use jwtspec_jose::PublishedKey;
use jwtspec_reference::Clock;
use jwtspec_reference::parts::system_clock;
use locate::Located;
use notebook::Notebook;
pub use report::{Finding, REPORT_VERSION, Report, Sums};
pub use rule::{Grade, Group, Rule};
pub use source::{FORCE, TokenSource};

/// What is to be judged, and how.
#[derive(Clone)]
pub struct Options {
    /// The issuer identifier; a discovery or key set URL is recognised too.
    pub url: String,
    /// Where tokens come from, if any are to be judged.
    pub token: Option<TokenSource>,
    /// What tokens should have as `aud`.
    pub audience: Option<String>,
    /// Whether to ask what is not on this machine.
    pub allow_remote: bool,
    /// The authority behind the issuer's certificate, PEM; without it those of the system.
    pub ca_pem: Option<String>,
    /// How long to watch the key set.
    pub watch: Option<Duration>,
    /// How long one answer may take.
    pub patience: Duration,
    /// How long a token command may take.
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

/// Why an issuer could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// What was given is not a URL.
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
        given::RULES,
        discovery::RULES,
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
/// If it cannot be asked, or nothing answers. What it answers wrongly is in the report.
pub async fn lint(options: &Options) -> Result<Report, LintError> {
    let given = given::Given::read(&options.url)?;
    let asker = Asker::new(
        options.ca_pem.as_deref(),
        options.allow_remote,
        options.patience,
        options.clock.clone(),
    )?;
    if let Ok(url) = Url::parse(&options.url) {
        asker.permit(&url)?;
    }
    if let Some(TokenSource::Endpoint { url, .. }) = &options.token {
        asker.permit(url)?;
    }
    let mut book = Notebook::default();
    let located = locate::locate(&mut book, &asker, &options.url, given).await?;
    if !asker.was_answered() {
        let exchange = located.discovery.as_ref().or(located.set.as_ref());
        let why = exchange.and_then(|it| it.answer.as_ref().err().cloned());
        return Err(LintError::Unreachable(why.unwrap_or("no answer".to_owned())));
    }
    if let Some(discovery) = &located.discovery {
        judge_serving(&mut book, "discovery document", discovery);
    }
    let keys = judge_set(&mut book, &asker, &located).await;
    let advertised = located.metadata.as_ref().filter(|_| located.of == Metadata::OpenId);
    let advertised = advertised.and_then(algorithms);
    if let (Some(advertised), Some(keys)) = (&advertised, &keys) {
        jwks::agree(&mut book, advertised, keys);
    }
    let mut held = None;
    match &options.token {
        None => book.unseen("tokens: --token, --token-command or --token-endpoint"),
        Some(from) => {
            held = refresh::judge(&mut book, &asker, from, options.token_patience).await;
        }
    }
    if let Some(token) = &held {
        let against = token::Against {
            issuer: located.identifier.as_deref(),
            advertised: advertised.as_deref(),
            keys: keys.as_deref(),
            audience: options.audience.as_deref(),
            now: asker.now(),
        };
        token::judge(&mut book, token, &against);
    }
    match (options.watch, &located.set, &keys) {
        (Some(span), Some(set), Some(keys)) => {
            let now = asker.now();
            let signer = held.as_ref().and_then(|token| rotation::Signer::of(token, keys, now));
            let looks = rotation::watch(&asker, &set.url, keys, span).await;
            let permitted = set.answer.as_ref().ok().and_then(serving::permitted);
            rotation::judge(&mut book, &looks, signer.as_ref(), permitted);
        }
        (Some(_), ..) => book.unseen("how keys rotate: the key set could not be read"),
        (None, ..) => book.unseen(
            "how keys rotate, which one look does not show: --watch with a time that holds a \
             rotation",
        ),
    }
    let place = |exchange: &Option<Exchange>| exchange.as_ref().map(|it| it.url.to_string());
    let mut report = Report::new(&options.url, book.findings(), std::mem::take(&mut book.unseen));
    report.issuer.clone_from(&located.identifier);
    report.discovery_uri = place(&located.discovery);
    report.jwks_uri = place(&located.set);
    Ok(report)
}

fn judge_serving(book: &mut Notebook, what: &str, exchange: &Exchange) {
    serving::judge_certificate(book, exchange);
    if let Ok(answer) = &exchange.answer {
        serving::judge_answer(book, what, answer);
    }
}

/// Judges the key set, and returns its keys if it is one.
async fn judge_set(
    book: &mut Notebook,
    asker: &Asker,
    located: &Located,
) -> Option<Vec<PublishedKey>> {
    let exchange = located.set.as_ref()?;
    judge_serving(book, "key set", exchange);
    let set = document::judge(book, &jwks::DOCUMENT, exchange);
    if let Ok(answer) = &exchange.answer
        && answer.status == 200
    {
        serving::judge_caching(book, answer);
        if let Some(etag) = answer.header("etag") {
            let second = asker.get(&exchange.url, Some(etag)).await;
            serving::judge_confirmation(book, &second);
        }
    }
    let set = set?;
    jwks::judge(book, &set);
    listed(&set).then(|| jwks::keys(&set))
}

/// Whether this has the form of a key set.
fn listed(set: &Map<String, Value>) -> bool {
    set.get("keys").is_some_and(Value::is_array)
}

#[cfg(test)]
mod tests;
