//! Judges a token as a client sees it: its form, its time of issue and its end.

use super::call::{Call, time};
use super::client_limits::{LEAST_LIFETIME, LEEWAY};
use crate::lint::findings::Findings;
use crate::lint::rule::rules;
use crate::lint::token::round;
use crate::lint::token::{SKEW, Token};

rules! { Token:
    OPAQUE = "token-opaque" Must "RFC 7519 §7.2":
        "the token is a signed JWT in the compact form",
        "the client cannot read when it ends, and the target cannot verify it",
        "mint a JWT on the server that has the session, sign it with a published key, and give that";
    LIMITS = "token-beyond-limits" Should "RFC 8259 §9":
        "header and payload stay within the limits of JSON parsers",
        "a client or target whose parser refuses numbers beyond a double, lone surrogates or deep nesting cannot read it",
        "write numbers that a double holds, whole characters, and few levels";
    EXP = "token-exp" Must "practice":
        "`exp` is there, a number of seconds since 1970",
        "the client cannot tell when to ask for the next token, and asks no more",
        "put the time of expiry into `exp`, as a number of seconds";
    IAT = "token-iat" Must "practice":
        "`iat` is there, a number of seconds since 1970",
        "the client counts the lifetime from it and cannot tell when to ask for the next token, and asks no more",
        "put the time of issue into `iat`, as a number of seconds";
    EXPIRED = "given-expired" Must "RFC 7519 §4.1.4":
        "no token has expired when it comes",
        "the target refuses it, and the user waits for another one or is signed out",
        "before a kept token is given, look at its `exp`, and mint another one in time";
    REFUSED = "lifetime-refused" Must "practice":
        "tokens live for more than 2 s",
        "the client does not ask again for a token that lives so short, and the user is signed out when it ends",
        "let tokens live for 5 to 60 minutes";
    SHORT = "lifetime-short" Should "practice":
        "tokens live for a minute or more",
        "the client asks 10 s before the end, so it asks all the time; below 10 s without any pause",
        "let tokens live for 5 to 60 minutes";
    LONG = "lifetime-long" Note "practice":
        "tokens live for a day at most",
        "a stolen one works for as long, and no user can be locked out",
        "let tokens live for 5 to 60 minutes; a forced refresh costs little";
    AHEAD = "clock-ahead" Should "practice":
        "`iat` is not in the future",
        "targets turn the token away until their clock has come there",
        "set the clock of the issuer, and of this machine, by NTP";
}

const A_MINUTE: f64 = 60.0;
const A_DAY: f64 = 86_400.0;

/// Judges one token; a fault of an earlier one is not reported again.
pub(super) fn judge_token(book: &mut Findings, token: &Token, call: &Call) {
    book.met(OPAQUE);
    book.met(LIMITS);
    let (exp, iat) = (time(token, "exp"), time(token, "iat"));
    let now = call.at.as_secs_f64();
    for (rule, time) in [(EXP, &exp), (IAT, &iat)] {
        book.check_once(rule, time.as_ref().err().cloned());
    }
    if let Ok(exp) = exp {
        let late = now - exp;
        let occasion = call.occasion;
        let seen = || format!("{occasion} gives a token that expired {} s ago", round(late));
        book.check_once(EXPIRED, (late >= 0.0).then(seen));
    }
    if let Ok(iat) = iat {
        let ahead = iat - now;
        let seen = || format!("`iat` is {ahead:.0} s ahead of this clock");
        book.check_once(AHEAD, (ahead > SKEW).then(seen));
    }
    let (Ok(exp), Ok(iat)) = (exp, iat) else { return };
    let life = exp - iat;
    let seen = || Some(format!("the token lives for {} s", round(life)));
    if life <= LEAST_LIFETIME {
        return book.check_once(REFUSED, seen());
    }
    book.met(REFUSED);
    if life < A_MINUTE {
        let pause = round((life - LEEWAY).max(0.0));
        let seen = format!("the token lives for {} s: a client asks every {pause} s", round(life));
        return book.check_once(SHORT, Some(seen));
    }
    book.met_by(SHORT, format!("the token lives for {} s", round(life)));
    book.check_once(LONG, (life > A_DAY).then(seen).flatten());
}
