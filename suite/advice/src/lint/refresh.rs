//! Judges that a forced refresh gives a new token, and an ordinary one never an older one.

use std::cmp::Ordering;
use std::time::Duration;

use super::exchange::HttpClient;
use super::findings::Findings;
use super::rule::{Rule, rules};
use super::source::{self, TokenSource};
use super::token::{self, Token, round};

rules! { Refresh:
    SOURCE = "token-source" Must "practice":
        "tokens can be obtained",
        "a client that gets no token can call no service",
        "run the command or request by hand and see what it says";
    NO_STORE = "token-endpoint-cache" Must "RFC 6749 §5.1":
        "the token endpoint forbids to keep its answers",
        "a cache in between may hand one user's token to another",
        "send `Cache-Control: no-store`";
    NEW = "refresh-same" Should "practice":
        "a forced refresh gives another token",
        "a client whose token was refused because it expired, or its key is gone, gets it once more and is locked out",
        "let a forced refresh leave every cache out";
    LATER = "refresh-not-later" Should "practice":
        "a forced refresh gives a token that expires later",
        "the new token is of no more use than the old one",
        "let the lifetime count from the refresh";
    OLDER = "refresh-older" Should "practice":
        "an ordinary request gives no older token than the last",
        "after a refresh clients fall back to a token that is about to expire",
        "let a forced refresh replace what the cache holds";
}

/// Obtains tokens, judges how they follow one another, and returns the last one that can be read.
pub(super) async fn judge_refresh(
    found: &mut Findings,
    client: &HttpClient,
    from: &TokenSource,
    patience: Duration,
) -> Option<Token> {
    let (first, second, third) = match from {
        TokenSource::Given(text) => {
            found.unseen(
                "whether a forced refresh gives a new token: --token-command or --token-endpoint",
            );
            return read(found, text.trim());
        }
        TokenSource::Command(command) => {
            let first = source::run_token_command(command, false, patience).await;
            next_second(client).await;
            let second = source::run_token_command(command, true, patience).await;
            (first, second, Some(source::run_token_command(command, false, patience).await))
        }
        TokenSource::Endpoint { url, form } => {
            let first = endpoint(found, client, url, form).await;
            next_second(client).await;
            (first, endpoint(found, client, url, form).await, None)
        }
    };
    let first = obtained(found, first)?;
    let second = obtained(found, second)?;
    let same = first.text == second.text;
    found.broken_if(NEW, same, "a forced refresh gave the same token again");
    if let (false, Some(before), Some(after)) = (same, first.expiry(), second.expiry()) {
        judge_forced(found, LATER, before, after);
    }
    let Some(third) = third else { return Some(second) };
    let third = obtained(found, third)?;
    if let (Some(before), Some(after)) = (second.expiry(), third.expiry()) {
        judge_ordinary(found, OLDER, third.text == second.text, before, after);
    }
    Some(third)
}

/// Judges whether the token of a forced refresh expires later than the one before it.
pub(crate) fn judge_forced(found: &mut Findings, rule: &'static Rule, before: f64, after: f64) {
    let gain = round(after - before);
    let when = match after.total_cmp(&before) {
        Ordering::Greater => format!("{gain} s later"),
        Ordering::Equal => "at the same time".to_owned(),
        Ordering::Less => format!("{} s earlier", -gain),
    };
    let seen = format!("a forced refresh gives a token that expires {when}");
    found.tell(rule, after > before, seen);
}

/// Judges whether the token of an ordinary request expires earlier than the refreshed one before it,
/// which it may repeat.
pub(crate) fn judge_ordinary(
    found: &mut Findings,
    rule: &'static Rule,
    repeated: bool,
    refreshed: f64,
    after: f64,
) {
    let earlier = round(refreshed - after);
    let seen = if after < refreshed {
        format!(
            "after a forced refresh, an ordinary request gives a token that expires {earlier} s earlier"
        )
    } else if repeated {
        "an ordinary request gives the refreshed token, from a cache".to_owned()
    } else {
        "an ordinary request gives a new token each time".to_owned()
    };
    found.tell(rule, after >= refreshed, seen);
}

async fn endpoint(
    found: &mut Findings,
    client: &HttpClient,
    url: &reqwest::Url,
    form: &[(String, String)],
) -> Result<String, String> {
    let (token, answer) = source::request_token(client, url, form).await?;
    let stated = answer.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    let kept = !stated.contains("no-store");
    found.broken_if(NO_STORE, kept, "the token endpoint does not send `no-store`");
    Ok(token)
}

fn obtained(found: &mut Findings, token: Result<String, String>) -> Option<Token> {
    let text = token.map_err(|why| found.broken(SOURCE, why)).ok()?;
    found.met(SOURCE);
    read(found, &text)
}

fn read(found: &mut Findings, text: &str) -> Option<Token> {
    let failed = |fault| {
        let is_beyond = token::is_beyond_limits(&fault);
        found.broken(if is_beyond { token::LIMITS } else { token::FORM }, fault.to_string());
        if is_beyond {
            found.met(token::FORM);
        }
    };
    Token::parse(text).map_err(failed).ok()
}

/// Waits until the clock shows another second: tokens of one second expire together.
async fn next_second(client: &HttpClient) {
    let rest = 1_000_000_000 - u64::from(client.now().subsec_nanos());
    tokio::time::sleep(Duration::from_nanos(rest) + Duration::from_millis(5)).await;
}
