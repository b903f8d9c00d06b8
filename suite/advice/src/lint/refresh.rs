//! Whether a forced refresh gives a new token, and an ordinary one never an older one.

use std::time::Duration;

use super::exchange::Asker;
use super::notebook::Notebook;
use super::rule::rules;
use super::source::{self, TokenSource};
use super::token::{self, Token};

rules! { Refresh:
    SOURCE = "token-source" Must "practice" {
        "tokens can be obtained",
        "a client that gets no token can call nobody",
        "run the command or request by hand and see what it says",
    }
    NO_STORE = "token-endpoint-cache" Must "RFC 6749 §5.1" {
        "the token endpoint forbids to keep its answers",
        "a cache in between may hand one user's token to another",
        "send `Cache-Control: no-store`",
    }
    NEW = "refresh-same" Should "practice" {
        "a forced refresh gives another token",
        "a client whose token was refused because it expired, or its key is gone, gets it once more and is locked out",
        "let a forced refresh leave every cache out",
    }
    LATER = "refresh-not-later" Should "practice" {
        "a forced refresh gives a token that expires later",
        "the new token is of no more use than the old one",
        "let the lifetime count from the refresh",
    }
    OLDER = "refresh-older" Should "practice" {
        "an ordinary request gives no older token than the last",
        "after a refresh clients fall back to a token that is about to expire",
        "let a forced refresh replace what the cache holds",
    }
}

/// Obtains tokens, judges how they follow one another, and returns the last one that can be read.
pub(super) async fn judge(
    book: &mut Notebook,
    asker: &Asker,
    from: &TokenSource,
    patience: Duration,
) -> Option<Token> {
    let (first, second, third) = match from {
        TokenSource::Given(text) => {
            book.unseen(
                "whether a forced refresh gives a new token: --token-command or --token-endpoint",
            );
            return read(book, text.trim());
        }
        TokenSource::Command(command) => {
            let first = source::run(command, false, patience).await;
            next_second(asker).await;
            let second = source::run(command, true, patience).await;
            (first, second, Some(source::run(command, false, patience).await))
        }
        TokenSource::Endpoint { url, form } => {
            let first = endpoint(book, asker, url, form).await;
            next_second(asker).await;
            (first, endpoint(book, asker, url, form).await, None)
        }
    };
    let first = obtained(book, first)?;
    let second = obtained(book, second)?;
    let same = first.text == second.text;
    book.judge(NEW, same.then(|| "a forced refresh gave the same token again".to_owned()));
    if let (false, Some(before), Some(after)) = (same, first.expiry(), second.expiry()) {
        let gain = after - before;
        if gain > 0.0 {
            book.met_by(
                LATER,
                format!("a forced refresh gives a token that expires {gain} s later"),
            );
        } else {
            book.broken(
                LATER,
                format!("a forced refresh gave a token that expires {} s earlier", -gain),
            );
        }
    }
    let Some(third) = third else { return Some(second) };
    let third = obtained(book, third)?;
    if let (Some(before), Some(after)) = (second.expiry(), third.expiry()) {
        if after < before {
            let fault = format!(
                "after a forced refresh, an ordinary request gave a token that expires {} s earlier",
                before - after
            );
            book.broken(OLDER, fault);
        } else if third.text == second.text {
            book.met_by(OLDER, "an ordinary request gives the refreshed token, from a cache");
        } else {
            book.met_by(OLDER, "an ordinary request gives a new token each time");
        }
    }
    Some(third)
}

async fn endpoint(
    book: &mut Notebook,
    asker: &Asker,
    url: &reqwest::Url,
    form: &[(String, String)],
) -> Result<String, String> {
    let (token, answer) = source::ask(asker, url, form).await?;
    let stated = answer.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    let kept = !stated.contains("no-store");
    book.judge(NO_STORE, kept.then(|| "the token endpoint does not send `no-store`".to_owned()));
    Ok(token)
}

fn obtained(book: &mut Notebook, token: Result<String, String>) -> Option<Token> {
    match token {
        Ok(text) => {
            book.met(SOURCE);
            read(book, &text)
        }
        Err(why) => {
            book.broken(SOURCE, why);
            None
        }
    }
}

fn read(book: &mut Notebook, text: &str) -> Option<Token> {
    match Token::read(text) {
        Ok(token) => Some(token),
        Err(why) => {
            book.broken(token::FORM, why);
            None
        }
    }
}

/// Waits until the clock shows another second: tokens of one second expire together.
async fn next_second(asker: &Asker) {
    let rest = 1_000_000_000 - u64::from(asker.now().subsec_nanos());
    tokio::time::sleep(Duration::from_nanos(rest) + Duration::from_millis(5)).await;
}
