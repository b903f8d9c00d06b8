//! `token-source`: whether what fetches tokens is fit for a client that keeps a session alive.
//!
//! Asking and judging are apart: `source` asks a command or an endpoint, `record` holds what came,
//! and the checks (`answer`, `times`, `refresh`, `at_once`, `signed_out`, `served`) say what it
//! comes to, each beside its rules. `client` simulates a client that gets its tokens there.

mod answer;
mod at_once;
mod client;
mod cookies;
mod judge;
mod record;
mod refresh;
mod report;
mod request;
mod secrets;
mod served;
mod signed_out;
mod source;
mod times;
mod unreadable;

use std::time::Duration;

use crate::lint::exchange::HttpClient;
use crate::lint::findings::Findings;
use crate::lint::{LintError, Rule};
pub use client::{ClientError, ClientOptions, Line, Place, Sight, Timeline};
use jwtspec_reference::Clock;
use jwtspec_reference::parts::system_clock;
use record::{AT_ONCE, Call, Occasion, Outcome};
pub use report::{CallShown, REPORT_VERSION, Report};
pub use request::RequestTemplate;
use source::Asked;
pub use source::Source;

/// What is to be judged, and how.
#[derive(Clone)]
pub struct Options {
    /// Where tokens come from.
    pub source: Source,
    /// A JSON Pointer to the token in what comes.
    pub pointer: Option<String>,
    /// The same source while nobody is signed in.
    pub signed_out: Option<Source>,
    /// Whether to ask what is not on this machine.
    pub allow_remote: bool,
    /// How long one call may take.
    pub patience: Duration,
    /// The client to simulate.
    pub client: Option<ClientOptions>,
    /// The time since 1970.
    pub clock: Clock,
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
            clock: system_clock(),
        }
    }
}

/// Why a token source could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// What was given is not a URL.
    #[error("`{0}` is not an http or https URL\ngive the URL that answers with a token")]
    NotAUrl(String),
    /// What was given is not a method.
    #[error("`{0}` is not a method of HTTP\nwrite --method POST")]
    Method(String),
    /// What was given is not a header line. It may hold a secret, so it is not shown.
    #[error("a --header is not a header line\nwrite it as `name: value`, on one line")]
    Header,
    /// A template that cannot be filled in.
    #[error(
        "failed to fill in {option}: {error}\nthe only variable is `force`: {{{{ force }}}} becomes true or false"
    )]
    Template {
        /// Which option it was given by.
        option: &'static str,
        /// What is wrong with it.
        error: String,
    },
    /// It is on another machine.
    #[error(
        "`{0}` is not on this machine, and was not asked\nto judge a token source elsewhere, say so with --allow-remote"
    )]
    Elsewhere(String),
    /// What was given is not a JSON Pointer.
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
        at_once::RULES,
        signed_out::RULES,
        served::RULES,
        client::RULES,
    ];
    all.into_iter().flatten().copied()
}

/// Judges a token source, and simulates a client if there is one.
///
/// # Errors
///
/// If it cannot be asked, nothing answers, or the target cannot be started, reached or configured.
/// What the source does wrongly is in the report.
pub async fn judge(options: &Options) -> Result<Report, SourceError> {
    // Our patience is over before the asker's, so that it is known to be what ended.
    let patience = options.patience.saturating_mul(2);
    let asker = HttpClient::new(None, options.allow_remote, patience, options.clock.clone())
        .map_err(|error| SourceError::Client(error.to_string()))?;
    if let Some(pointer) = options.pointer.as_ref().filter(|it| !it.starts_with('/')) {
        return Err(SourceError::Pointer(pointer.clone()));
    }
    for source in [Some(&options.source), options.signed_out.as_ref()].into_iter().flatten() {
        permit(&asker, source)?;
    }
    // A target that cannot be used is told before anything is asked.
    let stand = match &options.client {
        Some(client) => Some(client::Stand::open(&client.place).await?),
        None => None,
    };
    let asked = Asked::new(&options.source, options.pointer.as_deref(), &asker, options.patience);
    let mut book = Findings::default();
    let mut calls = ask(&asked).await;
    if let ([Call { outcome: Outcome::Fault(rule, seen), .. }], Source::Request(_)) =
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
            let asked = Asked::new(source, options.pointer.as_deref(), &asker, options.patience);
            for force in [false, true] {
                calls.push(asked.ask(Occasion::SignedOut, force).await);
            }
        }
    }
    judge::judge(&mut book, &calls);
    let shown = report::shown(&calls);
    let mut timeline = None;
    match (&options.client, stand) {
        (Some(client), Some(stand)) => {
            if usable {
                let (played, causes) = client::play(&asked, &stand, client).await;
                client::judge(&mut book, &played, &causes);
                timeline = Some(played);
            } else {
                book.unseen("what a user would see: there is no token to begin with");
            }
            stand.close().await;
        }
        _ => book.unseen("what a user would see: --target or --trust"),
    }
    let mut report = Report::new(options.source.shown(), shown);
    report.findings = book.findings();
    report.summary = crate::lint::Sums::count(&report.findings);
    report.unseen = std::mem::take(&mut book.unseen);
    report.client = timeline;
    if let Source::Request(request) = &options.source
        && !request.tells()
    {
        let text = "the request is the same whether a refresh is forced or not: {{ force }} \
                    appears neither in --url nor in --header or --body";
        report.unseen.push(text.to_owned());
    }
    Ok(report)
}

/// Passes a source that may be asked.
fn permit(asker: &HttpClient, source: &Source) -> Result<(), SourceError> {
    let Source::Request(request) = source else { return Ok(()) };
    for force in [false, true] {
        let filled = request.fill(force)?;
        asker.permit(&filled.url).map_err(|error| match error {
            LintError::Elsewhere(_) => {
                SourceError::Elsewhere(filled.url.origin().ascii_serialization())
            }
            other => SourceError::Client(other.to_string()),
        })?;
    }
    Ok(())
}

/// Asks a source for all that is to be judged, or once if it gives no token.
async fn ask(asked: &Asked<'_>) -> Vec<Call> {
    let first = asked.ask(Occasion::First, false).await;
    if first.token().is_none() {
        return vec![first];
    }
    let mut calls = vec![first];
    next_second(calls[0].at).await;
    let forced = asked.ask(Occasion::Forced, true).await;
    let refreshes = forced.token().is_some();
    calls.push(forced);
    if !refreshes {
        return calls;
    }
    calls.push(asked.ask(Occasion::After, false).await);
    let at_once = (0..AT_ONCE).map(|_| asked.ask(Occasion::AtOnce, true));
    calls.extend(futures::future::join_all(at_once).await);
    calls.push(asked.ask(Occasion::Last, false).await);
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
