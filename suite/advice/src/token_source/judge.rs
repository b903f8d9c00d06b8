//! Judges the calls to a source.

use super::answer::{FAILS, HANGS, NO_USER, NOISE, PAGE, PLACE};
use super::call::{Call, NoToken, Occasion};
use super::refresh::FORCED_NONE;
use super::{concurrent, refresh, response, signed_out, times};
use crate::lint::Rule;
use crate::lint::findings::Findings;

/// Judges all calls.
pub(super) fn judge_calls(book: &mut Findings, calls: &[Call]) {
    for call in calls {
        match call.occasion {
            Occasion::First | Occasion::Forced | Occasion::After => judge_call(book, call),
            Occasion::SignedOut => signed_out::judge_signed_out(book, call),
            Occasion::AtOnce | Occasion::Last | Occasion::Client => {}
        }
        if let (Some(token), false) = (call.token(), call.occasion == Occasion::SignedOut) {
            times::judge_token(book, token, call);
        }
        if let Some(response) = &call.response {
            response::judge_response(book, response, call.token().is_some());
        }
    }
    let of = |occasion| calls.iter().find(|call| call.occasion == occasion);
    let (first, forced, after) = (of(Occasion::First), of(Occasion::Forced), of(Occasion::After));
    if let (Some(first), Some(forced)) = (first.and_then(Call::token), forced) {
        refresh::forced(book, first, forced);
    }
    if let (Some(forced), Some(after)) = (forced.and_then(Call::token), after.and_then(Call::token))
    {
        refresh::ordinary(book, forced, after);
    }
    concurrent::judge_concurrent(book, calls);
    refresh::identity(book, calls);
}

/// Judges one call by itself. A rule about the form is met only by an answer that has one.
fn judge_call(book: &mut Findings, call: &Call) {
    let occasion = call.occasion;
    let met: &[&'static Rule] = match &call.outcome {
        Ok(_) if occasion == Occasion::Forced => &[FORCED_NONE, HANGS, FAILS, PAGE, PLACE],
        Ok(_) => &[NO_USER, HANGS, FAILS, PAGE, PLACE],
        Err(NoToken::Unreadable(rule, what)) => {
            book.broken(rule, what.clone());
            &[HANGS, FAILS, PAGE, PLACE]
        }
        Err(NoToken::SignedOut(how)) => {
            let rule = if occasion == Occasion::Forced { FORCED_NONE } else { NO_USER };
            book.broken(rule, format!("{occasion} says that no user is signed in ({how})"));
            &[HANGS, FAILS]
        }
        Err(NoToken::Unusable(rule, seen)) => {
            book.broken(rule, format!("{occasion}: {seen}"));
            if *rule == HANGS { &[] } else { &[HANGS] }
        }
    };
    for rule in met {
        book.met(rule);
    }
    match &call.noise {
        Some(noise) if !book.is_broken(NOISE) => book.broken(NOISE, noise.clone()),
        None if call.token().is_some() => book.met(NOISE),
        _ => {}
    }
}
