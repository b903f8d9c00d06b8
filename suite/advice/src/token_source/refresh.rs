//! Judges how tokens follow one another: a forced refresh, an ordinary call after it, and the user.

use serde_json::Value;

use super::call::{Call, Occasion, time};
use super::client_limits::LEEWAY;
use crate::lint::findings::Findings;
use crate::lint::refresh::{judge_forced, judge_ordinary};
use crate::lint::rule::rules;
use crate::lint::token::Token;
use jwtspec_jose::quoted;

rules! { Refresh:
    FORCED_NONE = "forced-no-token" Must "practice":
        "a forced refresh gives a token",
        "the client signs the user out as soon as it refreshes",
        "let a forced refresh renew the session that ordinary calls use";
    FORCED_SAME = "forced-same" Must "practice":
        "a forced refresh gives another token",
        "a client counts the token that it has as none: it refreshes no more, and when that token ends it signs the user out; `setAuth` loops",
        "hand `forceRefreshToken` on, and leave every cache out where it is true";
    FORCED_LATER = "forced-not-later" Must "practice":
        "a forced refresh gives a token that expires later",
        "the client is refused as soon as the old token would have been",
        "let the lifetime count from the refresh";
    FORCED_OLD = "forced-old" Should "practice":
        "a token of a forced refresh was issued just now",
        "the client counts `exp` - `iat` from the moment it gets the token, and asks again too late",
        "mint at each forced refresh; let `iat` be that time, and the clock be right";
    OLDER = "ordinary-older" Should "practice":
        "after a refresh, an ordinary call gives no older token",
        "a user who opens the page again falls back to a token that is about to expire",
        "let a forced refresh replace what the cache holds";
    IDENTITY = "identity-changed" Must "practice":
        "`iss`, `sub` and `aud` stay the same",
        "with a refresh the user becomes another one, or the target refuses the token",
        "mint every token of a session with the same `iss`, `sub` and `aud`";
}

/// Judges the first forced refresh after the first call.
pub(super) fn forced(book: &mut Findings, first: &Token, forced: &Call) {
    let Some(second) = forced.token() else { return };
    if second.text == first.text {
        book.broken(FORCED_SAME, "the source ignores `forceRefreshToken`: asked for a new token, it gave the same one again");
        return;
    }
    book.met(FORCED_SAME);
    if let (Ok(before), Ok(after)) = (time(first, "exp"), time(second, "exp")) {
        judge_forced(book, FORCED_LATER, before, after);
    }
    let now = forced.at.as_secs_f64();
    let expired = time(second, "exp").is_ok_and(|exp| exp <= now);
    if let (Ok(iat), false) = (time(second, "iat"), expired) {
        let age = now - iat;
        let old = age > LEEWAY;
        book.check(
            FORCED_OLD,
            old.then(|| format!("the token of a forced refresh was issued {age:.0} s ago")),
        );
    }
}

/// Judges the first ordinary call after a forced refresh.
pub(super) fn ordinary(book: &mut Findings, forced: &Token, after: &Token) {
    if let (Ok(refreshed), Ok(then)) = (time(forced, "exp"), time(after, "exp")) {
        judge_ordinary(book, OLDER, after.text == forced.text, refreshed, then);
    }
}

/// Judges whether all tokens belong to one user.
pub(super) fn identity(book: &mut Findings, calls: &[Call]) {
    let signed_in = calls.iter().filter(|call| call.occasion != Occasion::SignedOut);
    let tokens: Vec<&Token> = signed_in.filter_map(Call::token).collect();
    let [first, others @ ..] = tokens.as_slice() else { return };
    if others.is_empty() {
        return;
    }
    let difference = others.iter().find_map(|other| {
        let name = ["iss", "sub", "aud"]
            .into_iter()
            .find(|name| first.claims.get(*name) != other.claims.get(*name))?;
        let shown = |token: &Token| match token.claims.get(name) {
            None => "nothing".to_owned(),
            Some(Value::String(text)) => quoted(text),
            Some(other) => quoted(&other.to_string()),
        };
        Some(format!("`{name}` was {} and became {}", shown(first), shown(other)))
    });
    book.check(IDENTITY, difference);
}
