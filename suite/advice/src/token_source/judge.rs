//! What the calls to a source come to.

use super::answer::{FAILS, HANGS, NOBODY, NOISE, PAGE, PLACE};
use super::record::{Call, Occasion, Outcome};
use super::refresh::FORCED_NONE;
use super::{at_once, refresh, served, signed_out, times};
use crate::lint::Rule;
use crate::lint::findings::Findings;

/// Judges all calls.
pub(super) fn judge(book: &mut Findings, calls: &[Call]) {
    for call in calls {
        match call.occasion {
            Occasion::First | Occasion::Forced | Occasion::After => alone(book, call),
            Occasion::SignedOut => signed_out::judge(book, call),
            Occasion::AtOnce | Occasion::Last | Occasion::Client => {}
        }
        if let (Some(token), false) = (call.token(), call.occasion == Occasion::SignedOut) {
            times::judge(book, token, call);
        }
        if let Some(served) = &call.served {
            served::judge(book, served, call.token().is_some());
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
    at_once::judge(book, calls);
    refresh::identity(book, calls);
}

/// A call that stands for itself. What did not come shows nothing of its form.
fn alone(book: &mut Findings, call: &Call) {
    let occasion = call.occasion;
    let met: &[&'static Rule] = match &call.outcome {
        Outcome::Token(_) if occasion == Occasion::Forced => {
            &[FORCED_NONE, HANGS, FAILS, PAGE, PLACE]
        }
        Outcome::Token(_) => &[NOBODY, HANGS, FAILS, PAGE, PLACE],
        Outcome::Unreadable(what) => {
            book.broken(times::OPAQUE, what.clone());
            &[HANGS, FAILS, PAGE, PLACE]
        }
        Outcome::Nobody(how) => {
            let rule = if occasion == Occasion::Forced { FORCED_NONE } else { NOBODY };
            book.broken(rule, format!("{occasion} says that nobody is signed in ({how})"));
            &[HANGS, FAILS]
        }
        Outcome::Fault(rule, seen) => {
            book.broken(rule, format!("{occasion}: {seen}"));
            if *rule == HANGS { &[] } else { &[HANGS] }
        }
    };
    for rule in met {
        book.met(rule);
    }
    match &call.noise {
        Some(noise) if !book.is_broken(NOISE) => book.broken(NOISE, noise.clone()),
        None if matches!(call.outcome, Outcome::Token(_)) => book.met(NOISE),
        _ => {}
    }
}
