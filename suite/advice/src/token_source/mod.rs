//! `token-source`: judges whether a token source is fit for a client that keeps a session alive.
//!
//! Asking and judging are apart: `fetcher` asks a command or an endpoint, `call` holds the outcome,
//! and the checks (`answer`, `times`, `refresh`, `concurrent`, `signed_out`, `response`) judge it,
//! each beside its rules. `client` simulates a client that gets its tokens there.

mod answer;
mod call;
mod client;
mod client_limits;
mod concurrent;
mod cookies;
mod fetcher;
mod judge;
mod refresh;
mod report;
mod request;
mod response;
mod secrets;
mod signed_out;
mod times;
mod unreadable;

use std::time::Duration;

use crate::lint::Rule;
use crate::lint::exchange::HttpClient;
use crate::lint::findings::Findings;
use call::{AT_ONCE, Call, NoToken, Occasion};
pub use client::{ClientError, ClientOptions, Line, ServerSpec, Timeline, UserView};
pub use fetcher::Source;
use fetcher::TokenFetcher;
use jwtspec_reference::parts::system_clock;
pub use report::{CallShown, REPORT_VERSION, Report};
pub use request::RequestTemplate;

/// The source to judge, and the options.
#[derive(Clone)]
pub struct Options {
    /// The source of tokens.
    pub source: Source,
    /// A JSON Pointer to the token in the answer.
    pub pointer: Option<String>,
    /// The same source while no user is signed in.
    pub signed_out: Option<Source>,
    /// Allows a source that is not on this machine.
    pub allow_remote: bool,
    /// The longest time that one call may take.
    pub patience: Duration,
    /// The client to simulate.
    pub client: Option<ClientOptions>,
}

impl Options {
    /// The usual options for this source.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            pointer: None,
            signed_out: None,
            allow_remote: false,
            patience: Duration::from_secs(10),
            client: None,
        }
    }
}

/// The reason why a token source could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The given text is not a URL.
    #[error("`{0}` is not an http or https URL\ngive the URL that answers with a token")]
    NotAUrl(String),
    /// The given text is not a method.
    #[error("`{0}` is not a method of HTTP\nwrite --method POST")]
    Method(String),
    /// The given text is not a header line. It may hold a secret, so it is not shown.
    #[error("a --header is not a header line\nwrite it as `name: value`, on one line")]
    Header,
    /// A template that cannot be rendered.
    #[error(
        "failed to fill in {option}: {error}\nthe only variable is `force`: {{{{ force }}}} becomes true or false"
    )]
    Template {
        /// Which option it was given by.
        option: &'static str,
        /// The mistake in it.
        error: String,
    },
    /// It is on another machine.
    #[error(
        "`{0}` is not on this machine, and was not asked\nto judge a token source elsewhere, say so with --allow-remote"
    )]
    Elsewhere(String),
    /// The given text is not a JSON Pointer.
    #[error("`{0}` is not a JSON Pointer\nwrite --token /access_token")]
    Pointer(String),
    /// No HTTP client could be made.
    #[error("failed to make an HTTP client: {0}")]
    Client(String),
    /// Nothing answers.
    #[error("the token source does not answer: {0}\nis it up, and is the URL right?")]
    Unreachable(String),
    /// The client cannot be simulated.
    #[error(transparent)]
    Target(#[from] ClientError),
}

/// Every rule, in the order of the checks.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let all = [
        answer::RULES,
        times::RULES,
        refresh::RULES,
        concurrent::RULES,
        signed_out::RULES,
        response::RULES,
        client::RULES,
    ];
    all.into_iter().flatten().copied()
}

/// Judges a token source, and simulates a client if there is one.
///
/// # Errors
///
/// If it cannot be asked, nothing answers, or the target cannot be started, reached or configured.
/// The faults of the source are in the report.
pub async fn judge_source(options: &Options) -> Result<Report, SourceError> {
    // The patience of the options ends before that of the asker, so that the time-out has one cause.
    let patience = options.patience.saturating_mul(2);
    let asker = HttpClient::new(None, options.allow_remote, patience, system_clock())
        .map_err(|error| SourceError::Client(error.to_string()))?;
    if let Some(pointer) = options.pointer.as_ref().filter(|it| !it.starts_with('/')) {
        return Err(SourceError::Pointer(pointer.clone()));
    }
    for source in [Some(&options.source), options.signed_out.as_ref()].into_iter().flatten() {
        permit(&asker, source)?;
    }
    // A target that cannot be used is told before anything is asked.
    let server = match &options.client {
        Some(client) => Some(client::Server::open(&client.server).await?),
        None => None,
    };
    let fetcher =
        TokenFetcher::new(&options.source, options.pointer.as_deref(), &asker, options.patience);
    let mut book = Findings::default();
    let mut calls = fetch_all(&fetcher).await;
    if let ([Call { outcome: Err(NoToken::Unusable(rule, seen)), .. }], Source::Request(_)) =
        (calls.as_slice(), &options.source)
        && *rule == answer::FAILS
        && !asker.was_answered()
    {
        return Err(SourceError::Unreachable(seen.clone()));
    }
    let usable = calls.len() > 1;
    if !usable {
        book.unseen("refreshes and calls at the same time: the first call gave no token");
    }
    match &options.signed_out {
        None => book.unseen(
            "whether being signed out is told by null: --signed-out-command, --signed-out-url or \
             --signed-out-header",
        ),
        Some(source) => {
            let fetcher =
                TokenFetcher::new(source, options.pointer.as_deref(), &asker, options.patience);
            for force in [false, true] {
                calls.push(fetcher.fetch(Occasion::SignedOut, force).await);
            }
        }
    }
    judge::judge_calls(&mut book, &calls);
    let shown = report::show_calls(&calls);
    let mut timeline = None;
    match (&options.client, server) {
        (Some(client), Some(server)) => {
            if usable {
                let (played, causes) = client::simulate(&fetcher, &server, client).await;
                client::judge_timeline(&mut book, &played, &causes);
                timeline = Some(played);
            } else {
                book.unseen("what a user would see: there is no token to begin with");
            }
            server.close().await;
        }
        _ => book.unseen("what a user would see: --target or --trust"),
    }
    if let Source::Request(request) = &options.source
        && !request.depends_on_force()
    {
        book.unseen(
            "the request is the same whether a refresh is forced or not: {{ force }} appears \
             neither in --url nor in --header or --body",
        );
    }
    let findings = book.findings();
    Ok(Report {
        tool: "jwtspec".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        report: REPORT_VERSION,
        source: options.source.shown(),
        summary: crate::lint::Sums::count(&findings),
        calls: shown,
        findings,
        unseen: std::mem::take(&mut book.unseen),
        client: timeline,
    })
}

/// Refuses a source that may not be asked.
fn permit(asker: &HttpClient, source: &Source) -> Result<(), SourceError> {
    let Source::Request(request) = source else { return Ok(()) };
    for force in [false, true] {
        let rendered = request.render(force)?;
        let origin = rendered.url.origin().ascii_serialization();
        asker.permit(&rendered.url).map_err(|_| SourceError::Elsewhere(origin))?;
    }
    Ok(())
}

/// Makes all calls that are judged, or one if it gives no token.
async fn fetch_all(fetcher: &TokenFetcher<'_>) -> Vec<Call> {
    let mut calls = vec![fetcher.fetch(Occasion::First, false).await];
    if calls[0].token().is_none() {
        return calls;
    }
    next_second(calls[0].at).await;
    calls.push(fetcher.fetch(Occasion::Forced, true).await);
    if calls[1].token().is_none() {
        return calls;
    }
    calls.push(fetcher.fetch(Occasion::After, false).await);
    let at_once = (0..AT_ONCE).map(|_| fetcher.fetch(Occasion::AtOnce, true));
    calls.extend(futures::future::join_all(at_once).await);
    calls.push(fetcher.fetch(Occasion::Last, false).await);
    calls
}

/// Waits until the clock shows another second than then: of two tokens that are minted in one
/// second, the texts may be the same.
async fn next_second(then: Duration) {
    let next = Duration::from_secs(then.as_secs() + 1) + Duration::from_millis(5);
    tokio::time::sleep(next.saturating_sub(jwtspec_engine::run::since_1970())).await;
}

#[cfg(test)]
mod tests;
