//! Judges the response headers of a source that is asked over HTTP, and its clock.

use crate::lint::exchange::Answer;
use crate::lint::findings::Findings;
use crate::lint::rule::rules;
use crate::lint::token::SKEW;
use jwtspec_reference::parts::date;

rules! { Answers:
    STORED = "answer-stored" Should "RFC 9111 §5.2.2.5":
        "answers with a token may not be kept",
        "a browser or proxy gives the old token again, also when a new one is asked for, or to another user",
        "send `Cache-Control: no-store`";
    UNSTATED = "answer-unstated" Note "RFC 9111 §4.2.2":
        "answers with a token say `no-store`",
        "a cache decides alone whether to keep this one",
        "send `Cache-Control: no-store`";
    CLOCK = "clock-date" Should "RFC 9110 §6.6.1":
        "the clock of the source and this one agree",
        "tokens seem to be expired or issued in the future to one side or the other",
        "set both clocks by NTP";
}

/// Judges one response; a fault of an earlier one is not reported again.
pub(super) fn judge_response(book: &mut Findings, response: &Answer, token: bool) {
    if let Some(date) = response.header("date").and_then(date) {
        let apart = date.as_secs_f64() - response.at.as_secs_f64();
        let way = if apart > 0.0 { "ahead of" } else { "behind" };
        let seen = || format!("the clock of the source is {:.0} s {way} this one", apart.abs());
        // A `Date` has whole seconds.
        book.check_once(CLOCK, (apart.abs() > SKEW + 1.0).then(seen));
    }
    if !token {
        return;
    }
    let stated = response.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    let words: Vec<&str> = stated.split(',').map(str::trim).collect();
    let has = |word: &str| words.contains(&word);
    let age = |name: &str| {
        words.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('=')?.parse::<u64>().ok())
    };
    let fresh = age("max-age").or(age("s-maxage")).is_some_and(|age| age > 0);
    if has("no-store") {
        book.met(STORED);
        book.met(UNSTATED);
    } else if fresh && !has("no-cache") {
        let seen = format!("the answer says `{}`", stated.replace('`', "'"));
        book.check_once(STORED, Some(seen));
    } else {
        book.met(STORED);
        book.check_once(UNSTATED, Some("the answer does not say `no-store`".to_owned()));
    }
}
