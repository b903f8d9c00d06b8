//! Times that are over, ahead, or in the wrong unit.

use serde_json::Value;

use super::{Detector, NearMiss};
use crate::explain::facts::{Facts, first_failure};
use crate::explain::show::value;
use crate::explain::side::Side;
use crate::explain::time::{absolute, length, relative};

pub(super) const DETECTORS: &[Detector] = &[
    milliseconds,
    text,
    span_instead,
    no_lifetime,
    wrong_zone,
    expired_by_skew,
    expired,
    ahead,
    issued_ahead,
];

/// From here on a number counts milliseconds: as seconds it would be the year 5138.
const MILLISECONDS: f64 = 1e11;
/// The most seconds that two clocks may be apart for it to be the clocks.
const SKEW: f64 = 300.0;

/// The claims with times: the check of each, and the near misses of milliseconds and of a text.
const TIMES: [(&str, &str, &str, &str); 3] = [
    ("exp", "expiry", "exp-milliseconds", "exp-text"),
    ("nbf", "not-before", "nbf-milliseconds", "nbf-text"),
    ("iat", "issued-at", "iat-milliseconds", "iat-text"),
];

fn milliseconds(facts: &Facts<'_>) -> Option<NearMiss> {
    let is_far = |name: &str| facts.number(name).is_some_and(|time| time >= MILLISECONDS);
    let found = TIMES.iter().filter(|(name, ..)| is_far(name));
    let (names, checks): (Vec<&str>, Vec<&'static str>) =
        found.clone().map(|(name, check, ..)| (*name, *check)).unzip();
    let (name, _, id, _) = *found.clone().next()?;
    let (names, time) = (names.join("` and `"), facts.number(name)?);
    let meant = (time / 1000.0).floor();
    let when = absolute(meant).map(|when| format!(" ({when})")).unwrap_or_default();
    let effect = if name == "exp" { "expires" } else { "becomes valid" };
    near_miss! { id => checks, Side::Issuer;
        "`{names}` counts milliseconds: `{name}` is {time:.0}, which as seconds would be \
         {meant:.0}{when}. Read as seconds, it lies thousands of years ahead: the token never \
         {effect}.",
        "Have the issuer write \"{name}\": {meant:.0}.",
        "In JavaScript: `Math.floor(Date.now() / 1000)`.",
    }
}

fn text(facts: &Facts<'_>) -> Option<NearMiss> {
    let mut times = TIMES.into_iter();
    let (name, check, id, text) =
        times.find_map(|(name, check, _, id)| Some((name, check, id, facts.text(name)?)))?;
    let meant = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let meant = meant.map(|number| if number >= MILLISECONDS { number / 1000.0 } else { number });
    let stamp = text.parse::<jiff::Timestamp>().ok().map(|stamp| stamp.as_second() as f64);
    let found = value(&Value::from(text));
    let write = match meant.or(stamp) {
        Some(seconds) => format!("\"{name}\": {:.0}", seconds.floor()),
        None => format!("`{name}` as seconds since 1970"),
    };
    near_miss! { id => [check], Side::Issuer;
        "`{name}` is the string {found}. Times in a JWT are JSON numbers: seconds since 1970, \
         without quotes.",
        "Have the issuer write {write}.",
    }
}

/// `exp` with the lifetime instead of the time of the end.
fn span_instead(facts: &Facts<'_>) -> Option<NearMiss> {
    let exp = facts.number("exp").filter(|exp| (0.0..200_000_000.0).contains(exp))?;
    let issued = facts.number("iat").filter(|iat| *iat < MILLISECONDS).unwrap_or(facts.now);
    let (span, end) = (length(exp), issued + exp);
    near_miss! { "exp-lifetime" => ["expiry"], Side::Issuer;
        "`exp` is {exp:.0}, which is {span} after 1970. It seems to be the lifetime, {span}, where \
         the time of the end belongs.",
        "Have the issuer write \"exp\": {end:.0}, `iat` plus the lifetime.",
    }
}

fn no_lifetime(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exp, iat) = (facts.number("exp")?, facts.number("iat")?);
    let lifetime = exp - iat;
    let span = if lifetime < 1.0 { "no time at all".to_owned() } else { length(lifetime) };
    let end = iat + 300.0;
    near_miss! { "lifetime-zero" => ["expiry"], Side::Issuer, if (0.0..=2.0).contains(&lifetime);
        "The token is valid for {span}: `iat` is {iat:.0} and `exp` is {exp:.0}. It has \
         expired before anyone can use it, and a new one will too.",
        "Have the issuer set `exp` to `iat` plus some minutes: \"exp\": {end:.0}.",
        "Look for a lifetime in another unit, such as 3600 where \"1h\" was meant.",
    }
}

/// `exp` before `iat`, as where local time was taken for UTC.
fn wrong_zone(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exp, iat) = (facts.number("exp")?, facts.number("iat")?);
    let (before, end) = (length(iat - exp), iat + 300.0);
    near_miss! { "expires-before-issued" => ["expiry"], Side::Issuer,
        if exp + 60.0 < iat && iat < MILLISECONDS && exp > 200_000_000.0;
        "`exp` lies {before} before `iat`, so the token was expired when it was made. Perhaps \
         the issuer took local time for UTC.",
        "Have the issuer compute both from one clock, in UTC: \"exp\": {end:.0}.",
    }
}

/// Over for so short a time that it may be the clocks.
fn expired_by_skew(facts: &Facts<'_>) -> Option<NearMiss> {
    let exp = facts.number("exp")?;
    let late = facts.now - exp;
    let leeway = facts.trust.leeway_seconds as f64;
    facts.refusal("expiry").filter(|_| late - leeway <= 30.0)?;
    // That backend's leeway cannot be set.
    let (side, remedy) = match facts.convex {
        true => (
            Side::Token,
            "Get a fresh token, and have the issuer give its tokens some minutes.".to_owned(),
        ),
        false => (Side::Verifier, allow_leeway(late.floor())),
    };
    let when = relative(exp, facts.now);
    near_miss! { "expired-by-skew" => ["expiry"], side;
        "The token expired {when}, and the verifier allows {leeway:.0} seconds of leeway. So \
         short a time may only be a difference between the clocks of issuer and verifier.",
        "{remedy}",
        "Compare the clocks of both machines, and let NTP set them.",
        "A fresh token helps as well: yes, a refresh is worth a try.",
    }
}

/// Advice to allow for clocks that are this many seconds apart.
fn allow_leeway(seconds: f64) -> String {
    let needed = (seconds + 1.0).max(30.0);
    format!("Allow some leeway in the verifier: \"leeway_seconds\": {needed:.0}.")
}

fn expired(facts: &Facts<'_>) -> Option<NearMiss> {
    let exp = facts.number("exp")?;
    facts.refusal("expiry")?;
    let lifetime = facts.number("iat").map(|iat| exp - iat).filter(|lifetime| *lifetime > 0.0);
    let lived = lifetime.map(|it| format!(" It was made for {}.", length(it))).unwrap_or_default();
    let first = first_failure(facts.checks).is_some_and(|(judged, _)| judged.name == "expiry");
    let sound = match first {
        true => " The signature is genuine, and nothing else before it is wrong.",
        false => "",
    };
    let when = absolute(exp).map(|when| format!(", at {when}")).unwrap_or_default();
    let ago = relative(exp, facts.now);
    near_miss! { "expired" => ["expiry"], Side::Token;
        "The token expired {ago}{when}.{lived}",
        "Get a fresh token: yes, a refresh helps.{sound}",
        "If fresh tokens fail in the same way, the client keeps and resends an old one: look at \
         what it caches, and whether it heeds a forced refresh.",
    }
}

fn ahead(facts: &Facts<'_>) -> Option<NearMiss> {
    let nbf = facts.number("nbf").filter(|nbf| *nbf < MILLISECONDS)?;
    facts.refusal("not-before")?;
    let when = absolute(nbf).map(|when| format!(" ({when})")).unwrap_or_default();
    let (wait, until) = (nbf - facts.now, relative(nbf, facts.now));
    let leeway = allow_leeway(wait.ceil());
    if wait <= SKEW {
        near_miss! { "not-before-by-skew" => ["not-before"], Side::Verifier;
            "The token becomes valid {until}{when}. So short a time is most likely a difference \
             between the clocks: the issuer's is ahead.",
            "{leeway}",
            "Compare the clocks of both machines, and let NTP set them.",
        }
    } else {
        near_miss! { "not-before" => ["not-before"], Side::Issuer;
            "The token becomes valid {until}{when}: `nbf` lies ahead.",
            "Wait until then, or have the issuer set `nbf` to the time of minting.",
            "Look whether the issuer's clock, or its time zone, is wrong.",
        }
    }
}

fn issued_ahead(facts: &Facts<'_>) -> Option<NearMiss> {
    let iat = facts.number("iat").filter(|iat| *iat < MILLISECONDS)?;
    let ahead = iat - facts.now;
    let when = relative(iat, facts.now);
    near_miss! { "issued-in-future" => [], if ahead <= SKEW { Side::Verifier } else { Side::Issuer },
        if ahead > 1.0;
        "`iat` lies ahead: the token is to be made {when}. This verifier does not mind; others \
         refuse it.",
        "Compare the clocks of issuer and verifier.",
    }
}
