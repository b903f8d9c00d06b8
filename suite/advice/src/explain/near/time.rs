//! Times that are over, ahead, or in the wrong unit.

use serde_json::Value;

use super::{Look, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::value;
use crate::explain::side::Side;
use crate::explain::time::{absolute, length, relative};

pub(super) const LOOKS: [Look; 9] = [
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
/// How far two clocks may be apart for it to be the clocks.
const SKEW: f64 = 300.0;

const TIMES: [(&str, &str); 3] = [("exp", "expiry"), ("nbf", "not-before"), ("iat", "issued-at")];

fn milliseconds(facts: &Facts<'_>) -> Option<NearMiss> {
    let found: Vec<(&str, &'static str, f64)> = TIMES
        .iter()
        .filter_map(|(name, check)| Some((*name, *check, facts.number(name)?)))
        .filter(|(_, _, time)| *time >= MILLISECONDS)
        .collect();
    let (name, _, time) = found.first()?;
    let meant = time / 1000.0;
    let names: Vec<&str> = found.iter().map(|(name, ..)| *name).collect();
    let checks: Vec<&'static str> = found.iter().map(|(_, check, _)| *check).collect();
    let when = absolute(meant).map(|when| format!(" ({when})")).unwrap_or_default();
    let effect = match *name {
        "exp" => "Read as seconds, it lies thousands of years ahead: the token never expires.",
        _ => "Read as seconds, it lies thousands of years ahead: the token never becomes valid.",
    };
    let id = match *name {
        "exp" => "exp-milliseconds",
        "nbf" => "nbf-milliseconds",
        _ => "iat-milliseconds",
    };
    Some(
        NearMiss::new(
            id,
            &checks,
            Side::Issuer,
            format!(
                "`{}` counts milliseconds: `{name}` is {time:.0}, which as seconds would be {:.0}{when}. \
                 {effect}",
                names.join("` and `"),
                meant.floor()
            ),
        )
        .advise(format!("Have the issuer write \"{name}\": {:.0}.", meant.floor()))
        .advise("In JavaScript: `Math.floor(Date.now() / 1000)`."),
    )
}

fn text(facts: &Facts<'_>) -> Option<NearMiss> {
    let (name, check, text) =
        TIMES.iter().find_map(|(name, check)| Some((*name, *check, facts.text(name)?)))?;
    let meant = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let meant = meant.map(|number| if number >= MILLISECONDS { number / 1000.0 } else { number });
    let stamp = text.parse::<jiff::Timestamp>().ok().map(|stamp| stamp.as_second() as f64);
    let meant = meant.or(stamp);
    let miss = NearMiss::new(
        match name {
            "exp" => "exp-text",
            "nbf" => "nbf-text",
            _ => "iat-text",
        },
        &[check],
        Side::Issuer,
        format!(
            "`{name}` is the string {}. Times in a JWT are JSON numbers: seconds since 1970, without \
             quotes.",
            value(&Value::from(text))
        ),
    );
    Some(match meant {
        Some(seconds) => {
            miss.advise(format!("Have the issuer write \"{name}\": {:.0}.", seconds.floor()))
        }
        None => miss.advise(format!("Have the issuer write `{name}` as seconds since 1970.")),
    })
}

/// `exp` says how long instead of until when.
fn span_instead(facts: &Facts<'_>) -> Option<NearMiss> {
    let exp = facts.number("exp")?;
    if !(0.0..200_000_000.0).contains(&exp) {
        return None;
    }
    let issued = facts.number("iat").filter(|iat| *iat < MILLISECONDS).unwrap_or(facts.now);
    Some(
        NearMiss::new(
            "exp-lifetime",
            &["expiry"],
            Side::Issuer,
            format!(
                "`exp` is {exp:.0}, which is {} after 1970. It seems to be the lifetime, {}, where \
                 the time of the end belongs.",
                length(exp),
                length(exp)
            ),
        )
        .advise(format!(
            "Have the issuer write \"exp\": {:.0}, `iat` plus the lifetime.",
            issued + exp
        )),
    )
}

fn no_lifetime(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exp, iat) = (facts.number("exp")?, facts.number("iat")?);
    let lifetime = exp - iat;
    if !(0.0..=2.0).contains(&lifetime) {
        return None;
    }
    let how_long = if lifetime < 1.0 { "no time at all".to_owned() } else { length(lifetime) };
    Some(
        NearMiss::new(
            "lifetime-zero",
            &["expiry"],
            Side::Issuer,
            format!(
                "The token is valid for {how_long}: `iat` is {iat:.0} and `exp` is {exp:.0}. It has \
                 expired before anyone can use it, and a new one will too.",
            ),
        )
        .advise(format!(
            "Have the issuer set `exp` to `iat` plus some minutes: \"exp\": {:.0}.",
            iat + 300.0
        ))
        .advise("Look for a lifetime in another unit, such as 3600 where \"1h\" was meant."),
    )
}

/// `exp` lies before `iat`, as where local time was taken for UTC.
fn wrong_zone(facts: &Facts<'_>) -> Option<NearMiss> {
    let (exp, iat) = (facts.number("exp")?, facts.number("iat")?);
    (exp + 60.0 < iat && iat < MILLISECONDS && exp > 200_000_000.0).then(|| {
        NearMiss::new(
            "expires-before-issued",
            &["expiry"],
            Side::Issuer,
            format!(
                "`exp` lies {} before `iat`, so the token was expired when it was made. Perhaps the \
                 issuer took local time for UTC.",
                length(iat - exp)
            ),
        )
        .advise(format!("Have the issuer compute both from one clock, in UTC: \"exp\": {:.0}.", iat + 300.0))
    })
}

/// Over for so short a time that it may be the clocks.
fn expired_by_skew(facts: &Facts<'_>) -> Option<NearMiss> {
    let exp = facts.number("exp")?;
    let late = facts.now - exp;
    let leeway = facts.trust.leeway_seconds as f64;
    if !facts.fails("expiry") || late - leeway > 30.0 {
        return None;
    }
    let needed = (late.floor() + 1.0).max(30.0);
    Some(
        NearMiss::new(
            "expired-by-skew",
            &["expiry"],
            // That backend's leeway cannot be set.
            if facts.convex { Side::Token } else { Side::Verifier },
            format!(
                "The token expired {}, and the verifier allows {leeway:.0} seconds of leeway. So \
                 short a time may only be a difference between the clocks of issuer and verifier.",
                relative(exp, facts.now)
            ),
        )
        .advise(if facts.convex {
            "Get a fresh token, and have the issuer give its tokens some minutes.".to_owned()
        } else {
            format!("Allow some leeway in the verifier: \"leeway_seconds\": {needed:.0}.")
        })
        .advise("Compare the clocks of both machines, and let NTP set them.")
        .advise("A fresh token helps as well: yes, a refresh is worth a try."),
    )
}

fn expired(facts: &Facts<'_>) -> Option<NearMiss> {
    let exp = facts.number("exp")?;
    if !facts.fails("expiry") {
        return None;
    }
    let lifetime = facts.number("iat").map(|iat| exp - iat).filter(|lifetime| *lifetime > 0.0);
    let first = facts.first_failure().is_some_and(|(judged, _)| judged.name == "expiry");
    let sound = match first {
        true => " The signature is genuine, and nothing else before it is wrong.",
        false => "",
    };
    let lived = lifetime.map(|it| format!(" It was made for {}.", length(it))).unwrap_or_default();
    let when = absolute(exp).map(|when| format!(", at {when}")).unwrap_or_default();
    Some(
        NearMiss::new(
            "expired",
            &["expiry"],
            Side::Token,
            format!("The token expired {}{when}.{lived}", relative(exp, facts.now)),
        )
        .advise(
            format!("Get a fresh token: yes, a refresh helps.{sound}"),
        )
        .advise(
            "If fresh tokens fail in the same way, the client keeps and resends an old one: look at \
             what it caches, and whether it heeds a forced refresh.",
        ),
    )
}

fn ahead(facts: &Facts<'_>) -> Option<NearMiss> {
    let nbf = facts.number("nbf").filter(|nbf| *nbf < MILLISECONDS)?;
    let wait = nbf - facts.now;
    if !facts.fails("not-before") {
        return None;
    }
    let when = absolute(nbf).map(|when| format!(" ({when})")).unwrap_or_default();
    Some(if wait <= SKEW {
        NearMiss::new(
            "not-before-by-skew",
            &["not-before"],
            Side::Verifier,
            format!(
                "The token becomes valid {}{when}. So short a time is most likely a difference \
                 between the clocks: the issuer's is ahead.",
                relative(nbf, facts.now)
            ),
        )
        .advise(format!(
            "Allow some leeway in the verifier: \"leeway_seconds\": {:.0}.",
            (wait.ceil() + 1.0).max(30.0)
        ))
        .advise("Compare the clocks of both machines, and let NTP set them.")
    } else {
        NearMiss::new(
            "not-before",
            &["not-before"],
            Side::Issuer,
            format!(
                "The token becomes valid {}{when}: `nbf` lies ahead.",
                relative(nbf, facts.now)
            ),
        )
        .advise("Wait until then, or have the issuer set `nbf` to the time of minting.")
        .advise("Look whether the issuer's clock, or its time zone, is wrong.")
    })
}

fn issued_ahead(facts: &Facts<'_>) -> Option<NearMiss> {
    let iat = facts.number("iat").filter(|iat| *iat < MILLISECONDS)?;
    let ahead = iat - facts.now;
    (ahead > 1.0).then(|| {
        let side = if ahead <= SKEW { Side::Verifier } else { Side::Issuer };
        NearMiss::new(
            "issued-in-future",
            &[],
            side,
            format!(
                "`iat` lies ahead: the token is to be made {}. This verifier does not mind; others \
                 refuse it.",
                relative(iat, facts.now)
            ),
        )
        .advise("Compare the clocks of issuer and verifier.")
    })
}
